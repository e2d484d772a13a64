"""The command-line door of accounts."""
