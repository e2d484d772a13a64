"""Types of which services can register objects, and what it takes to change one (decision D17)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coderauth.errors import InvalidRequest
from scopes.engine.decision import Object
from scopes.engine.policy import RESOURCES
from scopes.models import FAMILY_OF, RegisteredObject

# coderauth has the rows of these types itself: a registered one could only contradict them.
KEPT_HERE: Final = frozenset(
    {
        "api_key", "assign_org_role", "assign_role", "audit_log", "group", "group_member",
        "organization", "organization_member", "system", "user",
    }
)  # fmt: skip
# Nobody could make, or ever see, an object of the other types.
REGISTRABLE: Final = tuple(
    name
    for name, actions in RESOURCES.items()
    if name not in KEPT_HERE and {"create", "read"} <= {*actions}
)
# A dormant workspace is still owned.
WORKSPACE, DORMANT_WORKSPACE = "workspace", "workspace_dormant"


@dataclass(frozen=True, slots=True)
class ObjectName:
    """The name of an object; raises InvalidRequest for a type that cannot be registered."""

    type: str
    id: UUID

    def __post_init__(self) -> None:
        require_registrable(self.type)

    @property
    def family(self) -> tuple[str, UUID]:
        """The name of an object, whichever of its family's types it has."""
        return FAMILY_OF.get(self.type, self.type), self.id


def require_registrable(kind: str) -> None:
    """Raise InvalidRequest, with the possible types, for one that cannot be registered."""
    if kind not in REGISTRABLE:
        raise InvalidRequest("type_not_registrable", type=kind, types=", ".join(REGISTRABLE))


def permission_for(kind: str, act: str) -> str:
    """Return the action that is needed for an act on an object.

    It is `create` if the type lacks the act's own action.
    """
    return "create" if kind in REGISTRABLE and act not in RESOURCES[kind] else act


def registered_object(row: RegisteredObject) -> Object:
    """Return a registered object as the engine judges it."""
    return Object(
        type=row.type,
        id=str(row.object_id),
        owner=str(row.owner_id or ""),
        organization=str(row.organization_id or ""),
        acl_users=row.acl_users,
        acl_groups=row.acl_groups,
    )
