"""Small charts, drawn by the server; the numbers stand in a table beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT, WIDTH, GAP = 80, 24, 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of the chart in the units of its drawing; the upper part is what failed."""

    x: int
    label: str
    good_y: float
    good_height: float
    bad_y: float
    bad_height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side."""

    bars: tuple[Bar, ...]
    width: int
    height: int = HEIGHT


def bars(days: Sequence[tuple[str, int, int]]) -> Chart:
    """Return columns of good and bad numbers, the highest as high as the chart."""
    most = max((good + bad for _, good, bad in days), default=0) or 1
    drawn = []
    for place, (label, good, bad) in enumerate(days):
        good_height, bad_height = HEIGHT * good / most, HEIGHT * bad / most
        good_y = HEIGHT - good_height
        drawn.append(
            Bar(
                x=place * (WIDTH + GAP),
                label=label,
                good_y=round(good_y, 2),
                good_height=round(good_height, 2),
                bad_y=round(good_y - bad_height, 2),
                bad_height=round(bad_height, 2),
            )
        )
    return Chart(tuple(drawn), width=max(len(drawn) * (WIDTH + GAP) - GAP, 1))
