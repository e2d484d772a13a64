"""`/authcheck`: services ask here whether the caller may do a thing."""

from dataclasses import asdict
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from coderauth.http.body import decode
from coderauth.http.openapi import operation
from coderauth.http.viewsets import TRUE, Access, SignedIn
from scopes.api.documents import AuthCheckDocument
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

    @operation(
        "Ask whether you may do these things",
        description="Answers what your roles allow and your key's scopes and allow list permit.",
        body=AuthCheckRequest,
        answers={200: AuthCheckDocument},
        refuses=(
            "too_many_resource_ids",
            "resource_type_missing",
            "resource_id_invalid",
            "resource_id_unsupported",
        ),
        query={"explain": "Answer with what decided each check instead of yes or no."},
    )
    def create(self, request: Request) -> HttpResponse:
        checks = read_checks(self.raw_body())
        subject = self.caller.subject
        if request.query_params.get("explain", "") in TRUE:
            explained = answer_explained(subject, checks)
            return self.answer({name: explanation_document(why) for name, why in explained.items()})
        return self.answer(answer(subject, checks))


def read_checks(raw: bytes) -> dict[str, Check]:
    """Read a body as `AuthCheckRequest` declares it, a plain one by a short way."""
    body = decode(raw)
    checks = body.get("checks") if type(body) is dict and len(body) == 1 else None
    # The declared shape looks into every text for NUL characters, which can only be sent escaped.
    if type(checks) is not dict or b"\\u0000" in raw:
        checks = AuthCheckRequest.of(body)["checks"]
    return {name: read_check(item, name) for name, item in checks.items()}


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
