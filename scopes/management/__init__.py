"""The command-line door of scopes."""
