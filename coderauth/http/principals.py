"""The sender of a request, as far as modules below keys and rights need it."""

from collections.abc import Sequence
from typing import Protocol, cast

from django.http import HttpRequest


class Principal(Protocol):
    """Somebody who was authenticated, whoever that is: they may do some things, others not."""

    @property
    def id(self) -> str: ...

    @property
    def organization_ids(self) -> Sequence[str]:
        """Return where they belong."""
        ...

    @property
    def may_bypass_limits(self) -> bool:
        """Say whether they may ask not to be limited."""
        ...

    def may(self, action: str, resource: str, *, organization: str = "") -> bool:
        """Say whether they may do this to any object of a type, everywhere or in one place."""
        ...


def visitor_of(request: HttpRequest) -> Principal:
    """Return who is signed in to the pages; for those behind an entrance only."""
    return cast("Principal", request.user.caller)  # type: ignore[union-attr]
