"""What every command of `manage.py` shares, whichever room it is in."""
