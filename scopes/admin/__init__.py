"""The admin door of scopes, one module a noun; `coderauth.admin` registers them."""
