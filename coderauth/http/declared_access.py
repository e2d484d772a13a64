"""A system check: each action of the API says who may call it."""

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver


def api_routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each route of a DRF view, as a pattern, with the view function behind it."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = str(entry.pattern)
        if before:
            pattern = before + pattern.removeprefix("^")  # As `resolve().route` writes it.
        if isinstance(entry, URLResolver):
            yield from api_routes(entry, pattern)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "cls"):
            yield pattern, entry.callback


def undeclared(pattern: str, view: Any) -> list[str]:
    """Return the actions of a route that do not declare who may call them."""
    declared = getattr(view.cls, "access", {})
    actions = getattr(view, "actions", None) or {"all": view.cls.__name__}
    return [f"{view.cls.__name__}.{name}" for name in actions.values() if name not in declared]


@register(Tags.urls)
def every_action_declares_access(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to start with an action that anybody, or nobody, could call by accident."""
    return [
        checks.Error(
            f"{action} at {pattern} does not say who may call it.",
            hint="Add it to the `access` of its viewset: Asks, SignedIn or Public.",
            id="coderauth.E001",
        )
        for pattern, view in api_routes()
        for action in undeclared(pattern, view)
    ]
