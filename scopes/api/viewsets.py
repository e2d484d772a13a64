"""The base of the API's views that know who is calling."""

from typing import cast

from coderauth.http.viewsets import ApiViewSet
from scopes.callers import Caller


class CallerViewSet(ApiViewSet):
    """An API view whose requests are authenticated by a key."""

    @property
    def caller(self) -> Caller:
        """The authenticated key and its user; not for public actions."""
        return cast("Caller", self.request.user)
