"""The API door of the audit."""
