"""Tell people by mail what happened to their accounts and keys."""
