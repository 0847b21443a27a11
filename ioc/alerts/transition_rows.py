"""Transitions as they are written: what a batch makes of each alert, and its steps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from ioc.alerts.machine import Condition, Kind
from ioc.alerts.standings import Transition
from ioc.store.alert_log import AlertRow, Step

_NOTES = (Kind.STALE, Kind.FRESH, Kind.LATE_CORRECTION)


def alert_rows(transitions: Sequence[Transition], versions: Mapping[str, int]) -> list[AlertRow]:
    """Return each alert as it stands after `transitions`, which are in order, with the steps that they are."""
    by_alert: dict[uuid.UUID, list[Transition]] = {}
    for transition in transitions:
        by_alert.setdefault(transition.alert_id, []).append(transition)
    return [_row(some, versions) for some in by_alert.values()]


def _row(some: Sequence[Transition], versions: Mapping[str, int]) -> AlertRow:
    first, last = some[0], some[-1]
    # A note says nothing about the level: the value that an alert shows is the one that moved it, in this batch or before.
    moved = [t for t in some if t.kind not in _NOTES]
    subject = first.subject
    return AlertRow(
        id=first.alert_id,
        rule_id=last.rule.id,
        rule_version=versions[last.rule.id],
        kind=last.rule.kind,
        subject=subject.key,
        source=subject.source,
        station=subject.station,
        property=subject.property,
        severity=last.severity,
        condition=last.condition,
        value=moved[-1].value if moved else None,
        limit=last.limit,
        direction=last.rule.direction,
        reason=moved[-1].reason if moved else None,
        quality="stale" if last.stale else "ok",
        flapping=any(t.flapping for t in some),
        context=dict(last.context),
        lon=subject.lon,
        lat=subject.lat,
        unit_id=subject.unit_id,
        started_at=first.started_at,
        fired_at=first.time if first.kind is Kind.FIRED else None,
        cleared_at=next((t.time for t in reversed(some) if t.kind is Kind.CLEARED), None) if last.condition is Condition.NORMAL else None,
        updated_at=last.time,
        late=sum(t.kind is Kind.LATE_CORRECTION for t in some),
        alarms=any(t.kind is Kind.WORSENED for t in some),
        reopens=any(t.reopens for t in some),
        steps=[_step(t) for t in some],
    )


def _step(told: Transition) -> Step:
    """Return a transition as it is written: a late reading tells its own value, and none that the alert had."""
    value = None if told.kind is Kind.LATE_CORRECTION else told.value
    return Step(told.kind, told.time, told.severity, value, told.reason, dict(told.detail) if told.detail else None)
