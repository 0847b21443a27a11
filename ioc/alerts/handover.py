"""What changed between two times and how things stood at the end, told from the transitions alone, so that any past shift can be told. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ioc.domain.alert_story import CONDITIONS, Standing, Step, after
from ioc.domain.clock import rfc3339
from ioc.domain.live import AlertView

SECTIONS = (
    "opened",
    "worsened",
    "acknowledged",
    "assigned",
    "cleared",
    "cleared_unseen",
    "closed",
    "reopened",
    "comments",
    "shelved",
    "open",
)
"""What a hand-over tells, in this order; the last two are how things stood at the end."""
_TOLD = {
    "fired": "opened",
    "worsened": "worsened",
    "acknowledged": "acknowledged",
    "assigned": "assigned",
    "cleared": "cleared",
    "closed": "closed",
    "reopened": "reopened",
    "commented": "comments",
}
Json = dict[str, Any]


class Chapter(NamedTuple):
    """An alert and its transitions, in order."""

    alert: AlertView
    steps: Sequence[Step]


def hand_over(chapters: Iterable[Chapter], begin: datetime, end: datetime) -> dict[str, list[Json]]:
    """Return for each of `SECTIONS` what was recorded from `begin` until before `end`, in order of time, and what stood at `end`."""
    told: dict[str, list[Json]] = {name: [] for name in SECTIONS}
    for alert, steps in chapters:
        standing, known, was_cleared, has_begun = Standing(), None, None, False
        for step in steps:
            # A transition that waited for the one before it may bear an earlier time; it was known no sooner than that one.
            known = step.recorded if known is None else max(known, step.recorded)
            if known >= end:
                break
            standing, has_begun = after(standing, step), True
            if known < begin:
                continue
            if section := _TOLD.get(step.kind):
                told[section].append(_entry(alert, step, section))
            was_cleared = step if step.kind == "cleared" else None if step.kind in CONDITIONS else was_cleared
        if has_begun and standing.is_open:
            told["open" if standing.shelved_until is None else "shelved"].append(_stands(alert, standing, end))
            if was_cleared is not None:
                told["cleared_unseen"].append(_entry(alert, was_cleared, "cleared_unseen"))
    for section in SECTIONS[:-2]:
        told[section].sort(key=lambda entry: (entry["recorded"], entry["id"]))
    told["shelved"].sort(key=lambda entry: (entry["shelved_until"], entry["id"]))
    told["open"].sort(key=lambda entry: (-entry["rank"], entry["fired_at"], entry["id"]))
    for entry in (*told["shelved"], *told["open"]):
        del entry["rank"]
    return told


def _facts(alert: AlertView) -> Json:
    return {
        "id": alert.id,
        "rule": alert.rule,
        "kind": alert.kind,
        "title": alert.title,
        "figure": _figure(alert),
        "subject": alert.subject,
        "station_name": alert.station_name,
        "unit": alert.unit,
    }


def _figure(alert: AlertView) -> Json | None:
    """Return which figure of which period an alert on a target is about."""
    title, period = alert.context.get("title"), alert.context.get("period")
    return {"title": title, "period": period} if alert.kind == "target" and title and period else None


def _entry(alert: AlertView, step: Step, section: str) -> Json:
    return {
        **_facts(alert),
        "section": section,
        "severity": step.severity,
        "value": step.value,
        "uom": alert.uom,
        "time": rfc3339(step.time),
        "recorded": rfc3339(step.recorded),
        "actor": step.actor,
        "note": step.note,
        "detail": step.detail,
    }


def _stands(alert: AlertView, standing: Standing, end: datetime) -> Json:
    return {
        **_facts(alert),
        "severity": standing.severity,
        "rank": ("minor", "moderate", "severe", "extreme").index(standing.severity),
        "condition": standing.condition,
        "fired_at": rfc3339(alert.fired_at),
        "cleared_at": standing.cleared_at and rfc3339(standing.cleared_at),
        "age_s": max(0, round((end - alert.fired_at).total_seconds())),
        "acknowledged_by": standing.acknowledged_by,
        "assignee": standing.assignee,
        "shelved_until": standing.shelved_until and rfc3339(standing.shelved_until),
        "shelved_by": standing.shelved_by,
        "silenced_by": sorted(standing.silenced_by),
    }
