"""Tags that show the audit."""
