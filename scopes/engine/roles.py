"""The built-in roles as data, and who may hand them out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from scopes.engine.policy import ANY, RESOURCES

OWNER: Final = "owner"
MEMBER: Final = "member"
ORGANIZATION_MEMBER: Final = "organization-member"
CUSTOM_SITE_ROLE: Final = "custom-site-role"
CUSTOM_ORGANIZATION_ROLE: Final = "custom-organization-role"


@dataclass(frozen=True, slots=True)
class Permission:
    """Grant (or with `negate`, forbid) an action on a resource type; either may be `*`."""

    resource: str
    action: str
    negate: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """Three lists of permissions.

    `site` holds everywhere, `user` on what the subject owns, `organization` in the one
    organization to which the role is bound when somebody holds it.
    """

    name: str
    display_name: str
    site: tuple[Permission, ...] = ()
    user: tuple[Permission, ...] = ()
    organization: tuple[Permission, ...] = ()
    # Roles are cache keys of every request: their content is hashed once, here.
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        content = (self.name, self.display_name, self.site, self.user, self.organization)
        object.__setattr__(self, "_hash", hash(content))

    def __hash__(self) -> int:
        return self._hash


def _permissions(
    actions: Mapping[str, str], *, all_but: Iterable[str] | None = None, negate: bool = False
) -> tuple[Permission, ...]:
    """List permissions from {type: "action action"}, sorted by type then action.

    With `all_but`, every type that is neither named there nor in `actions` gets `*`.
    """
    table = {resource: names.split() for resource, names in actions.items()}
    if all_but is not None:
        table |= {name: [ANY] for name in RESOURCES.keys() - table.keys() - set(all_but)}
    return tuple(
        Permission(resource, action, negate)
        for resource in sorted(table)
        for action in sorted(table[resource])
    )


_CRUD = "create read update delete"
_READ_PEOPLE = {
    "group": "read",
    "group_member": "read",
    "organization": "read",
    "organization_member": "read",
}
_AUDITING = _READ_PEOPLE | {
    "audit_log": "read",
    "connection_log": "read",
    "template": "read view_insights",
}
_TEMPLATES = _READ_PEOPLE | {
    "file": "create read",
    "prebuilt_workspace": "update delete",
    "provisioner_daemon": _CRUD,
    "template": f"{_CRUD} use view_insights",
    "workspace": "read",
}
_PEOPLE = {
    "assign_org_role": "assign read unassign",
    "group": _CRUD,
    "group_member": "read",
    "idpsync_settings": "read update",
    "organization": "read",
    "organization_member": _CRUD,
}
_WORKSPACE_BUT_NO_ENTRY = f"{_CRUD} create_agent delete_agent share start stop"
# Nobody starts, enters or shares a dormant workspace: it is activated first.
_DORMANT = f"{_CRUD} create_agent delete_agent stop"

_SITE = (
    Role(
        OWNER,
        "Owner",
        site=_permissions(
            {
                "prebuilt_workspace": "update delete",
                "workspace": f"{_WORKSPACE_BUT_NO_ENTRY} application_connect ssh",
                "workspace_dormant": _DORMANT,
            },
            all_but=("usage_event", "user_secret"),
        ),
    ),
    Role(
        MEMBER,
        "Member",
        site=_permissions({"assign_role": "read", "oauth2_app": "read", "workspace_proxy": "read"}),
        user=_permissions(
            {
                "organization_member": "read",
                "user": "read read_personal update_personal",
                "workspace_dormant": _DORMANT,
            },
            all_but=("prebuilt_workspace",),
        ),
    ),
    Role(
        "auditor",
        "Auditor",
        site=_permissions(
            _AUDITING
            | {
                "assign_org_role": "read",
                "deployment_config": "read",
                "deployment_stats": "read",
                "user": "read",
            }
        ),
    ),
    Role(
        "template-admin",
        "Template Admin",
        site=_permissions(_TEMPLATES | {"assign_org_role": "read", "user": "read"}),
    ),
    Role(
        "user-admin",
        "User Admin",
        site=_permissions(
            _PEOPLE
            | {
                "assign_role": "assign read unassign",
                "user": f"{_CRUD} read_personal update_personal",
            }
        ),
    ),
)

_ORGANIZATION = (
    Role(
        "organization-admin",
        "Organization Admin",
        site=_permissions({"user": "read"}),
        organization=_permissions(
            {
                "prebuilt_workspace": "update delete",
                "workspace": _WORKSPACE_BUT_NO_ENTRY,
                "workspace_dormant": _DORMANT,
            },
            all_but=("assign_role", "user_secret"),
        ),
    ),
    Role(
        ORGANIZATION_MEMBER,
        "",
        organization=_permissions(
            {"assign_org_role": "read", "organization": "read", "provisioner_daemon": "read"}
        ),
    ),
    Role("organization-auditor", "Organization Auditor", organization=_permissions(_AUDITING)),
    Role(
        "organization-user-admin",
        "Organization User Admin",
        site=_permissions({"user": "read"}),
        organization=_permissions(_PEOPLE),
    ),
    Role(
        "organization-template-admin",
        "Organization Template Admin",
        organization=_permissions(_TEMPLATES | {"provisioner_jobs": "create read update"}),
    ),
    Role(
        "organization-workspace-creation-ban",
        "Organization Workspace Creation Ban",
        organization=_permissions(
            {"workspace": "create create_agent delete delete_agent"}, negate=True
        ),
    ),
)

SITE_ROLES: Final[Mapping[str, Role]] = MappingProxyType({role.name: role for role in _SITE})
ORGANIZATION_ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {role.name: role for role in _ORGANIZATION}
)

_ANY_ORGANIZATION_ROLE = frozenset({*ORGANIZATION_ROLES, CUSTOM_ORGANIZATION_ROLE})
# Role of the actor -> roles it may give and take away. An organization role of the actor counts
# only for targets in the same organization; the two custom names stand for all custom roles.
ASSIGNABLE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        OWNER: _ANY_ORGANIZATION_ROLE | {*SITE_ROLES, CUSTOM_SITE_ROLE},
        "user-admin": frozenset({MEMBER, ORGANIZATION_MEMBER}),
        "organization-admin": _ANY_ORGANIZATION_ROLE,
        "organization-user-admin": frozenset({ORGANIZATION_MEMBER}),
    }
)


def display_name(name: str) -> str:
    """Return the name of a built-in role for people, `""` for any other name."""
    role = SITE_ROLES.get(name) or ORGANIZATION_ROLES.get(name)
    return role.display_name if role else ""
