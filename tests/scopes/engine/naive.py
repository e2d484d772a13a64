"""Transcribe the decision rule a second time, literally and slowly, to hold the engine against.

It shares no code with `scopes`. A role is {"site": [...], "user": [...], "org": {id: [...]}} with
permissions (type, action, negate). An object is a dict.
"""

from typing import Any

Triple = tuple[str, str, bool]
RoleDict = dict[str, Any]

NIL = "00000000-0000-0000-0000-000000000000"

COMPOSITES = {
    "coder:workspaces.create": {"template": "read use", "workspace": "create update read"},
    "coder:workspaces.operate": {"workspace": "read update"},
    "coder:workspaces.delete": {"workspace": "read delete"},
    "coder:workspaces.access": {"workspace": "read ssh application_connect"},
    "coder:templates.build": {
        "template": "read",
        "file": "create read",
        "provisioner_jobs": "read",
    },
    "coder:templates.author": {
        "template": "read create update delete view_insights",
        "file": "create read",
    },
    "coder:apikeys.manage_self": {"api_key": "read create update delete"},
}


def scope_permissions(name: str, types: list[str]) -> list[Triple]:
    if name in ("all", "coder:all"):
        return [("*", "*", False)]
    if name in ("application_connect", "coder:application_connect"):
        return [("workspace", "application_connect", False)]
    if name == "no_user_data":
        return [(resource, "*", False) for resource in types if resource != "user"]
    if name in COMPOSITES:
        table = COMPOSITES[name]
        return [(resource, a, False) for resource, acts in table.items() for a in acts.split()]
    resource, action = name.split(":", 1)
    return [(resource, action, False)]


def vote(permissions: list[Triple], action: str, resource: str) -> int:
    hits = [p for p in permissions if p[0] in (resource, "*") and p[1] in (action, "*")]
    if any(negate for _, _, negate in hits):
        return -1
    return 1 if hits else 0


def memberships(roles: list[RoleDict]) -> set[str]:
    return {organization for role in roles for organization in role["org"]}


def in_org(members: set[str], obj: dict[str, Any]) -> bool:
    if obj["any_org"]:
        return len(members) > 0
    return obj["org_owner"] != "" and obj["org_owner"] in members


def passes(
    x: list[RoleDict], members: set[str], subject_id: str, action: str, obj: dict[str, Any]
) -> bool:
    def of(organization: str) -> list[Triple]:
        return [p for role in x for p in role["org"].get(organization, [])]

    site = vote([p for role in x for p in role["site"]], action, obj["type"])
    if obj["any_org"]:
        org = 1 if any(vote(of(g), action, obj["type"]) == 1 for g in members) else 0
    elif obj["org_owner"] in members:
        org = vote(of(obj["org_owner"]), action, obj["type"])
    else:
        org = 0
    user = 0
    if obj["owner"] != "" and obj["owner"] == subject_id:
        user = vote([p for role in x for p in role["user"]], action, obj["type"])
    org_ok = in_org(members, obj) or (obj["org_owner"] == "" and not obj["any_org"])
    return (
        site == 1
        or (site != -1 and org == 1)
        or (site != -1 and org != -1 and org_ok and user == 1)
    )


def listed(allow_list: list[tuple[str, str]], obj: dict[str, Any]) -> bool:
    if ("*", "*") in allow_list or (obj["type"], "*") in allow_list:
        return True
    return any(x in (obj["type"], "*") and i == obj["id"] and i != "*" for x, i in allow_list)


def acl(
    members: set[str], subject_id: str, groups: list[str], action: str, obj: dict[str, Any]
) -> bool:
    def grants(actions: list[str]) -> bool:
        return action in actions or "*" in actions

    return (
        grants(obj["acl_users"].get(subject_id, []))
        or (in_org(members, obj) and any(grants(obj["acl_groups"].get(g, [])) for g in groups))
        or (in_org(members, obj) and grants(obj["acl_groups"].get(obj["org_owner"], [])))
    )


def is_senseless(action: str, obj: dict[str, Any], policy: dict[str, tuple[str, ...]]) -> bool:
    if action not in policy.get(obj["type"], ()):
        return True
    return bool(obj["any_org"]) and obj["org_owner"] not in ("", NIL)


def judge(
    subject: dict[str, Any], action: str, obj: dict[str, Any], policy: dict[str, tuple[str, ...]]
) -> tuple[bool, bool, bool]:
    """Return what three parties say: the roles or an ACL, the scope, the allow list."""
    roles = subject["roles"]
    members = memberships(roles)
    scope: RoleDict = {"site": [], "user": [], "org": {}}
    for name in subject["scopes"]:
        scope["site"] += scope_permissions(name, list(policy))
    by_role = bool(roles) and (
        passes(roles, members, subject["id"], action, obj)
        or acl(members, subject["id"], subject["groups"], action, obj)
    )
    by_scope = passes([scope], members, subject["id"], action, obj)
    return by_role, by_scope, listed(subject["allow_list"], obj)


def decide(
    subject: dict[str, Any], action: str, obj: dict[str, Any], policy: dict[str, tuple[str, ...]]
) -> bool:
    return not is_senseless(action, obj, policy) and all(judge(subject, action, obj, policy))
