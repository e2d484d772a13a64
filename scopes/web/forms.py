"""The forms of keys."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from coderauth.durations import to_nanoseconds
from scopes.engine.catalog import FULL, PUBLIC, canonical, is_public
from scopes.keys.minting import MAX_NAME, TokenWish

SOME, ALL = "some", "all"
ON_A_DAY, WITH_PARENT = "day", "parent"
DAYS = (1, 7, 30, 90, 365)
_SEPARATORS = re.compile(r"[\s,]+")


class NewKeyForm(forms.Form):
    """What a new key is to be. Built with the longest life that a key of its holder may have.

    With `parent_ends_at`, a narrowed key makes it, and it cannot outlive that key.
    """

    token_name = forms.CharField(
        label="Name",
        help_text="What will use it, such as nightly-backup. You and administrators see it.",
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Give the key a name."},
    )
    reach = forms.ChoiceField(choices=[(SOME, "Only what I choose"), (ALL, "Everything I may do")])
    scopes = forms.MultipleChoiceField(
        choices=[(name, name) for name in PUBLIC], required=False, widget=forms.MultipleHiddenInput
    )
    scope_list = forms.CharField(
        label="Scopes, with spaces, commas or lines between",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    allow_list = forms.CharField(
        label="Objects it may reach",
        help_text="Lines such as workspace:6f2c…; empty: everything that its scopes reach.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    # Those ticked below what was found.
    objects = forms.Field(required=False, widget=forms.MultipleHiddenInput)
    find_object = forms.CharField(
        label="Find a registered object",
        help_text="By its type, its id, its owner or its organization.",
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    ends = forms.ChoiceField(error_messages={"invalid_choice": "Choose when the key ends."})
    end_day = forms.DateField(
        label="Its last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Write the day as 2027-01-31."},
    )
    form_id = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        longest: timedelta,
        usual: timedelta,
        fixed: bool,
        parent_ends_at: datetime | None = None,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.longest, self.fixed = longest, fixed
        days = sorted({*DAYS, usual.days or 1})
        self.days = [str(day) for day in days if timedelta(days=day) <= longest]
        self.parent_ends_at = parent_ends_at
        special = (ON_A_DAY, WITH_PARENT) if parent_ends_at else (ON_A_DAY,)
        self.possible_ends = (*self.days, *special)
        ends: Any = self.fields["ends"]
        ends.choices = [(value, value) for value in self.possible_ends]
        self.usual = WITH_PARENT if parent_ends_at else str(min(usual, longest).days or 1)

    def clean_scope_list(self) -> list[str]:
        names = [name for name in _SEPARATORS.split(self.cleaned_data["scope_list"]) if name]
        for name in names:
            if not is_public(name):
                raise forms.ValidationError(f"There is no scope {name}.")
        return names

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        if sent.get("reach") == SOME and not self.chosen and "scope_list" in sent:
            self.add_error("scopes", "Choose at least one thing that the key may do.")
        if sent.get("ends") == ON_A_DAY and "end_day" in sent:
            self._check_day(sent["end_day"])
        return sent

    @property
    def chosen(self) -> list[str]:
        """Return the scopes that were ticked, pasted or asked for by the address, each once."""
        if self["reach"].value() == ALL:
            return [FULL]
        pasted = _SEPARATORS.split(self["scope_list"].value() or "")
        names = [*(self["scopes"].value() or ()), *pasted]
        return [*dict.fromkeys(canonical(name) for name in names if is_public(name))]

    @property
    def ticked(self) -> list[str]:
        """Return the objects that were ticked, as entries of an allow list."""
        return [*(self["objects"].value() or ())]

    @property
    def reachable(self) -> list[str]:
        """Return the objects that were ticked or written, each once; none means all."""
        written = _SEPARATORS.split(self["allow_list"].value() or "")
        return [*dict.fromkeys(entry for entry in [*self.ticked, *written] if entry)]

    @property
    def lifetime(self) -> timedelta | None:
        """Return how long the key would live unused; None unless it is one of the lengths."""
        days = self.end
        return timedelta(days=int(days)) if days in self.days else None

    @property
    def end(self) -> str:
        """Return which end is chosen."""
        value = self["ends"].value()
        return value if value in self.possible_ends else self.usual

    def choices_of_ends(self, now: datetime) -> list[tuple[str, str, datetime, bool]]:
        """Return the lengths of life that policy leaves: value, words, date, is it chosen."""
        life = self.lifetime
        return [
            (str(days), _days(days), now + timedelta(days=days), life == timedelta(days=days))
            for days in map(int, self.days)
        ]

    def wish(self, now: datetime, key_id: str) -> TokenWish:
        """Return the wanted key; only for a valid form."""
        sent = self.cleaned_data
        life = self.lifetime or timedelta(0)  # With the key that makes it.
        if self.end == ON_A_DAY:
            life = _end_of(sent["end_day"]) - now
        return TokenWish(
            name=sent["token_name"],
            scopes=self.chosen,
            allow_list=self.reachable,
            lifetime=to_nanoseconds(life),
            renews=False if self.end == ON_A_DAY else None,
            key_id=key_id,
        )

    def _check_day(self, day: Any) -> None:
        if day is None:
            self.add_error("end_day", "Say on which day it ends.")
        elif not timezone.now() < _end_of(day) <= timezone.now() + self.longest:
            last = (timezone.now() + self.longest - timedelta(days=1)).date()
            self.add_error("end_day", f"Choose a day from today to {last}.")


class RotateForm(forms.Form):
    """How long the old secret works on."""

    grace = forms.ChoiceField(label="The old secret works on for")
    # What tells the key from itself after a rotation, so that a reload does not rotate again.
    rotated = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, graces: list[tuple[str, str]], trim: Sequence[str], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        if trim:
            self.fields["trim"] = forms.BooleanField(
                label=f"Keep only what it was used for: {', '.join(trim)}", required=False
            )
        field: Any = self.fields["grace"]
        field.choices = graces


def _days(count: int) -> str:
    if count == 365:
        return "a year"
    return "a day" if count == 1 else f"{count} days"


def _end_of(day: Any) -> datetime:
    """Return the last moment of a day in UTC."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=UTC)
