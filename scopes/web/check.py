"""`/check`: may somebody, or a key, do a thing, and why?"""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

from coderauth.errors import DomainError
from coderauth.pages.access import OwnPage
from coderauth.pages.page import VisitorPage
from scopes.authcheck.answers import Check, answer_explained
from scopes.authcheck.subjects import Inspected, inspect_key, inspect_user
from scopes.callers import Caller
from scopes.engine.catalog import FULL, is_public
from scopes.engine.decision import Object, Subject, decide
from scopes.engine.explain import Explanation
from scopes.engine.policy import RESOURCES
from scopes.engine.roles import display_name
from scopes.keys.selectors import key_get
from scopes.models import Key
from scopes.people import resolve_person
from scopes.web.picker import OWNED

ME, KEY, PERSON = "me", "key:", "person"
_ACTIONS = sorted({action for actions in RESOURCES.values() for action in actions})
_MOST_KEYS = 200


class CheckForm(forms.Form):
    who = forms.ChoiceField(label="Who")
    person = forms.CharField(
        label="Their username",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    action = forms.ChoiceField(choices=[(name, name) for name in _ACTIONS])
    type = forms.ChoiceField(choices=[(name, name) for name in RESOURCES])
    id = forms.CharField(
        label="Id",
        help_text="Of one object; otherwise it is about an own one.",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, keys: list[Key], anybody: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(ME, "Me, signed in")]
        choices += [(f"{KEY}{key.pk}", f"My key {key.name}") for key in keys]
        if anybody:
            choices.append((PERSON, "Somebody else"))
        else:
            del self.fields["person"]
        who: Any = self.fields["who"]
        who.choices = choices

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        if sent.get("who") == PERSON and not sent.get("person"):
            self.add_error("person", "Say who.")
        return sent


class CheckPage(VisitorPage):
    """A question in the address, and its answer; for administrators about anybody."""

    access = OwnPage("it is about oneself and one's own keys; about others, the engine says whom")
    template_name = "scopes/check.html"
    caller: Caller

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.GET if request.GET else None
        form = CheckForm(asked, keys=self._own_keys(), anybody=self.caller.may("read", "user"))
        answer: dict[str, Any] = {}
        status = 200
        if form.is_bound:
            status = 400
            if form.is_valid():
                try:
                    answer, status = self._answer(form.cleaned_data), 200
                except DomainError as error:
                    form.add_error(None, error.message)
                    status = error.status
        return self.page({"form": form, **answer}, status)

    def _own_keys(self) -> list[Key]:
        if not decide(self.caller.subject, "read", Object("api_key", owner=self.caller.id)):
            return []
        own = Key.objects.tokens().filter(user_id=self.caller.id)
        return list(own.order_by("name")[:_MOST_KEYS])

    def _answer(self, sent: dict[str, Any]) -> dict[str, Any]:
        inspected, scopes = self._subject(sent)
        check = Check(
            action=sent["action"],
            resource_type=sent["type"],
            owner_id="me" if sent["type"] in OWNED and not sent["id"] else "",
            resource_id=sent["id"],
        )
        told = answer_explained(inspected.subject, {"asked": check})["asked"]
        permission = f"{sent['type']}:{sent['action']}"
        return {
            "who": inspected.name,
            "refusal": inspected.refusal,
            "permission": permission,
            "is_allowed": told is not None and told.allowed and not inspected.refusal,
            "is_unknown": told is None,
            "told": told,
            "steps": [] if told is None else _steps(told, permission, scopes),
            "new_key": _new_key(told, permission, scopes),
        }

    def _subject(self, sent: dict[str, Any]) -> tuple[Inspected, tuple[str, ...]]:
        """Return whom the question is about, and the scopes of the key in question."""
        who = sent["who"]
        if who == ME:
            return Inspected("you", self.caller.subject), tuple(self.caller.scopes)
        if who == PERSON:
            person = resolve_person(self.caller, sent["person"])
            return inspect_user(person), (FULL,)
        key = key_get(caller=self.caller, key_id=who.removeprefix(KEY))
        found = inspect_key(key.pk)
        subject: Subject = self.caller.subject if found is None else found.subject
        refusal = "" if found is None else found.refusal
        return Inspected(key.name, subject, refusal), tuple(key.scopes)


def _steps(told: Explanation, permission: str, scopes: tuple[str, ...]) -> list[dict[str, str]]:
    """Return role, scope and allow list, each with what it says to the question."""
    return [
        {"name": "Role", **_role(told, permission)},
        {"name": "Scope", **_scope(told, permission, scopes)},
        {"name": "Allow list", **_allow_list(told)},
    ]


def _role(told: Explanation, permission: str) -> dict[str, str]:
    if "unknown" in told.missing:
        return {"tone": "no", "text": "There is no such action on this type."}
    if told.negated:
        return {"tone": "no", "text": f"The role {_named(told)} forbids {told.permission}."}
    if {"role", "membership"} & {*told.missing}:
        return {"tone": "no", "text": f"No role grants {permission}."}
    if told.level == "acl":
        return {"tone": "yes", "text": f"The object's access list grants {told.permission}."}
    return {"tone": "yes", "text": f"The role {_named(told)} grants {told.permission}."}


def _named(told: Explanation) -> str:
    name = told.role or ""
    where = " of an organization" if told.organization else ""
    return f"{display_name(name) or name}{where}"


def _scope(told: Explanation, permission: str, scopes: tuple[str, ...]) -> dict[str, str]:
    if "scope" in told.missing:
        held = ", ".join(scopes) or "no scope"
        return {"tone": "no", "text": f"The key has {held}, which does not permit {permission}."}
    if told.scope is None:
        return {"tone": "skip", "text": "Not asked."}
    return {"tone": "yes", "text": f"The scope {told.scope} permits it."}


def _allow_list(told: Explanation) -> dict[str, str]:
    if "allow_list" in told.missing:
        return {"tone": "no", "text": "The key's allow list does not have this object."}
    return {"tone": "yes", "text": "The key may reach it."}


def _new_key(told: Explanation | None, permission: str, scopes: tuple[str, ...]) -> str:
    """Return the query of a ready form for a key that could do it, if that would help."""
    if told is None or "scope" not in told.missing or not is_public(permission):
        return ""
    return "?" + urlencode({"scopes": ",".join([*scopes, permission])})
