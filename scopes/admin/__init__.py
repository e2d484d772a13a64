"""What the admin site shows of this room, one module a noun; `coderauth.admin` registers it."""
