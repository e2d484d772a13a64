"""Keys: their rows; making, verifying, using and ending them. Only this room sees secrets."""
