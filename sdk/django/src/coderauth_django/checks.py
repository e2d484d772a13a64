"""System checks: every view says what it needs, and coderauth can be asked.

They run at `check`, `migrate`, `test` and `runserver`. A WSGI server runs none of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from coderauth_sdk import CoderAuthError, Scope
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from coderauth_django.asking import Questions
from coderauth_django.authentication import KeyAuthentication
from coderauth_django.configuration import configuration
from coderauth_django.permissions import DeclaredNeeds

SPARED = {"options", "head"}
HOW = "Say it in `needs`, for each method, or give the view permission_classes of its own."


def check_configuration(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Say what is wrong with the setting CODERAUTH."""
    try:
        asked = Questions(configuration())
    except (ImproperlyConfigured, CoderAuthError) as error:
        return [Error(str(error), id="coderauth.E001")]
    if not asked.has_key:
        return [Error("CODERAUTH has no TOKEN: this service needs a key.", id="coderauth.E001")]
    return []


def check_views(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Say which views take keys and do not declare what they need, or not as meant."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    found = list(_views(get_resolver().url_patterns, "/"))
    errors: list[CheckMessage] = [
        Error(f"{callback.cls.__name__} at {route} {problem}", hint=HOW, id="coderauth.E002")
        for route, callback in found
        for problem in _problems(callback)
    ]
    for view in dict.fromkeys(callback.cls for _, callback in found):
        argument = getattr(view, "object_kwarg", "")
        routes = [route for route, callback in found if callback.cls is view]
        if argument and not any(re.search(rf"[<:]{argument}>", route) for route in routes):
            problem = f"has the object_kwarg {argument!r}, which is in none of its addresses"
            errors.append(Error(f"{view.__name__} {problem}", id="coderauth.E003"))
    return errors


def _views(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, route)
        elif hasattr(pattern.callback, "cls"):  # Of Django REST framework.
            yield route, pattern.callback


def _problems(callback: Any) -> Iterator[str]:
    view, given = callback.cls, callback.initkwargs
    takers: Any = given.get("authentication_classes", view.authentication_classes)
    guards: Any = given.get("permission_classes", view.permission_classes)
    if not _has(takers, KeyAuthentication):
        return
    if not _has(guards, DeclaredNeeds):
        # What every view has by default is nothing that this one declares.
        if "permission_classes" not in given and not _declares(view):
            yield "takes keys and declares nothing"
        return
    needs = given.get("needs", getattr(view, "needs", {}))
    for method in _methods(callback):
        if not needs.get(method):
            yield f"does not declare what {method} needs"
    known = {*Scope} - {Scope.ALL, Scope.APPLICATION_CONNECT}
    for need in sorted({one for some in needs.values() for one in some if isinstance(one, str)}):
        if need not in known or need.startswith("coder:") or need.endswith(":*"):
            yield f"needs {need!r}, which is no scope for one action; see coderauth_sdk.Scope"


def _has(classes: Iterable[Any], wanted: type) -> bool:
    return any(isinstance(one, type) and issubclass(one, wanted) for one in classes)


def _declares(view: type) -> bool:
    own = [base for base in view.__mro__ if not base.__module__.startswith("rest_framework.")]
    return any("permission_classes" in vars(base) for base in own)


def _methods(callback: Any) -> list[str]:
    view = callback.cls
    named = getattr(callback, "actions", None) or [
        method for method in view.http_method_names if hasattr(view, method)
    ]
    return [method.upper() for method in named if method not in SPARED]
