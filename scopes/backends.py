"""Django's permission checks ask the decision engine (design D10)."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from scopes.decision import Object, decide

# Django's verbs for rows of a model, as actions of the policy.
ACTIONS = {"view": "read", "add": "create", "change": "update", "delete": "delete"}
# Models of the admin, as resource types of the policy.
RESOURCES = {
    "accounts.user": "user",
    "scopes.key": "api_key",
    "scopes.organization": "organization",
    "scopes.membership": "organization_member",
}


class DecisionBackend(BaseBackend):
    """Answer `user.has_perm("scopes.view_key", obj)` with the rights of the key in use."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        app, _, codename = perm.partition(".")
        verb, _, model = codename.partition("_")
        resource = RESOURCES.get(f"{app}.{model}")
        action = ACTIONS.get(verb)
        caller = getattr(user_obj, "caller", None)
        if resource is None or action is None or caller is None:
            return False
        return decide(caller.subject, action, obj or Object(type=resource)).allowed
