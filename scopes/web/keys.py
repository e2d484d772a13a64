"""`/keys`: one's own keys and sessions."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from coderauth.pages.access import OwnPage
from coderauth.pages.lists import ListPage
from coderauth.pages.page import ActPage
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.http.listed import ListedKey, ListedSession
from scopes.keys.rows import key_object
from scopes.keys.sessions import sessions_end, sessions_visible
from scopes.models import Key
from scopes.visibility import rows_readable

OWN = OwnPage("keys are shown and changed as far as the engine lets their reader")


class OwnKeysPage(ListPage):
    """One's own tokens and sessions."""

    access = OWN
    template_name = "scopes/keys/list.html"
    sorts: ClassVar = {
        "name": ["name", "id"],
        "used": [F("last_used_at").asc(nulls_first=True), "id"],
        "ends": ["expires_at", "id"],
    }
    caller: Caller

    def enter(self) -> None:
        if not decide(self.caller.subject, "read", Object("api_key", owner=self.caller.id)):
            raise Http404

    def rows(self, filters: Mapping[str, Any]) -> QuerySet[Key]:
        return rows_readable(
            self.caller,
            Key.objects.tokens().filter(user_id=self.caller.id).judged(timezone.now()),
            resource="api_key",
            near=Q(user_id=self.caller.id),
            describe=key_object,
        )

    def present(self, row: Key) -> ListedKey:
        return ListedKey(row, timezone.now())

    def beside(self) -> Mapping[str, Any]:
        sessions = sessions_visible(caller=self.caller, user=self.caller)
        current = self.caller.key_id
        listed = [ListedSession(key, is_current=key.pk == current) for key in sessions]
        return {
            "sessions": sorted(listed, key=lambda one: not one.is_current),
            "has_others": any(not one.is_current for one in listed),
        }


class EndSessionsPage(ActPage):
    """End all sessions but this one."""

    access = OWN
    question = "End all your other sessions?"
    button = "End them"
    caller: Caller

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": ["Other browsers and command lines are signed out at once. Keys go on."]}

    def act(self) -> str:
        ended = sessions_end(caller=self.caller, user=self.caller)
        return "No other session was left." if not ended else f"{_sessions(ended)} ended."

    def home(self) -> str:
        return reverse("keys")


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"
