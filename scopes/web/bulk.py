"""Acts on many keys: on those that were ticked at once, on all that a filter leaves as a task."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from coderauth.errors import DomainError
from coderauth.pages.page import ActPage, VisitorPage
from scopes.callers import Caller
from scopes.keys.jobs import ACTS, job_progress, job_start
from scopes.models import Key, KeyJob
from scopes.web.all_keys import ACCESS, KeyFilter, listed_keys

_MOST_TICKED = 500
_MOST_AT_ONCE = 50_000
_SHOWN = 20
_DONE = {"revoke": "revoked", "expire": "expired"}


class BulkPage(ActPage):
    """Revoke or expire many keys, after a question that lists them, or the first of them."""

    access = ACCESS
    permission: ClassVar[str]
    name: ClassVar[str]  # One of `ACTS`.
    lines: ClassVar[str]
    caller: Caller
    job: KeyJob | None = None

    def enter(self) -> None:
        if not self.caller.may(self.permission, "api_key"):
            raise Http404
        sent = self.request.POST if self.request.method == "POST" else self.request.GET
        self.is_all = sent.get("all") == "yes"
        self.carried: dict[str, list[str]] = {}
        rows = self._filtered(sent) if self.is_all else self._ticked(sent)
        self.chosen = rows.select_related("user").order_by("name", "pk")
        self.count = self.chosen.count()
        if not 0 < self.count <= _MOST_AT_ONCE:
            raise Http404

    @property
    def question(self) -> str:  # type: ignore[override]
        return f"{self.button} {_keys(self.count)}?"

    @property
    def button(self) -> str:  # type: ignore[override]
        return self.name.capitalize()

    def confirmation(self) -> Mapping[str, Any]:
        now = timezone.now()
        shown = self.chosen[: _SHOWN if self.is_all else _MOST_TICKED]
        rows = [{"label": str(key), "detail": _detail(key, now)} for key in shown]
        task = ["It runs in the background, and stops when you sign out."] if self.is_all else []
        return {
            "lines": [self.lines, *task],
            "carried": self.carried,
            "rows": rows,
            "more": self.count - len(rows),
        }

    def act(self) -> str:
        if self.is_all:
            ids = self.chosen.values_list("pk", flat=True)
            self.job = job_start(caller=self.caller, act=self.name, key_ids=list(ids))
            return f"{_keys(self.count)} are queued."
        ended, refused = 0, ""
        for key in self.chosen:
            try:
                ACTS[self.name](caller=self.caller, key_id=key.pk)
            except DomainError as error:
                refused = refused or f" {key}: {error.message}"
            else:
                ended += 1
        return f"{_keys(ended)} {_DONE[self.name]}.{refused}"

    def home(self) -> str:
        return reverse("all-keys")

    def next_url(self) -> str:
        return reverse("key-job", args=[self.job.pk]) if self.job else super().next_url()

    def after_proof(self) -> str:
        return f"{self.request.path}?{urlencode(self.carried, doseq=True)}"

    def _ticked(self, sent: QueryDict) -> QuerySet[Key]:
        chosen = [one for one in sent.getlist("key")[:_MOST_TICKED] if "\x00" not in one]
        self.carried = {"key": chosen}
        return Key.objects.filter(pk__in=chosen)

    def _filtered(self, sent: QueryDict) -> QuerySet[Key]:
        """Return what a filter leaves of the keys that there were when the question was asked."""
        filters = KeyFilter(sent)
        until = _moment(sent.get("until", "")) or timezone.now()
        if not filters.is_valid():
            raise Http404
        kept = {name: [value] for name, value in filters.cleaned_data.items() if value}
        self.carried = {"all": ["yes"], "until": [until.isoformat()], **kept}
        rows = listed_keys(self.caller, filters.cleaned_data)
        return rows.filter(created_at__lte=until).exclude(pk=self.caller.key_id)


class BulkRevokePage(BulkPage):
    """End keys and delete them."""

    permission, name = "delete", "revoke"
    lines = "They stop working at once, for good, and so do the keys that they made."


class BulkExpirePage(BulkPage):
    """End keys and keep them in the list."""

    permission, name = "update", "expire"
    lines = "They stop working at once, for good, and stay in the list."


class JobPage(VisitorPage):
    """How far an act on many keys is, and what was refused."""

    access = ACCESS
    template_name = "scopes/keys/job.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = KeyJob.objects.select_related("user").filter(pk=self.kwargs["job_id"]).first()
        if job is None:
            raise Http404
        context = {"job": job, "done": _DONE[job.act], "progress": job_progress(job)}
        return self.page(context)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return None if found is None or found.tzinfo is None else found


def _detail(key: Key, now: datetime) -> str:
    used = "never used" if key.last_used_at is None else f"last used {key.last_used_at:%-d %B %Y}"
    ends = "ended" if key.has_expired(now) else "ends"
    return f"of {key.user.username}, {used}, {ends} {key.expires_at:%-d %B %Y}"


def _keys(count: int) -> str:
    return "1 key" if count == 1 else f"{count:,} keys"
