"""A company that was made up, for `manage.py seed_demo`."""
