"""What programs need to talk to coderauth."""

from coderauth_sdk.scopes import Scope

__all__ = ["Scope"]
