"""The kinds of conditions that a rule can state, as rule files tell them; a rule without one compares the value itself with its limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
Duration: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,6}[smhd]\Z")]
"""1 to 6 digits and s, m, h or d."""
WorkingDuration: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,4}(wd|wh|[smhd])\Z")]
"""As `Duration`, or in working days (`wd`) or working hours (`wh`)."""
Where: TypeAlias = dict[str, str | int | float | bool | list[str | int | float | bool]]
"""Members of an event's data and the values that they must have, one of several where a list is told."""


class _Part(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the parts of a rule file have in common: a member that is not known is an error."""


class Rate(_Part, frozen=True):
    """How fast a value changes: the difference to the oldest reading within `over`, told for `per`."""

    over: Duration
    per: Duration = "1h"


class Window(_Part, frozen=True):
    """An aggregate of the readings of the last `over`, judged with every reading once there are `min_samples`."""

    function: Literal["avg", "min", "max", "sum", "count", "p95"]
    over: Duration
    min_samples: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1


class Absence(_Part, frozen=True):
    """Nothing is heard. Limits are durations, or with `unit: intervals` multiples of the interval that the station announces.

    A station is silent while its source is heard; that a source is silent is told once, `of: source`. With `offline` a source that says by
    its status or its last will that it is gone is silent at once.
    """

    of: Literal["station", "source"] = "station"
    unit: Literal["time", "intervals"] = "time"
    offline: bool = False


class Geofence(_Part, frozen=True):
    """A moving station and the polygons of a layer, all or those named by `features`.

    `enter` holds inside and clears on leaving, `leave` holds outside after having been inside, `inside` is `enter` for a rule with `for`,
    `speeding` compares the speed in km/h inside with the limits, as so much above the attribute `limit_from` of the polygon where one is named.
    """

    layer: str
    on: Literal["enter", "leave", "inside", "speeding"]
    features: list[str] | None = None
    limit_from: str | None = None


class Cluster(_Part, frozen=True):
    """Events of a type near each other: their number within `radius_m` of one another and the last `within`."""

    event: str
    radius_m: Annotated[float, msgspec.Meta(gt=0, le=50_000)]
    within: Duration
    where: Where = msgspec.field(default_factory=dict)


class Deadline(_Part, frozen=True):
    """An event that is not followed by one of `until` for the same subject in time; limits say how long overdue.

    `due` names the member of its data that tells when, `within` is how long after it, in working time where it is told so.
    """

    event: str
    until: list[str]
    due: str | None = None
    within: WorkingDuration | None = None
    where: Where = msgspec.field(default_factory=dict)


class Composite(_Part, frozen=True):
    """Other rules together: holds while all of `all`, one of `any` and none of `none` fire, for the same station, unit, source, or anywhere."""

    all: list[str] = msgspec.field(default_factory=list)
    any: list[str] = msgspec.field(default_factory=list)
    none: list[str] = msgspec.field(default_factory=list)
    scope: Literal["station", "unit", "source", "everywhere"] = "station"

    def members(self) -> list[str]:
        """Return the rules that it speaks of."""
        return [*self.all, *self.any, *self.none]


class Target(_Part, frozen=True):
    """An indicator off its target, by unit: `missed` in the newest period that is over, or `at_risk` in the one that runs.

    None of `indicator` and `levels` is any, none of `period` the first kind of period that the indicator is published for. Limits are shares of the target by
    which the figure misses it; at risk it is or is not.
    """

    indicator: str | None = None
    on: Literal["missed", "at_risk"] = "missed"
    period: str | None = None
    levels: list[str] | None = None


Condition: TypeAlias = Rate | Window | Absence | Geofence | Cluster | Deadline | Composite | Target
KINDS: dict[str, type[Condition]] = {
    "rate": Rate,
    "window": Window,
    "absence": Absence,
    "geofence": Geofence,
    "cluster": Cluster,
    "deadline": Deadline,
    "composite": Composite,
    "target": Target,
}
"""The member of a rule that states its condition, and its type; the kind of a rule without any is `threshold`."""
ON_TIME = (Absence, Deadline)
"""Conditions whose limits are durations, met as soon as they are reached."""


def is_yes_or_no(condition: Condition | None) -> bool:
    """Return whether a condition holds or does not: its rule tells a severity instead of limits."""
    match condition:
        case Composite() | Target(on="at_risk"):
            return True
        case Geofence():
            return condition.on != "speeding"
    return False


def seconds_of(text: str) -> float:
    """Return how many seconds a `Duration` has."""
    return float(int(text[:-1]) * _SECONDS[text[-1]])


def duration_of(text: str) -> timedelta:
    """Return a `Duration`."""
    return timedelta(seconds=seconds_of(text))


def spell(seconds: float) -> str:
    """Return a `Duration` of so many whole seconds in its largest unit."""
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _SECONDS[unit] == 0)
    return f"{round(seconds) // _SECONDS[unit]}{unit}"


def fits(where: Where, told: Mapping[str, Any]) -> bool:
    """Return whether the data of an event have the values that are wanted."""
    return all(told.get(name) in (want if isinstance(want, list) else [want]) for name, want in where.items())
