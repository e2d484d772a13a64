"""How people and keys move in from another service's database."""
