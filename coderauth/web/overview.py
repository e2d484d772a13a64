"""`/admin/`, `/admin/settings` and `/admin/system`: the service as a whole."""

import platform
from collections.abc import Iterator
from typing import Any, Final

import django
from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.people.figures import people_by_kind
from audit.figures import audit_figures, sign_ins_by_day
from coderauth import BUILD_VERSION
from coderauth.counting import count_each, in_words
from coderauth.pages.access import Needs
from coderauth.pages.charts import bars
from coderauth.pages.page import VisitorPage
from coderauth.settings import env
from coderauth.web.navigation import ADMINISTRATION, may_enter
from scopes.keys.figures import needing_attention
from scopes.models import Key

# Whose values are never shown, by a part of their names.
_SECRET: Final = ("PASSWORD", "SECRET", "PRIVATE", "ENCRYPTION_KEY", "TOKEN_KEY")
_WITH_PASSWORD: Final = ("DATABASE_URL", "REDIS_URL")
_DAYS = 14


class OverviewOfAllPage(VisitorPage):
    """What needs attention, with numbers that lead to the lists they count."""

    access = tuple(need for place in ADMINISTRATION for need in place.needs)
    template_name = "admin/overview.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tiles = [*self._tiles()]
        may_audit = self.caller.may("read", "audit_log")
        days = sign_ins_by_day(_DAYS) if may_audit else []
        return self.page(
            {
                "tiles": tiles,
                "days": days,
                "chart": bars([(day.label, day.succeeded, day.failed) for day in days]),
                "places": [
                    {"label": place.label, "url": reverse(place.route)}
                    for place in ADMINISTRATION
                    if may_enter(self.caller, place) and place.route != "administration"
                ],
            }
        )

    def _tiles(self) -> Iterator[dict[str, Any]]:
        if self.caller.may("read", "user"):
            found = count_each(people_by_kind())
            yield _tile(found["people"], "people", "people")
            yield _tile(found["suspended"], "suspended", "people", "?status=suspended")
            yield _tile(found["services"], "service accounts", "service-accounts")
        if self.caller.may("read", "api_key"):
            keys = count_each(needing_attention(Key.objects.all(), timezone.now()))
            yield _tile(keys["unused"], "keys unused for 90 days", "all-keys", "?unused=90")
            yield _tile(keys["never_used"], "keys never used", "all-keys", "?unused=ever")
            yield _tile(keys["ending"], "keys end within 7 days", "all-keys", "?show=ending")
            yield _tile(keys["full"], "keys with full access", "all-keys", "?scope=coder%3Aall")
        if self.caller.may("read", "audit_log"):
            failed = audit_figures().failed_sign_ins
            yield _tile(failed, "failed sign-ins today", "audit", "?action=login")


class SettingsPage(VisitorPage):
    """The settings in force, where each comes from, and its variable; secrets are masked."""

    access = (Needs("deployment_config:read"),)
    template_name = "admin/settings.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = []
        for variable in env.known.values():
            source, value = env.source(variable.name)
            rows.append(
                {
                    "name": variable.name,
                    "meaning": variable.meaning,
                    "source": source,
                    "value": _masked(variable.name, value)
                    if source != "default"
                    else variable.default,
                }
            )
        return self.page({"rows": rows, "changed": sum(row["source"] != "default" for row in rows)})


class SystemPage(VisitorPage):
    """Database, tasks, versions, and until when the audit is sealed."""

    access = (Needs("deployment_config:read"),)
    template_name = "admin/system.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        tasks = DBTaskResult.objects.values_list("status").annotate(number=Count("pk"))
        waiting = DBTaskResult.objects.ready().order_by("enqueued_at").first()
        return self.page(
            {
                "database": f"{connection.vendor} {_database_version()}",
                "tasks": dict(tasks.order_by()),
                "oldest": None if waiting is None else waiting.enqueued_at,
                "audit": audit_figures(),
                "versions": {
                    "coderauth": BUILD_VERSION,
                    "Python": platform.python_version(),
                    "Django": django.get_version(),
                },
                "now": timezone.now(),
            }
        )


def to_administration(request: HttpRequest) -> HttpResponse:
    """Answer the address without its slash."""
    return redirect("administration")


def _tile(number: int, label: str, route: str, query: str = "") -> dict[str, Any]:
    return {"number": in_words(number), "label": label, "url": f"{reverse(route)}{query}"}


def _masked(name: str, value: str) -> str:
    if any(part in name for part in _SECRET):
        return "••••••"
    if name.endswith(_WITH_PASSWORD) and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://…@{rest.rpartition('@')[2]}"
    return value


def _database_version() -> str:
    with connection.cursor() as cursor:
        is_sqlite = connection.vendor == "sqlite"
        cursor.execute("SELECT sqlite_version()" if is_sqlite else "SHOW server_version")
        (version,) = cursor.fetchone()
    return str(version)
