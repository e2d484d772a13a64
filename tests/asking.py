"""Hold every call of a test to what its action says that it asks the decision engine for."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse

from coderauth.http.viewsets import Access, ApiViewSet, Asks, Public
from scopes.engine import decision
from scopes.engine.decision import Decision, Object, Subject

ROOMS = frozenset({"accounts", "audit", "coderauth", "scopes"})

_of_this_call: ContextVar[set[str] | None] = ContextVar("_of_this_call", default=None)
_recorded: dict[str, set[str]] = {}


def declared(access: Access) -> tuple[str, ...]:
    """Return all that an action says it asks, as `resource:action`; `*` is whatever was named."""
    if isinstance(access, Public):
        return ()
    return (access.permission, *access.others) if isinstance(access, Asks) else access.asks


def covers(declaration: str, asked: str) -> bool:
    parts = zip(declaration.split(":"), asked.split(":"), strict=True)
    return all(ours in ("*", theirs) for ours, theirs in parts)


def undeclared(access: Access, asked: Iterable[str]) -> list[str]:
    return sorted(pair for pair in asked if not any(covers(one, pair) for one in declared(access)))


@contextmanager
def recorded() -> Iterator[dict[str, set[str]]]:
    """Provide what each action asks from here on, by its name."""
    _recorded.clear()
    yield _recorded


def hold_calls_to_their_declarations() -> None:
    """Put a witness before the engine, wherever it was imported to, and around each API action."""
    real = decision.decide

    def decide(subject: Subject, action: str, obj: Object) -> Decision:
        asked = _of_this_call.get()
        if asked is not None:
            asked.add(f"{obj.type}:{action}")
        return real(subject, action, obj)

    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ROOMS and getattr(module, "decide", None) is real:
            vars(module)["decide"] = decide
    answer = ApiViewSet.dispatch

    def dispatch(self: ApiViewSet, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked: set[str] = set()
        token = _of_this_call.set(asked)
        try:
            response = answer(self, request, *args, **kwargs)
        finally:
            _of_this_call.reset(token)
        access = self.access.get(self.action)
        if access is not None:
            name = f"{type(self).__name__}.{self.action}"
            _recorded.setdefault(name, set()).update(asked)
            more = undeclared(access, asked)
            assert not more, f"{name} asks for {', '.join(more)}, which it does not declare"
        return response

    ApiViewSet.dispatch = dispatch  # type: ignore[method-assign]
