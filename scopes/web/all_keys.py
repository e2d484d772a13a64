"""`/admin/keys`: everybody's keys, what of them needs attention, and acts on many at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from coderauth.counting import count_each, in_words
from coderauth.http.times import format_time
from coderauth.pages.access import Needs
from coderauth.pages.csv_files import csv_response
from coderauth.pages.lists import ListPage, Order
from coderauth.pages.long_select import LongSelect
from scopes.callers import Caller
from scopes.engine.catalog import FULL, PUBLIC, canonical
from scopes.http.listed import ListedKey
from scopes.keys.figures import needing_attention
from scopes.keys.rows import key_object
from scopes.keys.states import SOON, UNUSED_AFTER
from scopes.models import LAST_TOUCH, Key, KeyQuerySet
from scopes.people import people_named
from scopes.visibility import rows_readable

ACCESS = (Needs("api_key:read"),)
UNUSED_FOR = {"30": timedelta(days=30), "90": UNUSED_AFTER}
_ANY = ("", "any")
_SCOPES = [_ANY, *((name, name) for name in PUBLIC if canonical(name) == name)]
_COLUMNS = ("id", "name", "user", "scopes", "allow_list", "last_used", "ends", "made", "state")


class KeyFilter(forms.Form):
    q = forms.CharField(label="Name or id", required=False)
    of = forms.CharField(label="Of", required=False)
    scope = forms.ChoiceField(choices=_SCOPES, required=False, widget=LongSelect)
    unused = forms.ChoiceField(
        label="Not used for",
        choices=[("", "any time"), ("30", "30 days"), ("90", "90 days"), ("ever", "ever")],
        required=False,
    )
    show = forms.ChoiceField(
        choices=[
            ("", "keys"),
            ("ending", "ending within 7 days"),
            ("ended", "ended"),
            ("paused", "paused"),
            ("sessions", "sessions"),
        ],
        required=False,
    )


class AllKeysPage(ListPage):
    """The keys of everybody, tokens and sessions apart."""

    access = ACCESS
    template_name = "scopes/keys/all.html"
    filter_class: ClassVar[type[forms.Form]] = KeyFilter
    sorts: ClassVar = {
        "made": ["-created_at", "-id"],
        "name": ["name", "id"],
        "of": ["user__username", "name", "id"],
        "used": [F("last_used_at").asc(nulls_first=True), "id"],
        "ends": ["expires_at", "id"],
    }
    caller: Caller

    def rows(self, filters: Mapping[str, Any]) -> QuerySet[Key]:
        return listed_keys(self.caller, filters)

    def orders(self, filters: Mapping[str, Any]) -> Mapping[str, Sequence[Order]]:
        if filters.get("unused") not in UNUSED_FOR:
            return self.sorts
        # What was unused for longest comes first, as the index has it that leads to them.
        return {"unused": [LAST_TOUCH.asc(), "id"], **self.sorts}

    def present(self, row: Key) -> ListedKey:
        return ListedKey(row, timezone.now())

    def beside(self) -> Mapping[str, Any]:
        here = self.request.GET
        tiles = [
            {
                "number": number,
                "label": label,
                "url": f"{reverse('all-keys')}{query}",
                "is_current": query == f"?{here.urlencode()}" or (not here and query == ""),
            }
            for number, label, query in self._tiles()
        ]
        return {
            "tiles": tiles,
            "all_url": self._filter_only(),
            "csv_url": f"{reverse('all-keys-csv')}?{here.urlencode()}",
            "may_revoke": self.caller.may("delete", "api_key"),
            "may_expire": self.caller.may("update", "api_key"),
        }

    def _filter_only(self) -> str:
        """Return the filters in force as the end of an address that means all they leave."""
        fields = [name for name in KeyFilter.base_fields if self.request.GET.get(name)]
        return urlencode({"all": "yes", **{name: self.request.GET[name] for name in fields}})

    def _tiles(self) -> Iterator[tuple[str, str, str]]:
        """Count what needs attention. One query, whatever there is."""
        now, keys = timezone.now(), _readable(self.caller)
        attention = needing_attention(keys, now)
        found = count_each(
            {
                **{why: attention[why] for why in ("unused", "ending", "full")},
                "tokens": keys.tokens().unexpired(now),
                "ended": keys.tokens().expired(now),
                "sessions": keys.sessions().unexpired(now),
            }
        )
        yield in_words(found["tokens"]), "keys", ""
        yield in_words(found["unused"]), "unused for 90 days", "?unused=90"
        yield in_words(found["ending"]), "end within 7 days", "?show=ending"
        yield in_words(found["full"]), "with full access", f"?scope={FULL.replace(':', '%3A')}"
        yield in_words(found["ended"]), "ended", "?show=ended"
        yield in_words(found["sessions"]), "sessions", "?show=sessions"


class KeysCsvPage(AllKeysPage):
    """The same list as a file, all pages of it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        filters = self.filter_class(request.GET)
        keys = self.rows(filters.cleaned_data if filters.is_valid() else {})
        return csv_response("keys.csv", _lines(keys))


def listed_keys(caller: Caller, filters: Mapping[str, Any]) -> KeyQuerySet:
    """Return the keys that filters leave, of those that the caller may read."""
    now = timezone.now()
    show = filters.get("show", "")
    keys = _readable(caller).judged(now).select_related("user")
    keys = _shown(keys.sessions() if show == "sessions" else keys.tokens(), show, now)
    if wanted := filters.get("q", "").replace("\x00", "\ufffd"):
        keys = keys.filter(Q(name__icontains=wanted) | Q(pk=wanted))
    if owner := filters.get("of", "").replace("\x00", "\ufffd"):
        keys = keys.filter(user__in=people_named(owner))
    if scope := filters.get("scope"):
        keys = keys.with_scope(scope)
    return _unused(keys, filters.get("unused", ""), now)


def _readable(caller: Caller) -> KeyQuerySet:
    everybodys: Any = Key.objects.all()
    readable: Any = rows_readable(
        caller,
        everybodys,
        resource="api_key",
        near=Q(user_id=caller.id),
        describe=key_object,
    )
    return cast("KeyQuerySet", readable)


def _shown(keys: KeyQuerySet, show: str, now: datetime) -> KeyQuerySet:
    if show == "ended":
        return keys.expired(now)
    keys = keys.unexpired(now)
    if show == "ending":
        return keys.filter(expires_at__lt=now + SOON)
    return keys.filter(paused_at__isnull=False) if show == "paused" else keys


def _unused(keys: KeyQuerySet, wanted: str, now: datetime) -> KeyQuerySet:
    if wanted == "ever":
        return keys.filter(last_used_at=None)
    return keys.idle_since(now - UNUSED_FOR[wanted]) if wanted in UNUSED_FOR else keys


def _lines(keys: QuerySet[Key]) -> Iterator[Sequence[str]]:
    yield _COLUMNS
    now = timezone.now()
    for key in keys.order_by("pk").iterator(chunk_size=1000):
        yield (
            key.pk, key.name, key.user.username, " ".join(key.scopes), " ".join(key.allow_list),
            format_time(key.last_used_at), format_time(key.expires_at),
            format_time(key.created_at), ListedKey(key, now).state.words,
        )  # fmt: skip
