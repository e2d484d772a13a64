"""Who may act: a signed-in caller, or the operator of the machine."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from scopes.callers import EVERYTHING, Caller
from scopes.engine.catalog import FULL
from scopes.engine.decision import Grant, Subject, prepare
from scopes.engine.policy import ANY
from scopes.engine.roles import OWNER, Permission, Role

_NEVER_ENDS: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator, who runs commands on the machine: no user and no key, but every right.

    For services, a caller like any other. It has no id, so the audit names no actor.
    """

    subject: Subject
    site_roles: tuple[str, ...] = (OWNER,)
    is_owner: bool = True
    id: None = None
    scopes: tuple[str, ...] = (FULL,)
    allow_list: tuple[str, ...] = (EVERYTHING,)
    is_narrowed: bool = False
    expires_at: datetime = _NEVER_ENDS
    not_after: None = None


# The owner's role may hand out all others; the operator's rights go further.
_ALL_RIGHTS = Role(OWNER, "Operator", site=(Permission(ANY, ANY),))
OPERATOR: Final = Operator(prepare(id="", grants=[Grant(_ALL_RIGHTS)]))

Actor = Caller | Operator
