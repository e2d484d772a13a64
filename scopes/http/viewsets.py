"""The base of the API's views with an authenticated caller."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

from coderauth.http.viewsets import ApiViewSet
from scopes.callers import Caller


class CallerViewSet(ApiViewSet):
    """An API view whose requests are authenticated by a key."""

    path_refusals: ClassVar[Mapping[str, Sequence[str]]] = {"user": ("unknown_user", "not_found")}
    path_parameters: ClassVar[Mapping[str, str]] = {
        "user": "`me`, an id or a username.",
        "organization": "An id, a name or `default`.",
        "name": "A name; case matters for keys only.",
        "group": "The id of a group; the organization's id is `Everyone`.",
        "role_name": "The name of a role.",
        "key_id": "The part of a key before its hyphen.",
        "resource_type": "A type of the policy, such as `workspace`.",
        "resource_id": "The UUID that the object has in the service that keeps it.",
    }

    @property
    def caller(self) -> Caller:
        """The authenticated key and its user; not for public actions."""
        return cast("Caller", self.request.user)
