"""Django's permission checks ask the decision engine (decision D10)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.backends import BaseBackend

from audit.models import Entry
from audit.selectors import may_read_some
from scopes.engine.decision import Object, decide
from scopes.keys.rows import key_object
from scopes.objects.types import permission_for, registered_object
from scopes.organizations.custom_roles import role_object
from scopes.organizations.groups import group_object
from scopes.organizations.selectors import member_object, organization_object
from scopes.people import user_object


def entry_object(entry: Entry) -> Object:
    return Object("audit_log", str(entry.pk), organization=str(entry.organization_id or ""))


# Django's verbs for rows of a model, as actions of the policy.
ACTIONS = {"view": "read", "add": "create", "change": "update", "delete": "delete"}
# Models, as resource types of the policy. Registered objects have many types.
RESOURCES = {
    "accounts.user": "user",
    "scopes.key": "api_key",
    "scopes.organization": "organization",
    "scopes.membership": "organization_member",
    "scopes.group": "group",
    "scopes.customrole": "assign_org_role",
    "audit.entry": "audit_log",
}
# The same models' rows, as the engine judges them.
ROWS: Mapping[str, Callable[[Any], Object]] = {
    "accounts.user": lambda user: user_object(user.pk),
    "scopes.key": key_object,
    "scopes.organization": organization_object,
    "scopes.membership": member_object,
    "scopes.group": group_object,
    "scopes.customrole": role_object,
    "scopes.registeredobject": registered_object,
    "audit.entry": entry_object,
}


class DecisionBackend(BaseBackend):
    """Answer `user.has_perm("scopes.view_key", key)` with the rights of the key in use.

    Without a row, the question is whether the caller may do it to every row. The audit
    has parts that are read apart: there it is whether any of them is open to the caller.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        app, _, codename = perm.partition(".")
        verb, _, model = codename.partition("_")
        label = f"{app}.{model}"
        action = ACTIONS.get(verb)
        caller = getattr(user_obj, "caller", None)
        if action is None or caller is None:
            return False
        if obj is None and (label, action) == ("audit.entry", "read"):
            return may_read_some(caller)
        if obj is None and label in RESOURCES:
            asked = Object(type=RESOURCES[label])
        elif label in ROWS and obj is not None and obj._meta.label_lower == label:
            asked = ROWS[label](obj)
        else:
            return False
        return decide(caller.subject, permission_for(asked.type, action), asked).allowed
