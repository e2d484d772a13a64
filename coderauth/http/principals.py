"""The sender of a request, as far as modules below keys and rights need it."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Protocol, cast

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class Principal(Protocol):
    """An authenticated caller, who may do some things and not others."""

    @property
    def id(self) -> str: ...

    @property
    def organization_ids(self) -> Sequence[str]:
        """Return the organizations of the caller."""
        ...

    @property
    def may_bypass_limits(self) -> bool:
        """Say whether the caller may skip the limits."""
        ...

    def did(self, permissions: Iterable[str]) -> None:
        """Note that something was done for which these permissions were needed."""

    def lacks(self, permissions: Iterable[str]) -> Sequence[str]:
        """Return those that no scope of the caller's key permits, whatever the caller may do."""
        ...

    def may(self, action: str, resource: str, *, organization: str = "") -> bool:
        """Say whether they may do this to all objects of a type, everywhere or in one place."""
        ...


class Authenticator(BaseAuthentication):
    """Finds the principal of a request of the API; refuses with these codes and no others."""

    refuses: ClassVar[tuple[str, ...]] = ()

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """Return the principal and what authenticated them; never lets anybody pass."""
        raise NotImplementedError


def visitor_of(request: HttpRequest) -> Principal:
    """Return the signed-in caller; only for pages behind a sign-in."""
    return cast("Principal", request.user.caller)  # type: ignore[union-attr]
