"""How pages come to know their visitor."""
