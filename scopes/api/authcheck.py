"""`/authcheck`: services ask here whether the caller may do a thing."""

from dataclasses import asdict
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.viewsets import TRUE, Access, SignedIn
from scopes.api.shapes import AuthCheckItem, AuthCheckObject, AuthCheckRequest
from scopes.api.viewsets import CallerViewSet
from scopes.checks import Check, answer, answer_explained
from scopes.explain import Explanation

ITEM_FIELDS = frozenset({"object", "action"})
OBJECT_FIELDS = frozenset(AuthCheckObject().fields)
UNKNOWN_ID = {
    "allowed": False,
    "level": None,
    "permission": None,
    "negated": False,
    "role": None,
    "organization": None,
    "scope": None,
    "missing": ["object"],
    "hint": "There is no object with this id, or you may not read it.",
}


class AuthCheckViewSet(CallerViewSet):
    access: ClassVar[dict[str, Access]] = {
        "create": SignedIn("the answers are about the caller's own rights"),
    }

    def create(self, request: Request) -> Response:
        body = self.body(AuthCheckRequest)
        checks = {name: read_check(item, name) for name, item in body["checks"].items()}
        subject = self.caller.subject
        if request.query_params.get("explain", "") in TRUE:
            explained = answer_explained(subject, checks)
            return Response({name: explanation_document(why) for name, why in explained.items()})
        return Response(answer(subject, checks))


def read_check(item: Any, name: str) -> Check:
    """Read one check as `AuthCheckItem` declares it.

    Checks come by the hundred. One that is plainly right is read by hand, twenty times as fast;
    anything unusual goes through the declared shapes, which decide.
    """
    if type(item) is dict and item.keys() == ITEM_FIELDS:
        action, target = item["action"], item["object"]
        if type(action) is str and type(target) is dict and target.keys() <= OBJECT_FIELDS:
            check = Check(action, **target)
            if _is_plain(check):
                return check
    at = f"checks.{name}."
    declared = AuthCheckItem.of(item, at)
    return Check(declared["action"], **AuthCheckObject.of(declared["object"], f"{at}object."))


def _is_plain(check: Check) -> bool:
    return (
        type(check.resource_type) is str
        and type(check.owner_id) is str
        and type(check.organization_id) is str
        and type(check.resource_id) is str
        and type(check.any_org) is bool
    )


def explanation_document(explanation: Explanation | None) -> dict[str, Any]:
    return UNKNOWN_ID if explanation is None else asdict(explanation)
