"""What a caller passes besides single values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coderauth_sdk.requests import Reference, plain

# Actions on an object by the id of a user or group.
AccessList = Mapping[Reference, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Check:
    """A question: may the caller do this action on this object?

    Without `resource_id` the object is as described: of this type, owner (`me` is the caller) and
    organization. With it, the object is the one that the server knows by this id.
    """

    action: str
    resource_type: str
    owner_id: Reference = field(default="", kw_only=True)
    organization_id: Reference = field(default="", kw_only=True)
    resource_id: Reference = field(default="", kw_only=True)
    any_org: bool = field(default=False, kw_only=True)

    def document(self) -> dict[str, Any]:
        """Return the check in the form that the server reads."""
        described = {
            "resource_type": self.resource_type,
            "owner_id": plain(self.owner_id),
            "organization_id": plain(self.organization_id),
            "resource_id": plain(self.resource_id),
            "any_org": self.any_org,
        }
        given = {name: value for name, value in described.items() if value}
        return {"object": given, "action": self.action}


@dataclass(frozen=True, slots=True)
class ObjectReference:
    """The name of a registered object."""

    type: str
    id: Reference


@dataclass(frozen=True, slots=True)
class ObjectWish:
    """A registered object as it should be; it replaces the one with its type and id."""

    type: str
    id: Reference
    owner_id: Reference | None = field(default=None, kw_only=True)
    organization_id: Reference | None = field(default=None, kw_only=True)
    acl_user_list: AccessList | None = field(default=None, kw_only=True)
    acl_group_list: AccessList | None = field(default=None, kw_only=True)
