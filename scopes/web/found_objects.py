"""Registered objects that a new key may be confined to."""

from collections.abc import Iterator
from dataclasses import dataclass

from scopes.callers import Caller
from scopes.objects.selectors import objects_found
from scopes.web.forms import NewKeyForm

MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class ObjectBox:
    """An object to tick; `about` says whose it is, if it was looked up."""

    entry: str
    about: str = ""
    is_ticked: bool = False


@dataclass(frozen=True, slots=True)
class FoundObjects:
    """The boxes to show; `is_empty` says that nothing fits what was looked for."""

    boxes: tuple[ObjectBox, ...]
    is_empty: bool


def found_objects(caller: Caller, form: NewKeyForm) -> FoundObjects:
    """Return what fits the words of the form, and below it what is ticked already."""
    words = (form["find_object"].value() or "").split()[:MOST_WORDS]
    found = tuple(_found(caller, words, form.ticked)) if words else ()
    shown = {box.entry for box in found}
    kept = tuple(ObjectBox(entry, is_ticked=True) for entry in form.ticked if entry not in shown)
    return FoundObjects(found + kept, is_empty=bool(words) and not found)


def _found(caller: Caller, words: list[str], ticked: list[str]) -> Iterator[ObjectBox]:
    for row in objects_found(caller, words):
        entry = f"{row.type}:{row.object_id}"
        owner = f"of {row.owner.username}" if row.owner else ""
        place = f"in {row.organization}" if row.organization else ""
        yield ObjectBox(entry, f"{owner} {place}".strip(), is_ticked=entry in ticked)
