"""What a station says about itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from ioc.domain.observation import StationKey


@dataclass(frozen=True, slots=True)
class PropertyDescription:
    """One property: unit of measure as a UCUM code, a name for people, and the range that its values keep to (None: no limit).

    A reading that is more than `late_after_s` old when it arrives is history: stored, not judged by the rules (None: the usual bound).
    """

    unit: str | None = None
    name: str | None = None
    min: float | None = None
    max: float | None = None
    late_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class StationDescription:
    """The retained self-description; without `lon` and `lat` a station is unplaced or moving. `interval_s` is its usual seconds between reports."""

    station: StationKey
    name: str
    kind: str
    lon: float | None = None
    lat: float | None = None
    properties: dict[str, PropertyDescription] = field(default_factory=dict)
    interval_s: float | None = None


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """Whether a source says that it is there (`online`) or its last will says that it is not (`offline`).

    `is_planned` says that it stops on purpose (`stopped`): it is not silent for any rule until it is heard again.
    """

    source: str
    online: bool
    is_planned: bool = False
