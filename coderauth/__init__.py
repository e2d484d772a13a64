"""How HTTP is spoken and how the project is wired; knows no user and no key."""

__version__ = "0.1.0"

# Coder's CLI compares major.minor with its own and warns when they differ (accounts.md A.1).
BUILD_VERSION = f"v2.27.0+coderauth.{__version__}"
