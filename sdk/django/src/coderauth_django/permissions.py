"""Let in whoever may do what a view says that it needs."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

from coderauth_sdk import Check, Client, Explanation
from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from coderauth_django.asking import questions
from coderauth_django.refusals import InsufficientScope
from coderauth_django.users import CoderUser

if TYPE_CHECKING:  # It loads the default classes, of which this is one.
    from rest_framework.views import APIView

logger = logging.getLogger("coderauth_django")
# What a method of a view needs: `workspace:read`, or a whole question.
Need = str | Check
Needs = Mapping[str, Sequence[Need]]
UNKNOWN_OBJECT = ("object",)


class DeclaredNeeds(BasePermission):
    """Asks coderauth for what the view declares in `needs`, with the caller's key.

    The answer counts everything: the scopes and the allow list of the key, the roles of its holder.
    A scope such as `workspace:read` means to read the caller's own. If the view has an
    `object_kwarg`, and the address that argument, it means the registered object with this id.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        caller = request.auth
        if not isinstance(request.user, CoderUser) or not isinstance(caller, Client):
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # It only describes the view; for want of a handler it is a 405.
        needs = getattr(view, "needs", {}).get(method)
        if not needs:
            logger.error("%s does not declare what %s needs", type(view).__name__, method)
            raise PermissionDenied("This view does not declare what it needs.")
        checks = checks_for(needs, _object_id(view))
        if not questions().may(caller, checks):
            _refuse(caller, checks)
        return True


def checks_for(needs: Sequence[Need], object_id: str) -> list[Check]:
    """Return what to ask for these needs; without the id of an object, about the caller's own."""
    checks = []
    for need in needs:
        if isinstance(need, str):
            kind, _, action = need.partition(":")
            checks.append(Check(action, kind, owner_id="me", resource_id=object_id))
        else:
            checks.append(need)
    return checks


def _object_id(view: "APIView") -> str:
    """Return the id of the object in the address, if any; what is no id is not found."""
    value: Any = view.kwargs.get(getattr(view, "object_kwarg", ""))
    if value is None:
        return ""
    try:
        return str(UUID(str(value)))
    except ValueError:
        raise Http404 from None


def _refuse(caller: Client, checks: Sequence[Check]) -> NoReturn:
    """Say what is missing; that there is an object, only to those who may read it."""
    # Of an object that the key may not read, nothing is told; of the caller's own things it is.
    described = [check for check in checks if not check.resource_id]
    for check in checks:
        if check.resource_id:
            kind = check.resource_type
            described += [Check(act, kind, owner_id="me") for act in ("read", check.action)]
    reasons = questions().why(caller, described)
    missing = [_scope(one) for one, why in zip(described, reasons, strict=True) if _lacks(why)]
    if missing:
        raise InsufficientScope(list(dict.fromkeys(missing)))
    denied = [why for why in questions().why(caller, checks) if not why.allowed]
    if any(why.missing == UNKNOWN_OBJECT for why in denied):
        raise Http404
    raise PermissionDenied(denied[0].hint if denied else None)


def _scope(check: Check) -> str:
    return f"{check.resource_type}:{check.action}"


def _lacks(why: Explanation) -> bool:
    return "scope" in why.missing
