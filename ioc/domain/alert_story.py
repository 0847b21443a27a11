"""How an alert stood after each of its transitions, told from these alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

CONDITIONS = {
    "fired": "firing",
    "worsened": "firing",
    "eased": "firing",
    "relapsed": "firing",
    "recovering": "recovering",
    "cleared": "normal",
}
"""What the engine's transitions make of the condition."""


class Step(NamedTuple):
    """A transition; `recorded` is when the centre knew of it."""

    kind: str
    time: datetime
    recorded: datetime
    severity: str
    actor: str
    note: str | None = None
    detail: Mapping[str, Any] | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands after some of its transitions."""

    condition: str = "firing"
    severity: str = "minor"
    cleared_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    assignee: str | None = None
    shelved_until: datetime | None = None
    shelved_by: str | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    silenced_by: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether it asks for somebody."""
        return self.closed_by is None and (self.condition != "normal" or self.acknowledged_by is None)


def after(standing: Standing, step: Step) -> Standing:
    """Return how an alert stands after one more transition.

    One that got worse asks anew for whoever acknowledged, shelved or closed it; one that came again after it had cleared is open again.
    """
    condition = CONDITIONS.get(step.kind, standing.condition)
    now = replace(standing, severity=step.severity, condition=condition)
    if step.kind in CONDITIONS:
        now = replace(now, cleared_at=step.time if condition == "normal" else None)
    if step.kind == "worsened":
        now = replace(now, acknowledged_by=None, acknowledged_at=None, shelved_until=None, shelved_by=None, closed_by=None, closed_at=None)
    if step.kind == "relapsed" and standing.condition == "normal":
        now = replace(now, closed_by=None, closed_at=None)
    return _commanded(now, step, step.detail or {})


def _commanded(now: Standing, step: Step, detail: Mapping[str, Any]) -> Standing:
    """Return how an alert stands after what an operator, or time, did to it."""
    match step.kind:
        case "acknowledged" | "unacknowledged":
            is_seen = step.kind == "acknowledged"
            return replace(now, acknowledged_by=step.actor if is_seen else None, acknowledged_at=step.time if is_seen else None)
        case "assigned":
            return replace(now, assignee=detail.get("assignee"))
        case "shelved":
            return replace(now, shelved_until=datetime.fromisoformat(detail["until"]), shelved_by=step.actor)
        case "unshelved":
            return replace(now, shelved_until=None, shelved_by=None)
        case "closed":
            return replace(now, closed_by=step.actor, closed_at=step.time, shelved_until=None, shelved_by=None)
        case "reopened":
            return replace(now, closed_by=None, closed_at=None, acknowledged_by=None, acknowledged_at=None)
        case "silenced":
            return replace(now, silenced_by=now.silenced_by | {str(detail.get("silence"))})
        case "unsilenced":
            return replace(now, silenced_by=now.silenced_by - {str(detail.get("silence"))})
    return now
