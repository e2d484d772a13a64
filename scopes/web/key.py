"""`/keys/<id>`: one key, what it can do and did, and what can be done with it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from audit.selectors import entries_of_key
from coderauth.durations import to_nanoseconds
from coderauth.errors import NotFound
from coderauth.pages.access import OwnPage
from coderauth.pages.forms import FormPage
from coderauth.pages.page import ActPage, VisitorPage
from scopes.callers import EVERYTHING, Caller
from scopes.engine.decision import decide
from scopes.http.listed import ListedKey, ListedSession
from scopes.keys.ending import key_expire, key_revoke
from scopes.keys.pausing import key_pause, key_resume
from scopes.keys.rotating import key_rotate
from scopes.keys.rows import key_object
from scopes.keys.selectors import key_get
from scopes.keys.usage import usage_of, uses_flush
from scopes.models import Key, LoginType
from scopes.web.forms import RotateForm
from scopes.web.made import secret_page
from scopes.web.summary import abilities

_TRAIL = 20
_GRACES = (
    (timedelta(0), "not at all"),
    (timedelta(hours=1), "an hour"),
    (timedelta(days=1), "a day"),
    (timedelta(days=7), "7 days"),
)


class KeyPage(VisitorPage):
    """A key that the visitor may read; strangers' keys are 404."""

    access = OwnPage("whoever may read the key; the engine says so")
    template_name = "scopes/keys/key.html"
    caller: Caller
    key: Key

    def enter(self) -> None:
        try:
            uses_flush()
            key = key_get(caller=self.caller, key_id=self.kwargs["key_id"])
            self.key = Key.objects.judged(timezone.now()).select_related("user").get(pk=key.pk)
        except (NotFound, Key.DoesNotExist) as error:
            raise Http404 from error

    @property
    def is_own(self) -> bool:
        return str(self.key.user_id) == self.caller.id

    @property
    def is_token(self) -> bool:
        return self.key.login_type == LoginType.TOKEN

    def may(self, permission: str) -> bool:
        return decide(self.caller.subject, permission, key_object(self.key)).allowed

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key, now = self.key, timezone.now()
        listed = ListedKey(key, now)
        allowed = [entry for entry in key.allow_list if entry != EVERYTHING]
        return self.page(
            {
                "key": key,
                "listed": listed,
                "session": None
                if self.is_token
                else ListedSession(key, key.pk == self.caller.key_id),
                "owner": None if self.is_own else key.user,
                "abilities": abilities(key.scopes),
                "usage": usage_of(key) if self.is_token else None,
                "allow_list": allowed,
                "may_change": self.may("update") and not listed.has_ended,
                "may_revoke": self.may("delete"),
                "trail": entries_of_key(key.pk, owner=key.user_id, name=key.name)[:_TRAIL],
            }
        )


class KeyActPage(KeyPage, ActPage):
    """An act on one key, which leads back to it."""

    template_name = "layouts/confirm.html"
    permission = "update"

    def enter(self) -> None:
        super().enter()
        if not self.may(self.permission):
            raise Http404

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ActPage.get(self, request, *args, **kwargs)

    def home(self) -> str:
        return reverse("key", args=[self.key.pk])

    def confirmation(self) -> Mapping[str, Any]:
        used = self.key.last_used_at
        last = "never used" if used is None else f"last used on {used:%-d %B %Y at %H:%M} UTC"
        return {
            "rows": [{"label": str(self.key), "detail": f"of {self.key.user.username}, {last}"}]
        }


class PausePage(KeyActPage):
    """Pause a key; nothing is asked, because resuming takes one click."""

    is_final = False

    def act(self) -> str:
        key_pause(caller=self.caller, key_id=self.key.pk)
        return "The key is paused: it is refused until you resume it."


class ResumePage(KeyActPage):
    """Let a paused key work again."""

    is_final = False

    def act(self) -> str:
        key_resume(caller=self.caller, key_id=self.key.pk)
        return "The key works again."


class ExpirePage(KeyActPage):
    """End a key and keep its row."""

    question = "Expire this key?"
    button = "Expire it now"

    def confirmation(self) -> Mapping[str, Any]:
        stays = "It stops working at once, for good, and stays in the list."
        return {**super().confirmation(), "lines": [stays]}

    def act(self) -> str:
        key_expire(caller=self.caller, key_id=self.key.pk)
        return "The key has expired."


class RevokePage(KeyActPage):
    """End a key and delete it."""

    permission = "delete"

    @property
    def question(self) -> str:  # type: ignore[override]
        return "Revoke this key?" if self.is_token else "End this session?"

    @property
    def button(self) -> str:  # type: ignore[override]
        return "Revoke it" if self.is_token else "End it"

    def confirmation(self) -> Mapping[str, Any]:
        gone = "It stops working at once, for good, and so do the keys that it made."
        return {**super().confirmation(), "lines": [gone]}

    def act(self) -> str:
        name = self.key.name
        key_revoke(caller=self.caller, key_id=self.key.pk)
        return f"The key {name} is revoked." if self.is_token else "The session has ended."

    def home(self) -> str:
        return reverse("keys")


class RotatePage(KeyPage, FormPage[RotateForm]):
    """Give a key a new secret, and show it once."""

    form_class = RotateForm
    template_name = "scopes/keys/rotate.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return FormPage.get(self, request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        trim = usage_of(self.key).trim
        return {**super().get_form_kwargs(), "graces": _graces(), "trim": trim}

    def get_initial(self) -> dict[str, Any]:
        grace = str(to_nanoseconds(settings.ROTATION_GRACE))
        return {"grace": grace, "rotated": _rotated(self.key)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(key=self.key, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        if sent["rotated"] != _rotated(self.key):  # The page was reloaded, or sent twice.
            text = "This key is rotated already. Its new secret was shown once."
            messages.info(self.request, text)
            return redirect("key", self.key.pk)
        scopes = usage_of(self.key).trim if sent.get("trim") else ()
        key, secret = key_rotate(
            caller=self.caller, key_id=self.key.pk, grace=int(sent["grace"]), scopes=scopes
        )
        until = key.old_valid_until
        note = (
            "The old secret has ended."
            if until is None
            else f"The old secret works until {until:%-d %B %Y, %H:%M} UTC."
        )
        return secret_page(self.request, key, secret, title="has a new secret", note=note)


def _rotated(key: Key) -> str:
    """Return what tells a key from itself after a rotation."""
    return "" if key.rotated_at is None else key.rotated_at.isoformat()


def _graces() -> list[tuple[str, str]]:
    """Return how long an old secret may work on, in nanoseconds and in words."""
    usual: timedelta = settings.ROTATION_GRACE
    offered = dict(_GRACES) | ({} if usual in dict(_GRACES) else {usual: str(usual)})
    longest = settings.MAX_ROTATION_GRACE
    return [
        (str(to_nanoseconds(grace)), words)
        for grace, words in sorted(offered.items())
        if grace <= longest
    ]
