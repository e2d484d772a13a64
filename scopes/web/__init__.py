"""How pages know their visitor."""
