"""Who is in the company of the demo, and where: data only."""

from dataclasses import dataclass
from typing import Final

DOMAIN: Final = "nordlicht.example"


@dataclass(frozen=True, slots=True)
class Branch:
    """An organization of the demo, with its groups and its own role."""

    name: str
    display_name: str
    description: str
    groups: tuple[str, ...]
    role: str = ""
    role_name: str = ""
    role_permissions: tuple[tuple[str, str], ...] = ()


# The first is the default organization, to which everybody belongs.
PLACES: Final = (
    Branch("nordlicht", "Nordlicht Robotics", "The whole company.", ("leads", "on-call")),
    Branch(
        "robotics-lab",
        "Robotics Lab",
        "Arms, grippers, and what moves them.",
        ("motion", "vision", "simulation"),
        "workspace-operator",
        "Workspace operator",
        (("workspace", "read"), ("workspace", "start"), ("workspace", "stop")),
    ),
    Branch(
        "data-platform",
        "Data Platform",
        "Pipelines and the warehouse.",
        ("pipelines", "analytics"),
        "template-publisher",
        "Template publisher",
        (("template", "create"), ("template", "read"), ("template", "update"), ("file", "create")),
    ),
    Branch(
        "field-services",
        "Field Services",
        "Customers, sites and spare parts.",
        ("north", "south", "support"),
        "site-visitor",
        "Site visitor",
        (("workspace", "read"), ("workspace", "application_connect")),
    ),
)


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody of the demo; `place` is the organization in which they work."""

    name: str
    place: str
    site_roles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    status: str = "active"
    left: bool = False

    @property
    def username(self) -> str:
        return self.name.lower().replace(" ", "-")


OWNER: Final = Employee("Olivia Hart", "nordlicht", site_roles=("owner",), groups=("leads",))
_ADMIN, _HELPS = "organization-admin", "organization-user-admin"
_LAB, _DATA, _FIELD = "robotics-lab", "data-platform", "field-services"
_NAMED: Final = (
    OWNER,
    Employee("Marcus Lind", "nordlicht", site_roles=("owner",), groups=("leads", "on-call")),
    Employee("Priya Nair", "nordlicht", site_roles=("user-admin",), groups=("on-call",)),
    Employee("Tomas Berg", "nordlicht", site_roles=("auditor",)),
    Employee("Elena Rossi", "nordlicht", site_roles=("template-admin",), groups=("on-call",)),
    Employee("Grace Okafor", _LAB, roles=(_ADMIN,), groups=("motion", "leads")),
    Employee("Jonas Weber", _DATA, roles=(_ADMIN,), groups=("pipelines", "leads")),
    Employee("Amira Haddad", _FIELD, roles=(_ADMIN,), groups=("support", "leads")),
    Employee("Sven Nygaard", _LAB, roles=(_HELPS,), groups=("vision",)),
    Employee("Lucia Moreno", _LAB, roles=("workspace-operator",), groups=("simulation",)),
    Employee("Kofi Mensah", _DATA, roles=("template-publisher",), groups=("analytics",)),
    Employee("Hannah Fischer", _FIELD, roles=("site-visitor",), groups=("north",)),
    Employee("Oskar Holm", _LAB, groups=("motion",), status="suspended"),
    Employee("Nadia Petrova", _DATA, groups=("pipelines",), status="dormant"),
    Employee("Felix Braun", _FIELD, groups=("south",), status="dormant"),
    Employee("Ines Duarte", _FIELD, status="suspended"),
    Employee("Walter Stein", _DATA, left=True),
)
_OTHERS: Final = {
    _LAB: (
        ("motion", "Aiko Tanaka", "Ben Carter", "Chloe Martin", "Daniel Novak"),
        ("vision", "Emma Larsen", "Farid Rahimi", "Gina Costa", "Hugo Silva"),
        ("simulation", "Irene Kovacs", "Jakub Zielinski"),
    ),
    _DATA: (
        ("pipelines", "Karin Strand", "Leo Fontaine", "Mei Chen", "Noah Adler"),
        ("analytics", "Paula Jensen", "Quentin Roy", "Rosa Ibarra", "Samir Khan"),
    ),
    _FIELD: (
        ("north", "Tilda Ek", "Umar Farouk", "Vera Lehmann"),
        ("south", "Wanda Kowalska", "Xavier Dubois", "Yara Mansour"),
        ("support", "Zoe Papadakis", "Anton Kraus", "Bianca Greco", "Carl Ostberg"),
    ),
}
PEOPLE: Final = (
    *_NAMED,
    *(
        Employee(name, place, groups=(group,))
        for place, teams in _OTHERS.items()
        for group, *names in teams
        for name in names
    ),
)
# Their names, where they work, and the name and scopes of their key.
SERVICE_ACCOUNTS: Final = (
    ("ci-runner", _DATA, "build", ("workspace:create", "workspace:read", "workspace:delete")),
    ("nightly-backup", "nordlicht", "backup", ("workspace:read", "template:read")),
    ("grafana", "nordlicht", "dashboards", ("workspace:read",)),
    ("fleet-gateway", _FIELD, "gateway", ("workspace:application_connect", "workspace:read")),
    ("simulator", _LAB, "simulations", ("coder:workspaces.operate",)),
)
DEVICES: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/139.0.0.0 Mobile Safari/537.36",
    "coder-cli/v2.27.0 (linux/amd64)",
)
# Names of tokens, and scopes that fit them.
PURPOSES: Final = (
    ("laptop", ("coder:all",)),
    ("ide", ("coder:workspaces.access",)),
    ("notebook", ("workspace:read", "workspace:ssh")),
    ("deploy", ("coder:workspaces.operate",)),
    ("templates", ("coder:templates.build",)),
    ("status-page", ("workspace:read",)),
    ("cleanup", ("coder:workspaces.delete",)),
)
