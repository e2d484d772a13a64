"""What is in deploy/ does what it says, as far as it can be tried without a cluster or a daemon."""
