"""Example values: a rule, a station, an alert, each complete and with what a test wants otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ioc.alerts.conditions import Condition, Rate, Window
from ioc.alerts.rule import Rule, Selector, SeverityWord, Text, Threshold
from ioc.domain.live import AlertView, ObservationChange, PositionChange, StationView
from ioc.domain.observation import SeriesKey
from tests.support.doubles import Series

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
GAUGE = SeriesKey("hydro", "dap-cau", "water_level")


def at(seconds: float) -> datetime:
    """Return the instant so many seconds after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def threshold(severity: SeverityWord, limit: float, clear: float | None = None) -> Threshold:
    return Threshold(severity, limit, clear)


def rule(
    *thresholds: Threshold,
    sign: int = 1,
    hold_s: float = 0,
    keep_s: float = 0,
    rule_id: str = "flood",
    condition: Condition | None = None,
    **select: str,
) -> Rule:
    """Return a rule on water levels, over 80 unless told otherwise; one with a condition that is about no property selects everything."""
    chosen: dict[str, Any] = {"property": "water_level", **select} if isinstance(condition, Rate | Window | None) else select
    return Rule(
        id=rule_id,
        title=Text(vi="Lũ", en="Flood"),
        description=Text(vi="", en=""),
        select=Selector(**chosen),
        sign=sign,
        thresholds=thresholds or (threshold("moderate", 80),),
        hold=timedelta(seconds=hold_s),
        keep_firing=timedelta(seconds=keep_s),
        condition=condition,
    )


def station(code: str = "dap-cau", **changed: Any) -> StationView:
    """Return a river gauge."""
    told: dict[str, Any] = {"source": "hydro", "station": code, "name": "Đáp Cầu", "kind": "river_gauge", "lon": 106.09, "lat": 21.2}
    return StationView(**(told | changed))


def series(number: int = 1, key: SeriesKey = GAUGE, **described: Any) -> Series:
    """Return a series of a river gauge."""
    return Series(number, key, station(key.station, source=key.source, **described))


def observation(seconds: float, value: float, name: str = "dap-cau", prop: str = "water_level") -> ObservationChange:
    """Return a change of a river gauge, so many seconds after `NOW`."""
    return ObservationChange("hydro", name, prop, at(seconds), value)


def position(seconds: float, lon: float, lat: float, name: str = "bus-1") -> PositionChange:
    """Return where a bus is, so many seconds after `NOW`."""
    return PositionChange("buses", name, at(seconds), lon, lat, 30.0, 90.0, None)


def alert(number: int = 1, *, version: int = 1, **changed: Any) -> AlertView:
    """Return an alert of a river gauge that fires and nobody has acknowledged."""
    told = AlertView(
        id=f"00000000-0000-0000-0000-{number:012d}",
        rule="flood",
        rule_version=1,
        kind="threshold",
        title={"vi": "Lũ", "en": "Flood"},
        description={"vi": "", "en": ""},
        severity="moderate",
        condition="firing",
        subject=str(GAUGE),
        station="hydro/dap-cau",
        station_name="Đáp Cầu",
        property="water_level",
        value=4.5,
        limit=4.3,
        direction="above",
        uom="m",
        lon=106.09,
        lat=21.2,
        unit=None,
        started_at=NOW,
        fired_at=NOW,
        cleared_at=None,
        updated_at=NOW,
        acknowledged=False,
        acknowledged_by=None,
        acknowledged_at=None,
        version=version,
    )
    if "subject" in changed and "station" not in changed:
        source, station, name = changed["subject"].split("/")
        changed |= {"station": f"{source}/{station}", "property": name}
    return msgspec.structs.replace(told, **changed)
