"""Compare contenders in one run: in turns, several rounds, as ratios with their spread.

Absolute figures say more about the machine and its neighbours than about the code; the ratio of
two neighbouring slots says what the code costs.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))

    def __format__(self, spec: str) -> str:
        return f"{self.median:{spec}} ({self.low:{spec}} to {self.high:{spec}})"


def interleave(
    contenders: Mapping[str, Callable[[], float]], *, rounds: int
) -> dict[str, list[float]]:
    """Return each contender's figures, one a round; every round asks all of them in turn."""
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            figures[name].append(measure())
    return figures


def ratios(figures: Sequence[float], reference: Sequence[float]) -> Spread:
    """Return the spread of a contender's ratio to the reference, round by round."""
    return Spread.of([own / other for own, other in zip(figures, reference, strict=True)])
