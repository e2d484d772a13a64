"""`/admin/audit`: what happened, in sentences; filters live in the address."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from audit.models import Entry
from audit.search import ACTIONS, EntrySearch
from audit.selectors import actors_of, entries_found, entries_readable
from coderauth.http.times import format_time
from coderauth.pages.access import Needs
from coderauth.pages.csv_files import csv_response
from coderauth.pages.lists import ListPage
from coderauth.pages.page import VisitorPage

ACCESS = (Needs("audit_log:read", in_some_organization=True),)
_ANY = ("", "any")
NOTHING = "nothing"
_TYPES = (
    "user", "api_key", "organization", "organization_member", "group", "custom_role", "object",
    "convert_login",
)  # fmt: skip
_COLUMNS = ("at", "actor", "action", "resource_type", "target", "status", "address", "key", "id")


class AuditFilter(forms.Form):
    person = forms.CharField(label="Person", required=False)
    action = forms.ChoiceField(choices=[_ANY, *((one, one) for one in ACTIONS)], required=False)
    type = forms.ChoiceField(
        choices=[_ANY, *((one, one.replace("_", " ")) for one in _TYPES)], required=False
    )
    target = forms.CharField(label="About", required=False)
    organization = forms.CharField(label="Organization", required=False)
    since = forms.DateField(
        label="From day", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To day", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class AuditPage(ListPage):
    """The entries that the visitor may read, newest first."""

    access = ACCESS
    template_name = "audit/list.html"
    filter_class: ClassVar[type[forms.Form]] = AuditFilter
    sorts: ClassVar = {"at": ["-at", "id"]}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        listing = self.listing()
        people = actors_of([row for row in listing.rows if row.actor_id])
        shown = [{"entry": row, "actor": people.get(row.actor_id)} for row in listing.rows]
        return self.page({"listing": listing, "shown": shown, "csv_query": request.GET.urlencode()})

    def rows(self, filters: Mapping[str, Any]) -> QuerySet[Entry]:
        since, until = filters.get("since"), filters.get("until")
        search = EntrySearch(
            actions=_one(filters.get("action")),
            resource_types=_one(filters.get("type")),
            resource_target=_plain(filters.get("target")),
            username=_plain(filters.get("person")),
            organization=_plain(filters.get("organization")),
            date_from=_midnight(since) if since else None,
            before=_midnight(until) + timedelta(days=1) if until else None,
        )
        return entries_found(entries_readable(self.caller), search, me=self.caller.id)


class AuditEntryPage(VisitorPage):
    """One entry: who, when, from where, and what changed."""

    access = ACCESS
    template_name = "audit/entry.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        entry = entries_readable(self.caller).filter(pk=self.kwargs["entry_id"]).first()
        if entry is None:
            raise Http404
        actor = actors_of([entry]).get(entry.actor_id) if entry.actor_id else None
        changes = [
            {
                "field": name.replace("_", " "),
                **{side: _shown(change, side) for side in ("old", "new")},
            }
            for name, change in entry.diff.items()
        ]
        return self.page({"entry": entry, "actor": actor, "changes": changes})


class AuditCsvPage(AuditPage):
    """The same entries as a file, all pages of them."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        filters = self.filter_class(request.GET)
        if not filters.is_valid():
            raise Http404
        found = self.rows(filters.cleaned_data).order_by("-at", "id")
        return csv_response("audit.csv", _lines(found))


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _plain(text: str | None) -> str:
    # No stored text has a NUL, and PostgreSQL refuses to look for one.
    return (text or "").replace("\x00", "\ufffd")


def _midnight(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _shown(change: Mapping[str, Any], side: str) -> str:
    if change.get("secret"):
        return "(not kept)"
    value = change.get(side)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or NOTHING
    return str(value) if value not in ("", None) else NOTHING


def _lines(entries: QuerySet[Entry]) -> Iterator[Sequence[str]]:
    yield _COLUMNS
    for entry in entries.iterator(chunk_size=1000):
        yield (
            format_time(entry.at), str(entry.actor_id or ""), entry.action, entry.resource_type,
            entry.resource_target, str(entry.status_code), entry.ip_address or "", entry.key_id,
            str(entry.pk),
        )  # fmt: skip
