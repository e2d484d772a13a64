"""`/authcheck`: services ask whether the caller may do something."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from coderauth.http.body import decode
from coderauth.http.openapi import operation
from coderauth.http.viewsets import TRUE, Access, SignedIn
from scopes.api.documents.authcheck import AuthCheckDocument, ExplainedDocument
from scopes.api.shapes.authcheck import AuthCheckItem, AuthCheckObject, AuthCheckRequest
from scopes.authcheck.answers import Check, answer, answer_explained
from scopes.engine.decision import Object, Subject, decide
from scopes.engine.explain import Explanation
from scopes.http.viewsets import CallerViewSet

REFUSES = (
    "too_many_resource_ids",
    "resource_type_missing",
    "resource_id_invalid",
    "resource_id_unsupported",
)
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
    """May the caller do this?"""

    access: ClassVar[dict[str, Access]] = {
        "create": SignedIn("the answers are about the caller's own rights"),
        "explain": SignedIn("the answers are about the caller's own rights"),
    }

    @operation(
        "Ask whether you may do these things",
        description="True for what your roles allow and your key's scopes and allow list permit.",
        body=AuthCheckRequest,
        answers={200: AuthCheckDocument},
        refuses=REFUSES,
    )
    def create(self, request: Request) -> HttpResponse:
        if request.query_params.get("explain", "") in TRUE:  # The older way; not documented.
            return self.explain(request)
        return self.answer(decide_items(self.caller.subject, read_checks(self.raw_body())))

    @operation(
        "Ask why you may or may not do these things",
        description="The answer says what decided each check, and what was missing.",
        body=AuthCheckRequest,
        answers={200: ExplainedDocument},
        refuses=REFUSES,
    )
    def explain(self, request: Request) -> HttpResponse:
        items = read_checks(self.raw_body())
        checks = {name: read_check(item, name) for name, item in items.items()}
        explained = answer_explained(self.caller.subject, checks)
        return self.answer({name: explanation_document(why) for name, why in explained.items()})


def read_checks(raw: bytes) -> dict[str, Any]:
    """Return the checks of a body by name, each as it was sent."""
    body = decode(raw)
    checks = body.get("checks") if type(body) is dict and len(body) == 1 else None
    # The declared shape checks every text for NUL characters, which can only be sent escaped.
    if type(checks) is not dict or b"\\" in raw:
        checks = AuthCheckRequest.of(body)["checks"]
    return checks


def decide_items(subject: Subject, items: Mapping[str, Any]) -> dict[str, bool]:
    """Answer checks as they were sent.

    There may be hundreds. Plain ones are read and decided at once, ten times as fast as by the
    declared shapes, which read the others.
    """
    answers: dict[str, bool] = {}
    others: dict[str, Check] = {}
    for name, item in items.items():
        described = plain_object(item, subject.id)
        if described is None:
            others[name] = read_check(item, name)
            answers[name] = False  # Keeps its place among the answers; decided below.
        else:
            answers[name] = decide(subject, item["action"], described).allowed
    if others:
        answers |= answer(subject, others)
    return answers


def decide_plainly(subject: Subject, items: Mapping[str, Any]) -> dict[str, bool] | None:
    """Answer checks that are all plain, as `decide_items` does; None if one is not."""
    answers: dict[str, bool] = {}
    for name, item in items.items():
        described = plain_object(item, subject.id)
        if described is None:
            return None
        answers[name] = decide(subject, item["action"], described).allowed
    return answers


def plain_object(item: Any, me: str) -> Object | None:
    """Return what a check describes; None if it names a stored object or is unusual in any way."""
    if type(item) is not dict or len(item) != 2 or type(item.get("action")) is not str:
        return None
    sent = item.get("object")
    if type(sent) is not dict or not sent.keys() <= OBJECT_FIELDS:
        return None
    kind, owner = sent.get("resource_type"), sent.get("owner_id", "")
    organization, anywhere = sent.get("organization_id", ""), sent.get("any_org", False)
    are_plain = type(kind) is type(owner) is type(organization) is str and type(anywhere) is bool
    if not are_plain or not kind or sent.get("resource_id", "") != "":
        return None
    return Object(kind, "", me if owner == "me" else owner, organization, anywhere)


def read_check(item: Any, name: str) -> Check:
    """Read one check as `AuthCheckItem` declares it."""
    at = f"checks.{name}."
    declared = AuthCheckItem.of(item, at)
    return Check(declared["action"], **AuthCheckObject.of(declared["object"], f"{at}object."))


def explanation_document(explanation: Explanation | None) -> dict[str, Any]:
    return UNKNOWN_ID if explanation is None else asdict(explanation)
