"""What ties an account to a provider: the row, its encrypted tokens, their renewal."""
