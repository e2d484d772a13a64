"""`/admin/ceilings` and the ceiling of an organization: what tokens may be at most."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from coderauth.durations import format_duration, to_nanoseconds
from coderauth.pages.access import Needs
from coderauth.pages.forms import FormPage
from coderauth.pages.page import ActPage, VisitorPage
from scopes.callers import Caller
from scopes.engine.catalog import is_public
from scopes.engine.roles import SITE_ROLES, display_name
from scopes.keys.ceiling_changes import (
    MOST_KEYS,
    CeilingWish,
    ceiling_remove,
    ceiling_set,
    ceilings_visible,
)
from scopes.keys.ceilings import Ceiling, strictest
from scopes.models import KeyCeiling
from scopes.web.organizations import OrganizationActPage, OrganizationPage

_READ = (Needs("deployment_config:read"),)
_CHANGE = (Needs("deployment_config:update"),)
_DAY = 86_400
_MOST_DAYS = 100_000
_SEPARATORS = re.compile(r"[\s,]+")
_STAY = "Keys that there are stay what they are."
_NO_LIMIT = "Any scope may be granted."
_NOTHING = "none"  # How the form writes a list of scopes that is empty.


class CeilingForm(forms.Form):
    """A ceiling; what is left empty sets none."""

    days = forms.IntegerField(
        label="Longest life, in days",
        help_text="No key lives longer, or longer without use.",
        required=False,
        min_value=1,
        max_value=_MOST_DAYS,
    )
    max_keys = forms.IntegerField(
        label="Most keys a person may have", required=False, min_value=0, max_value=MOST_KEYS
    )
    scopes = forms.CharField(
        label="Scopes that may be granted",
        help_text=f"With spaces, commas or lines between. Empty: any; {_NOTHING}: no scope at all.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    forbids_full_access = forms.BooleanField(label="No keys for everything", required=False)
    fixed_ends = forms.BooleanField(label="No use moves the end of a key", required=False)

    def clean_scopes(self) -> list[str] | None:
        names = [name for name in _SEPARATORS.split(self.cleaned_data["scopes"]) if name]
        if names == [_NOTHING]:
            return []
        unknown = [name for name in names if not is_public(name)]
        if unknown:
            raise forms.ValidationError(f"There is no scope {', '.join(unknown)}.")
        return names or None

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        if not self.errors and all(value is None or value is False for value in sent.values()):
            self.add_error(None, "Set one limit at least, or remove the ceiling.")
        return sent


class CeilingsPage(VisitorPage):
    """The deployment's ceilings, and those of site roles and organizations."""

    access = _READ
    template_name = "scopes/ceilings/list.html"
    caller: Caller

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        stored = list(ceilings_visible(self.caller))
        by_role = {row.role: row for row in stored if row.role}
        roles = [
            {
                "name": role,
                "label": display_name(role) or role,
                "limits": [*_limits(by_role[role])] if role in by_role else [],
                "is_set": role in by_role,
            }
            for role in SITE_ROLES
        ]
        places = [
            {
                "organization": row.organization,
                "limits": [*_limits(row)],
                "may_change": self.caller.may(
                    "update", "organization", organization=str(row.organization_id)
                ),
            }
            for row in stored
            if row.organization is not None
        ]
        return self.page(
            {
                "deployment": [*_deployment(strictest((), ()))],
                "roles": roles,
                "places": places,
                "may_change": self.caller.may("update", "deployment_config"),
            }
        )


class RoleCeilingPage(FormPage[CeilingForm]):
    """Set the ceiling of a site role."""

    access = _CHANGE
    form_class = CeilingForm
    template_name = "scopes/ceilings/role.html"
    caller: Caller
    row: KeyCeiling | None

    def enter(self) -> None:
        if self.kwargs["role"] not in SITE_ROLES:
            raise Http404
        self.row = ceilings_visible(self.caller).filter(role=self.kwargs["role"]).first()

    def get_initial(self) -> dict[str, Any]:
        return _initial(self.row)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        role = self.kwargs["role"]
        label = display_name(role) or role
        return super().get_context_data(role=role, label=label, row=self.row, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        ceiling_set(caller=self.caller, wish=_wish(sent, self.row), role=self.kwargs["role"])
        messages.success(self.request, f"Saved. {_STAY}")
        return redirect("ceilings")


class RoleCeilingRemovePage(ActPage):
    """Remove the ceiling of a site role."""

    access = _CHANGE
    button = "Remove"
    caller: Caller

    def enter(self) -> None:
        rows = ceilings_visible(self.caller)
        if not rows.filter(role=self.kwargs["role"]).exclude(role="").exists():
            raise Http404

    @property
    def question(self) -> str:  # type: ignore[override]
        role = self.kwargs["role"]
        return f"Remove the ceiling of the site role {display_name(role) or role}?"

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": [f"New keys are bound by the other ceilings only. {_STAY}"]}

    def act(self) -> str:
        ceiling_remove(caller=self.caller, role=self.kwargs["role"])
        return "The ceiling is removed."

    def home(self) -> str:
        return reverse("ceilings")


class OrganizationCeilingPage(OrganizationPage, FormPage[CeilingForm]):
    """Set the ceiling of an organization's members."""

    needs = ("update", "organization")
    form_class = CeilingForm
    template_name = "scopes/ceilings/organization.html"
    tab = "organization-ceiling"
    row: KeyCeiling | None

    def enter(self) -> None:
        super().enter()
        self.row = ceilings_visible(self.caller).filter(organization=self.organization).first()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return FormPage.get(self, request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return _initial(self.row)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(row=self.row, **self.around(), **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        wish = _wish(sent, self.row)
        ceiling_set(caller=self.caller, wish=wish, organization=self.organization)
        messages.success(self.request, f"Saved. {_STAY}")
        return redirect("organization-ceiling", self.organization.name)


class OrganizationCeilingRemovePage(OrganizationActPage):
    """Remove the ceiling of an organization."""

    needs = ("update", "organization")
    button = "Remove"

    def enter(self) -> None:
        super().enter()
        if not ceilings_visible(self.caller).filter(organization=self.organization).exists():
            raise Http404

    @property
    def question(self) -> str:  # type: ignore[override]
        return f"Remove the ceiling of {self.organization}?"

    def confirmation(self) -> Mapping[str, Any]:
        return {"lines": [f"New keys are bound by the other ceilings only. {_STAY}"]}

    def act(self) -> str:
        ceiling_remove(caller=self.caller, organization=self.organization)
        return "The ceiling is removed."

    def home(self) -> str:
        return reverse("organization-ceiling", args=[self.organization.name])


def _wish(sent: Mapping[str, Any], row: KeyCeiling | None) -> CeilingWish:
    """Return the ceiling that a form describes."""
    seconds = None if row is None else row.max_lifetime_seconds
    # A life that is no number of days stays, unless the field was changed.
    if sent["days"] != _days(seconds):
        seconds = None if sent["days"] is None else sent["days"] * _DAY
    return CeilingWish(
        max_lifetime_seconds=seconds,
        forbids_full_access=sent["forbids_full_access"],
        scopes=sent["scopes"],
        fixed_ends=sent["fixed_ends"],
        max_keys=sent["max_keys"],
    )


def _initial(row: KeyCeiling | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "days": _days(row.max_lifetime_seconds),
        "max_keys": row.max_keys,
        "scopes": _NOTHING if row.scopes == [] else "\n".join(row.scopes or ()),
        "forbids_full_access": row.forbids_full_access,
        "fixed_ends": row.fixed_ends,
    }


def _days(seconds: int | None) -> int | None:
    return None if seconds is None else -(-seconds // _DAY)


def _limits(row: KeyCeiling) -> Iterator[str]:
    """Say in sentences what a stored ceiling forbids."""
    if row.max_lifetime_seconds is not None:
        yield _longest(timedelta(seconds=row.max_lifetime_seconds))
    if row.forbids_full_access:
        yield "No keys for everything."
    if row.scopes is not None:
        yield f"Only {', '.join(row.scopes)}." if row.scopes else "No scope at all."
    if row.fixed_ends:
        yield "No use moves the end of a key."
    if row.max_keys is not None:
        yield f"At most {row.max_keys} keys a person."


def _deployment(ceiling: Ceiling) -> Iterator[tuple[str, str]]:
    """Say what the variables set, each limit with the name of its variable."""
    said = {
        "max_lifetime": _longest(ceiling.max_lifetime),
        "full_access": "No keys for everything.",
        "scopes": _NO_LIMIT if ceiling.scopes is None else f"Only {', '.join(ceiling.scopes)}.",
        "fixed_ends": "No use moves the end of a key.",
        "max_keys": f"At most {ceiling.max_keys} keys a person.",
    }
    for field, variable in ceiling.sources.items():
        yield said[field], variable


def _longest(life: timedelta) -> str:
    days = life / timedelta(days=1)
    if days >= 1 and days.is_integer():
        return f"A life of {int(days)} {'day' if days == 1 else 'days'} at most."
    return f"A life of {format_duration(to_nanoseconds(life))} at most."
