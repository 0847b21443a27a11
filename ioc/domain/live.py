"""What travels on `ioc/live/…` and what the API shows: stations and alerts as seen from outside, and the changes between two commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

Unit = dict[str, Any]
"""A unit as `UnitRef.as_json` gives it."""


class StationView(msgspec.Struct, kw_only=True):
    """A station as registered, without its readings."""

    source: str
    station: str
    name: str
    kind: str
    lon: float | None = None
    lat: float | None = None
    unit: Unit | None = None
    properties: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    interval_s: float | None = None

    @property
    def id(self) -> str:
        """`SOURCE/STATION`."""
        return f"{self.source}/{self.station}"


class AlertView(msgspec.Struct, kw_only=True):
    """An alert as docs/rest.md describes it: what is wrong (condition, severity, quality), and what operators have done about it.

    `kind` is that of its rule and tells what `subject` names; `station` and `property` are None where the subject is no station or series.
    `context` is what belongs to the kind: the area of a geofence, the events of a cluster, the due time of a deadline.
    """

    id: str
    rule: str
    rule_version: int
    kind: str
    title: dict[str, str]
    description: dict[str, str]
    severity: str
    condition: str
    quality: str = "ok"
    flapping: bool = False
    reason: str | None = None
    late_corrections: int = 0
    subject: str
    station: str | None
    station_name: str | None
    property: str | None
    value: float
    limit: float
    direction: str
    uom: str | None
    context: dict[str, Any] = msgspec.field(default_factory=dict)
    lon: float | None
    lat: float | None
    unit: Unit | None
    started_at: datetime
    fired_at: datetime
    cleared_at: datetime | None
    updated_at: datetime
    acknowledged: bool
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    assignee: str | None = None
    shelved_until: datetime | None = None
    shelved_by: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    close_reason: str | None = None
    comments: int = 0
    silenced_by: list[str] = msgspec.field(default_factory=list)
    version: int

    def is_open(self) -> bool:
        """Return whether it still asks for somebody: nobody closed it, and it holds or nobody has acknowledged it."""
        return self.closed_at is None and (self.condition != "normal" or not self.acknowledged)


class FigureView(msgspec.Struct, array_like=True, frozen=True):
    """The present figure of an indicator for a unit: of the period that runs, or of the newest one of its kind that is over.

    `id` is INDICATOR/UNIT/PERIOD. `value` is null where there is nothing to divide by; `reported` of `expected` is how complete it is; `target` is
    the limit that binds the unit.
    """

    id: str
    indicator: str
    unit: str
    kind: str
    period: str
    running: bool
    value: float | int | None
    part: float | int | None
    of: float | int | None
    events: int
    reported: int | None
    expected: int | None
    newest: datetime | None
    status: str | None
    target: float | int | None
    version: int
    computed_at: datetime


class ObservationChange(msgspec.Struct, array_like=True, frozen=True):
    """The newest observation of a series."""

    source: str
    station: str
    property: str
    time: datetime
    value: float


class PositionChange(msgspec.Struct, array_like=True, frozen=True):
    """The newest position of a moving station."""

    source: str
    station: str
    time: datetime
    lon: float
    lat: float
    speed: float | None
    heading: float | None
    unit: Unit | None


class Changes(msgspec.Struct, kw_only=True):
    """What one commit changed; `publisher` and `number` let a listener see that one is missing."""

    publisher: str = ""
    number: int = 0
    time: datetime | None = None
    stations: list[StationView] = msgspec.field(default_factory=list)
    observations: list[ObservationChange] = msgspec.field(default_factory=list)
    positions: list[PositionChange] = msgspec.field(default_factory=list)
    alerts: list[AlertView] = msgspec.field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.stations or self.observations or self.positions or self.alerts)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Changes)


def encode_changes(changes: Changes) -> bytes:
    """Return `changes` as it travels."""
    return _ENCODER.encode(changes)


def decode_changes(payload: bytes) -> Changes:
    """Return what `payload` tells.

    Raises:
        msgspec.MsgspecError: it is not one of ours.
    """
    return _DECODER.decode(payload)
