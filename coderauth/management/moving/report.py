"""What a move did, and what it left out and why."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

MOST = 20  # examples of what was left out for one reason


@dataclass(slots=True)
class Report:
    """Counts by kind and outcome, and for each reason what it concerned."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, kind: str, outcome: str, reason: str = "", what: str = "") -> None:
        self.counts[kind][outcome] += 1
        if reason:
            self.remark(kind, reason, what)

    def remark(self, kind: str, reason: str, what: str) -> None:
        """Tell of something that is counted already, such as what a key lost."""
        self.reasons[f"{kind}: {reason}"].append(what)

    def document(self) -> dict[str, Any]:
        return {
            **{kind: dict(counted) for kind, counted in self.counts.items()},
            "reasons": {
                reason: {"count": len(names), "examples": names[:MOST]}
                for reason, names in self.reasons.items()
            },
        }

    def lines(self) -> list[str]:
        told = [
            f"{kind}: "
            + ", ".join(
                f"{count} {outcome.replace('_', ' ')}" for outcome, count in counted.items()
            )
            for kind, counted in self.counts.items()
        ]
        for reason, names in self.reasons.items():
            more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
            told.append(f"  {reason}: {', '.join(names[:MOST])}{more}")
        return told
