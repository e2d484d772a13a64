"""Answer services that ask whether somebody may do something."""
