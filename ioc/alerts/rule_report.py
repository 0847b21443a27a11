"""A report of how rules do: what they match now, how they fared of late, and what is to be said of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ioc.alerts.conditions import Absence, Cluster, Deadline, Geofence
from ioc.alerts.engine import SERIES_KINDS, Engine, Surroundings
from ioc.alerts.past import Past, read_past
from ioc.alerts.rule import Rule
from ioc.alerts.rule_findings import Figures, findings
from ioc.alerts.target_figures import missing_indicators
from ioc.domain.clock import rfc3339
from ioc.store import rule_figures
from ioc.store.alerts import UnitOf
from ioc.store.pool import Connection

DAYS = 30


async def report(
    conn: Connection,
    rules: Sequence[Rule],
    around: Callable[[Past], tuple[Surroundings, Mapping[str, str]]],
    *,
    unit_of: UnitOf,
    indicators: Container[str],
    now: datetime,
    days: int = DAYS,
) -> dict[str, Any]:
    """Return the report of the last `days`; `around` knows units and areas, and for each rule the layer that it lacks, `indicators` are those there are."""
    since = now - timedelta(days=days)
    past = await read_past(conn, unit_of)
    (surroundings, lacking), without = around(past), missing_indicators(rules, indicators)
    events, sources = await rule_figures.event_counts(conn, since, now), await rule_figures.source_names(conn)
    of_rules, last = await rule_figures.figures(conn, since, now), await rule_figures.last_fired(conn)
    matching = matches(rules, past, surroundings, sources, events)
    told = []
    for rule in rules:
        row: Mapping[str, Any] = dict(of_rules.get(rule.id) or {})
        f = Figures(
            days,
            matching.get(rule.id),
            lacking.get(rule.id),
            without.get(rule.id),
            last_fired=last.get(rule.id),
            **{name: value for name, value in row.items() if name not in ("rule_id", "last_fired")},
        )
        told.append(_told(rule, f))
    told.sort(key=lambda one: (not one["findings"], one["rule"]))
    return {"from": rfc3339(since), "to": rfc3339(now), "days": days, "rules": told}


def matches(
    rules: Sequence[Rule], past: Past, around: Surroundings, sources: Sequence[str], events: Mapping[str, int]
) -> dict[str, int | None]:
    """Return how many series, stations, sources or events of late each rule looks at; None for those made of other rules or figures."""
    engine = Engine(rules, around)
    of_series = Counter(rule_id for series in past.series for rule_id in engine.series.track(series).plan.rules)
    found: dict[str, int | None] = {}
    for rule in rules:
        match rule.condition:
            case Absence(of="source"):
                found[rule.id] = sum(rule.select.source in (None, source) for source in sources)
            case Absence() | Geofence():
                views = past.views.values()
                found[rule.id] = sum(rule.select.matches(v, around.units_above(v), around.areas_around(v)) for v in views)
            case Cluster(event=event) | Deadline(event=event):
                found[rule.id] = events.get(event, 0)
            case _:
                found[rule.id] = of_series[rule.id] if rule.kind in SERIES_KINDS else None
    return found


def _told(rule: Rule, f: Figures) -> dict[str, Any]:
    counts_subjects = not isinstance(rule.condition, Cluster | Deadline)  # of events nobody can say how long they could have fired
    return {
        "rule": rule.id,
        "title": msgspec.to_builtins(rule.title),
        "kind": rule.kind,
        "matches": f.matches,
        "missing_layer": f.missing_layer,
        "missing_indicator": f.missing_indicator,
        "fired": f.fired,
        "last_fired": None if f.last_fired is None else rfc3339(f.last_fired),
        "standing": f.standing,
        "share_firing": f.share_firing if counts_subjects else None,
        "flapping": f.flapping,
        "acknowledged": f.acknowledged,
        "without_action": f.without_action,
        "shelved": f.shelved,
        "median_acknowledge_s": None if f.median_acknowledge_s is None else round(float(f.median_acknowledge_s), 1),
        "findings": [one.told() for one in findings(f)],
    }
