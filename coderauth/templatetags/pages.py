"""Tags of our pages: times, and links that keep the rest of the address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_MINUTE = 60
_UNITS = ((31_536_000, "year"), (86400, "day"), (3600, "hour"), (_MINUTE, "minute"))
_CHIPS = 3


@register.simple_tag
def when(moment: datetime | None, never: str = "never") -> SafeString | str:
    """Say how long ago or ahead a moment is; the moment itself, in UTC, is its title.

    Script adds it in the time zone of the browser.
    """
    if moment is None:
        return never
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        moment.strftime("%-d %B %Y, %H:%M UTC"),
        distance(moment, timezone.now()),
    )


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Say a moment itself, in UTC; script says it in the time zone of the browser."""
    text = at.strftime("%-d %b %Y, %H:%M:%S UTC")
    return format_html('<time datetime="{}" data-moment>{}</time>', at.isoformat(), text)


def distance(moment: datetime, now: datetime) -> str:
    """Return a distance in time in the words of people, as `3 hours ago` and `in 6 days`."""
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    if size < _MINUTE:
        return "now" if seconds <= 0 else "in less than a minute"
    length, unit = next(step for step in _UNITS if size >= step[0])
    count = int(size // length)
    words = f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"in {words}" if seconds > 0 else f"{words} ago"


@register.inclusion_tag("components/chips.html")
def chips(names: Sequence[str]) -> dict[str, Any]:
    """Show the first three of several scopes, and how many more there are."""
    return {"names": names[:_CHIPS], "more": len(names) - _CHIPS, "all": ", ".join(names)}


@register.inclusion_tag("components/heading.html", takes_context=True)
def heading(context: dict[str, Any], name: str, label: str) -> dict[str, Any]:
    """Show the heading of a column by which a list can be sorted; `listing` is in the context."""
    listing = context["listing"]
    return {
        "label": label,
        "direction": listing.direction_of(name),
        "url": listing.sorted_by(name),
    }
