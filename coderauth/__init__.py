"""The roof, which wires the rooms together, and the ground, which they stand on.

The ground (`http`, `commands`, errors, settings' variables, mail, tasks) knows no room: no user, no
role, no password. The roof (`urls`, `settings`, `management`, …) knows them all.
"""

__version__ = "0.1.0"

# Coder's CLI compares major.minor with its own and warns when they differ (accounts.md A.1).
BUILD_VERSION = f"v2.27.0+coderauth.{__version__}"
