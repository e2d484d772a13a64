"""What the doors of every room share: authentication by keys, organizations and roles."""
