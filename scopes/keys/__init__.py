"""Keys: their rows, making, verifying, using and ending them. Secrets are seen here only."""
