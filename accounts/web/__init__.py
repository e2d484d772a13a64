"""The pages of accounts: to sign in, to set up, and about oneself."""
