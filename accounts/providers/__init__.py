"""OIDC and GitHub as seen from here: configuration, calls, and what they say of somebody."""
