"""Accounts and providers together: sign-in, linking, conversion and the way back."""
