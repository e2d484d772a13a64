"""The command-line door of the audit."""
