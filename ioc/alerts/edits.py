"""How a rule that reads otherwise differs from the one before it, and what that means for what it has open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ioc.alerts.machine import Condition, State
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standings, Subject

_COSMETIC = frozenset({"title", "description", "template"})
_SCOPE = frozenset({"select", "geofence", "cluster", "deadline", "composite", "absence", "rate", "window", "target"})


class Edit(StrEnum):
    """What changed: words only, limits and times, what it looks at or how, or all of it."""

    NEW = "new"
    COSMETIC = "cosmetic"
    PARAMETERS = "parameters"
    SCOPE = "scope"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """A rule whose newest version is not the one that was in force: `rule` is None where it was deleted."""

    rule_id: str
    edit: Edit
    rule: Rule | None
    before: dict[str, Any] | None


def edit_of(before: dict[str, Any] | None, after: dict[str, Any]) -> Edit | None:
    """Return how a definition differs from the one before it (None: there was none), None where it does not."""
    if before is None:
        return Edit.NEW
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if not differing:
        return None
    if differing <= _COSMETIC:
        return Edit.COSMETIC
    return Edit.SCOPE if differing & _SCOPE else Edit.PARAMETERS


def hold_again(standings: Standings, rule: Rule, subject: Subject, last: datetime) -> None:
    """Let a firing alert of a rule whose `for` became longer wait again, if its breach has not lasted that long at `last`.

    The alert is cleared with the reason, once; what began the breach stays, so that it fires when the new `for` is over.
    """
    standing = standings.at(rule.id, subject.key)
    state = standing.state
    if state.condition is not Condition.FIRING or state.since is None or last - state.since >= rule.hold:
        return
    standings.drop(rule, subject, last, "the rule now waits longer")
    pending = State(Condition.PENDING, state.severity, state.since)
    standings.remember(rule.id, subject.key, replace(standing, state=pending, alert_id=None, moved_at=last))


def close(standings: Standings, rule: Rule, subject: Subject, now: datetime, edit: Edit) -> None:
    """End what a rule has open for a subject that it looks at no more."""
    reason = "the rule was removed" if edit is Edit.DELETED else "the rule looks at this no more"
    standings.drop(rule, subject, now, reason)
