"""`/authcheck`: services ask whether the caller may do something."""

from dataclasses import asdict
from typing import Any, ClassVar, Literal

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from coderauth.errors import InvalidRequest
from coderauth.http.body import decode
from coderauth.http.openapi import operation
from coderauth.http.query import TRUE
from coderauth.http.viewsets import WHATEVER_IS_NAMED, Access, SignedIn
from scopes.api.documents.authcheck import AuthCheckDocument, ExplainedDocument
from scopes.api.shapes.authcheck import AuthCheckItem, AuthCheckObject, AuthCheckRequest
from scopes.authcheck.answers import Check, answer, answer_explained
from scopes.engine.decision import Object, Subject, decide
from scopes.engine.explain import Explanation
from scopes.http.viewsets import CallerViewSet

# That many take well below a second; an explanation costs as much as many decisions.
MAX_CHECKS, MAX_EXPLAINED = 10_000, 500
REFUSES = (
    "too_many_checks",
    "too_many_resource_ids",
    "resource_type_missing",
    "resource_id_invalid",
    "resource_id_unsupported",
)
OWN_RIGHTS = "the answers are about the caller's own rights"
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


class PlainObject(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What `AuthCheckObject` declares, for an object that is described."""

    resource_type: str
    owner_id: str = ""
    organization_id: str = ""
    any_org: bool = False
    resource_id: Literal[""] = ""


class PlainCheck(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What `AuthCheckItem` declares."""

    object: PlainObject
    action: str


class PlainRequest(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What `AuthCheckRequest` declares."""

    checks: dict[str, PlainCheck]


_PLAIN = msgspec.json.Decoder(PlainRequest)


class AuthCheckViewSet(CallerViewSet):
    """May the caller do this?"""

    access: ClassVar[dict[str, Access]] = {
        "create": SignedIn(OWN_RIGHTS, (WHATEVER_IS_NAMED,)),
        "explain": SignedIn(OWN_RIGHTS, (WHATEVER_IS_NAMED,)),
    }

    @operation(
        "Ask whether you may do these things",
        description=(
            "True for what your roles allow and your key's scopes and allow list permit. A request "
            f"has at most {MAX_CHECKS:,} checks."
        ),
        body=AuthCheckRequest,
        answers={200: AuthCheckDocument},
        refuses=REFUSES,
    )
    def create(self, request: Request) -> HttpResponse:
        if request.query_params.get("explain", "") in TRUE:  # The older way; not documented.
            return self.explain(request)
        raw, used = self.raw_body(), set[str]()
        answers = decide_plainly(self.caller.subject, raw, used)
        if answers is None:
            answers = decide_declared(self.caller.subject, raw, used)
        self.caller.did(used)
        return self.answer(answers)

    @operation(
        "Ask why you may or may not do these things",
        description=(
            "The answer says what decided each check, and what was missing. A request has at most "
            f"{MAX_EXPLAINED} checks."
        ),
        body=AuthCheckRequest,
        answers={200: ExplainedDocument},
        refuses=REFUSES,
    )
    def explain(self, request: Request) -> HttpResponse:
        checks = read_checks(self.raw_body(), maximum=MAX_EXPLAINED)
        explained = answer_explained(self.caller.subject, checks)
        return self.answer({name: explanation_document(why) for name, why in explained.items()})


def decide_plainly(subject: Subject, raw: bytes, used: set[str]) -> dict[str, bool] | None:
    """Answer checks that are all plain; None if one is unusual in any way, or asks about an id.

    The permissions of those that are true are added to `used`.

    There may be hundreds: read and decided like this they cost a tenth of what they cost by the
    declared shapes, which read the others. Asks no database.
    """
    if b"\\" in raw:  # There may be a NUL, which can only be sent escaped.
        return None
    try:
        checks = _PLAIN.decode(raw).checks
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if len(checks) > MAX_CHECKS:
        return None
    answers: dict[str, bool] = {}
    for name, check in checks.items():
        sent = check.object
        kind, owner = sent.resource_type, sent.owner_id
        if not kind:
            return None
        owner = subject.id if owner == "me" else owner
        described = Object(kind, "", owner, sent.organization_id, sent.any_org)
        answers[name] = is_allowed = decide(subject, check.action, described).allowed
        if is_allowed:
            used.add(f"{kind}:{check.action}")
    return answers


def decide_declared(subject: Subject, raw: bytes, used: set[str]) -> dict[str, bool]:
    """Answer checks as the declared shapes read them; raises InvalidRequest."""
    checks = read_checks(raw, maximum=MAX_CHECKS)
    answers = answer(subject, checks)
    used.update(
        f"{one.resource_type}:{one.action}" for name, one in checks.items() if answers[name]
    )
    return {name: answers[name] for name in checks}


def read_checks(raw: bytes, *, maximum: int) -> dict[str, Check]:
    """Return the checks of a body by name; raises InvalidRequest, as it does for too many."""
    items = AuthCheckRequest.of(decode(raw))["checks"]
    if len(items) > maximum:
        raise InvalidRequest("too_many_checks", maximum=maximum, found=len(items))
    return {name: read_check(item, name) for name, item in items.items()}


def read_check(item: Any, name: str) -> Check:
    """Read one check as `AuthCheckItem` declares it."""
    at = f"checks.{name}."
    declared = AuthCheckItem.of(item, at)
    return Check(declared["action"], **AuthCheckObject.of(declared["object"], f"{at}object."))


def explanation_document(explanation: Explanation | None) -> dict[str, Any]:
    return UNKNOWN_ID if explanation is None else asdict(explanation)
