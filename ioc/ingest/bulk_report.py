"""What became of the rows of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ioc.ingest.outcome import Outcome, Reason, Rejection, Tally

_FIRST = 100
"""How many rejected rows are named one by one."""


@dataclass(slots=True)
class Report:
    """What became of the rows of a file up to the row `reached`; of wide files each filled cell counts as an item."""

    is_rehearsal: bool = False
    reached: int = 0
    position: int = 0
    items: int = 0
    counts: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    first: list[tuple[int, Rejection]] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many items were not accepted."""
        return self.counts[Outcome.QUARANTINED] + self.counts[Outcome.REFUSED]

    def add(self, counted: Tally, rejections: Sequence[tuple[int, Rejection]]) -> None:
        """Count what was committed, with the rows that were not accepted."""
        self.counts.update({outcome: counted.total(outcome) for outcome in Outcome})
        self.reasons.update(rejection.reason for _, rejection in rejections)
        self.first += rejections[: _FIRST - len(self.first)]

    def so_far(self) -> str:
        """Return how far it came, for whoever has to send the file again."""
        if self.is_rehearsal:
            return f"rehearsed up to row {self.reached}, nothing was written"
        if not self.reached:
            return "nothing was committed"
        return f"rows up to {self.reached} are committed, and safe to send again"

    def as_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {
            "rows": self.reached,
            "received": self.items,
            **{outcome.value: self.counts[outcome] for outcome in Outcome},
            "reasons": {reason.value: n for reason, n in self.reasons.most_common()},
            "rejected": [{"row": row, "reason": one.reason, "detail": one.detail} for row, one in self.first],
        }
