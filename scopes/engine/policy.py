"""Name every resource type and the actions it has.

This is the one table from which scopes, roles, constants, pages and tests are derived.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ANY: Final = "*"

_ALL_FOUR = "create read update delete"
_WORKSPACE_ACTIONS: Mapping[str, str] = {
    "start": "Start {things}.",
    "stop": "Stop {things}.",
    "ssh": "Open a terminal or an SSH session in {things}.",
    "application_connect": "Open the applications that run in {things}.",
    "create_agent": "Add agents to {things}.",
    "delete_agent": "Remove agents from {things}.",
    "share": "Give other people and groups access to {things}.",
}

ACTION_DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "application_connect": "Open an application that runs in a workspace.",
        "assign": "Give a role to somebody.",
        "create": "Make a new one.",
        "create_agent": "Add an agent to a workspace.",
        "delete": "Remove one for good.",
        "delete_agent": "Remove an agent from a workspace.",
        "read": "See it, and see that it exists.",
        "read_personal": "See what only the person concerned should see.",
        "share": "Give others access to it.",
        "ssh": "Open a terminal or an SSH session.",
        "start": "Start it.",
        "stop": "Stop it.",
        "unassign": "Take a role away from somebody.",
        "update": "Change it.",
        "update_personal": "Change what only the person concerned should change.",
        "use": "Make something from it.",
        "view_insights": "See how much it is used.",
    }
)

_VERBS = {
    "create": "Create {things}.",
    "read": "See {things}.",
    "update": "Change {things}.",
    "delete": "Delete {things}.",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """Describe one resource type: `actions` maps each action to a sentence for people."""

    name: str
    things: str
    description: str
    actions: Mapping[str, str]


def _resource(
    name: str,
    things: str,
    description: str,
    verbs: str,
    special: Mapping[str, str] | None = None,
) -> Resource:
    sentences = {verb: _VERBS[verb] for verb in verbs.split()} | dict(special or {})
    actions = {action: sentences[action].format(things=things) for action in sorted(sentences)}
    return Resource(name, things, description, MappingProxyType(actions))


_TABLE: tuple[Resource, ...] = (
    _resource(
        "aibridge_interception",
        "recorded AI requests",
        "A request to an AI provider that passed through the bridge.",
        "create read update",
    ),
    _resource("api_key", "API keys", "A session or an API token of a user.", _ALL_FOUR),
    _resource(
        "assign_org_role",
        "custom roles of an organization",
        "The roles of an organization, and who holds them.",
        _ALL_FOUR,
        {
            "read": "See the roles of an organization.",
            "assign": "Give roles of an organization to its members.",
            "unassign": "Take roles of an organization away from its members.",
        },
    ),
    _resource(
        "assign_role",
        "site roles",
        "The roles of the whole site, and who holds them.",
        "read",
        {"assign": "Give site roles to users.", "unassign": "Take site roles away from users."},
    ),
    _resource("audit_log", "audit log entries", "A record of what somebody did.", "create read"),
    _resource(
        "connection_log",
        "connection log entries",
        "A record of a connection to a workspace.",
        "read update",
    ),
    _resource("crypto_key", "signing keys", "A key the server signs or encrypts with.", _ALL_FOUR),
    _resource("debug_info", "debugging information", "The inner state of the server.", "read"),
    _resource(
        "deployment_config", "the configuration", "The settings of the server.", "read update"
    ),
    _resource("deployment_stats", "usage figures", "Numbers about the whole server.", "read"),
    _resource(
        "file",
        "uploaded files",
        "An uploaded file, such as the archive of a template.",
        "read",
        {"create": "Upload files."},
    ),
    _resource("group", "groups", "A group of people in an organization.", _ALL_FOUR),
    _resource("group_member", "members of groups", "That somebody is in a group.", "read"),
    _resource(
        "idpsync_settings",
        "identity synchronisation settings",
        "What is taken over from the identity provider at sign-in.",
        "read update",
    ),
    _resource(
        "inbox_notification",
        "inbox notifications",
        "A notification in somebody's inbox.",
        "create read update",
    ),
    _resource("license", "licenses", "A license of the server.", "create read delete"),
    _resource(
        "notification_message",
        "notification messages",
        "A notification on its way to somebody.",
        _ALL_FOUR,
    ),
    _resource(
        "notification_preference",
        "notification preferences",
        "What somebody wants to be notified about.",
        "read update",
    ),
    _resource(
        "notification_template",
        "notification templates",
        "The text of a kind of notification.",
        "read update",
    ),
    _resource(
        "oauth2_app", "OAuth2 applications", "An application that signs people in.", _ALL_FOUR
    ),
    _resource(
        "oauth2_app_code_token",
        "codes and tokens of OAuth2 applications",
        "A code or token made for an OAuth2 application.",
        "create read delete",
    ),
    _resource(
        "oauth2_app_secret",
        "secrets of OAuth2 applications",
        "A secret with which an OAuth2 application proves itself.",
        _ALL_FOUR,
    ),
    _resource(
        "organization",
        "organizations",
        "A closed circle of people and what they share.",
        _ALL_FOUR,
    ),
    _resource(
        "organization_member",
        "members of an organization",
        "That somebody belongs to an organization, and with which roles.",
        "read",
        {
            "create": "Add members to an organization.",
            "update": "Change the roles of members of an organization.",
            "delete": "Remove members from an organization.",
        },
    ),
    _resource(
        "prebuilt_workspace",
        "prebuilt workspaces",
        "A workspace made in advance, not yet claimed by anybody.",
        "update delete",
    ),
    _resource("provisioner_daemon", "provisioners", "A process that builds workspaces.", _ALL_FOUR),
    _resource(
        "provisioner_jobs", "build jobs", "A piece of work for a provisioner.", "create read update"
    ),
    _resource("replicas", "replicas", "A running copy of the server.", "read"),
    _resource("system", "internal records", "What the server keeps for itself.", _ALL_FOUR),
    _resource(
        "tailnet_coordinator",
        "network coordination records",
        "How workspaces and clients find each other.",
        _ALL_FOUR,
    ),
    _resource("task", "tasks", "A piece of work given to an AI agent.", _ALL_FOUR),
    _resource(
        "template",
        "templates",
        "A plan from which workspaces are made.",
        _ALL_FOUR,
        {
            "use": "Make workspaces from templates.",
            "view_insights": "See how much templates are used.",
        },
    ),
    _resource("usage_event", "usage events", "A counted use of a feature.", "create read update"),
    _resource(
        "user",
        "users",
        "A person, or a machine with an account of its own.",
        _ALL_FOUR,
        {
            "read_personal": "See personal settings and data of users.",
            "update_personal": "Change personal settings and data of users.",
        },
    ),
    _resource("user_secret", "user secrets", "A secret a user keeps for workspaces.", _ALL_FOUR),
    _resource(
        "webpush_subscription",
        "browser notification subscriptions",
        "A browser that receives notifications.",
        "create read delete",
    ),
    _resource(
        "workspace",
        "workspaces",
        "A development environment of a user.",
        _ALL_FOUR,
        _WORKSPACE_ACTIONS,
    ),
    _resource(
        "workspace_agent_devcontainers",
        "development containers of workspaces",
        "A development container in a workspace.",
        "create",
    ),
    _resource(
        "workspace_agent_resource_monitor",
        "resource monitors of workspaces",
        "A watch on the memory and disks of a workspace.",
        "create read update",
    ),
    _resource(
        "workspace_dormant",
        "dormant workspaces",
        "A workspace put to sleep because nobody used it.",
        _ALL_FOUR,
        _WORKSPACE_ACTIONS,
    ),
    _resource(
        "workspace_proxy",
        "workspace proxies",
        "A server that brings workspaces nearer to people.",
        _ALL_FOUR,
    ),
)

RESOURCE_DETAILS: Final[Mapping[str, Resource]] = MappingProxyType(
    {resource.name: resource for resource in _TABLE}
)
RESOURCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {resource.name: tuple(resource.actions) for resource in _TABLE}
)


def expand_pattern(resource: str, action: str) -> tuple[tuple[str, str], ...]:
    """List the (type, action) pairs that a permission with these two patterns matches."""
    types = RESOURCES if resource == ANY else (resource,)
    return tuple(
        (name, known)
        for name in types
        for known in RESOURCES.get(name, ())
        if action in (ANY, known)
    )
