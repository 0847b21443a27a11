"""A silence as it comes over HTTP and as it is stored; a mistake is named with its value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import shapely
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ioc.alerts.commands import Words, storable
from ioc.alerts.rule import SeverityWord
from ioc.alerts.silence import Matcher, Recurrence, Silence
from ioc.domain.clock import LOCAL_ZONE, rfc3339
from ioc.errors import BadInput
from ioc.store.silences import SilenceRow

LONGEST = timedelta(days=366)
_MATCHERS_MAX = 20
_VALUES_MAX = 1000
_CORNERS_MAX = 10_000
_SEVERITIES = SeverityWord.__args__  # type: ignore[attr-defined]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_Text = Annotated[str, Field(max_length=300), AfterValidator(storable)]
_ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class MatcherIn(BaseModel):
    """A condition on one name of an alert."""

    model_config = ConfigDict(extra="forbid")
    name: Literal["rule", "kind", "severity", "source", "station", "property", "unit", "subject"]
    op: Literal["=", "!=", "in", "not in", "like", "not like", "<=", ">="] = "="
    value: _Text | Annotated[list[_Text], Field(min_length=1, max_length=_VALUES_MAX)]

    @model_validator(mode="after")
    def _fits(self) -> MatcherIn:
        values = self.values()
        if isinstance(self.value, list) is not self.op.endswith("in"):
            raise ValueError("a list of values goes with in and not in, one value with all others")
        if self.op in {"<=", ">="} and self.name != "severity":
            raise ValueError(f"{self.op} compares severities only, not {self.name}")
        if self.name == "unit" and self.op.endswith("like"):
            raise ValueError("a unit is named by its code, not by a pattern")
        if self.name == "severity" and not self.op.endswith("like") and (wrong := set(values) - set(_SEVERITIES)):
            raise ValueError(f"{', '.join(sorted(wrong))} is none of {', '.join(_SEVERITIES)}")
        return self

    def values(self) -> tuple[str, ...]:
        """Return its values, however many."""
        return tuple(self.value) if isinstance(self.value, list) else (self.value,)


class AreaIn(BaseModel):
    """A unit with all below it, or a polygon in WGS 84."""

    model_config = ConfigDict(extra="forbid")
    unit: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)] | None = None
    polygon: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> AreaIn:
        if (self.unit is None) is (self.polygon is None):
            raise ValueError("an area is either a unit or a polygon")
        if self.polygon is not None:
            polygon_of(self.polygon)
        return self


class RecurrenceIn(BaseModel):
    """Hours of certain days of the week in which it hides; without it all the time."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    days: list[Day] = Field(default=["mon", "tue", "wed", "thu", "fri", "sat", "sun"], min_length=1, max_length=7)
    begin: _ClockTime = Field(alias="from")
    end: _ClockTime = Field(alias="to")
    zone: str = str(LOCAL_ZONE)

    @model_validator(mode="after")
    def _has_zone(self) -> RecurrenceIn:
        if self.zone not in _zones():
            raise ValueError(f"{self.zone!r:.60} is no zone of the IANA time zone database")
        return self


class Scope(BaseModel):
    """Which alerts, and in which hours; what else a silence says does not matter to a preview."""

    model_config = ConfigDict(extra="forbid")
    matchers: list[MatcherIn] = Field(default=[], max_length=_MATCHERS_MAX)
    area: AreaIn | None = None
    recurrence: RecurrenceIn | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    comment: Words | None = None

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if not self.matchers and self.area is None:
            raise ValueError("a silence needs a matcher or an area: it would hide everything")
        return self

    def units(self) -> set[str]:
        """Return the codes of the units that it names."""
        named = {code for matcher in self.matchers if matcher.name == "unit" for code in matcher.values()}
        return named | ({self.area.unit} if self.area and self.area.unit else set())

    def scope(self) -> dict[str, Any]:
        """Return which alerts it means, as that is stored."""
        told = self.model_dump(by_alias=True, exclude_none=True)
        return {"matchers": told["matchers"], "area": told.get("area"), "recurrence": told.get("recurrence")}


class SilenceIn(Scope):
    """A silence as an operator asks for it; it starts at once unless told otherwise, never in the past."""

    ends_at: AwareDatetime
    comment: Words = Field(min_length=1)

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if not self.comment.strip():
            raise ValueError("a silence needs a comment that says why")
        return self

    def row(self, now: datetime, starts_at: datetime | None = None) -> SilenceRow:
        """Return it as it is stored; it begins at `starts_at` where it says nothing else. BadInput where its times cannot be."""
        begin = self.starts_at or starts_at or now
        if not max(begin, now) < self.ends_at <= begin + LONGEST:
            raise BadInput(
                f"ends_at {rfc3339(self.ends_at)} is not after now, {rfc3339(now)}, and within {LONGEST.days} days after starts_at {rfc3339(begin)}"
            )
        return SilenceRow(**self.scope(), starts_at=begin, ends_at=self.ends_at, comment=self.comment)


class SilenceEdit(SilenceIn):
    """A silence as it is to be from now on, and the version of it that was seen."""

    if_version: int = Field(ge=1, le=2**31 - 1)


class SilenceEnd(BaseModel):
    """The version of a silence that is to end."""

    model_config = ConfigDict(extra="forbid")
    if_version: int = Field(ge=1, le=2**31 - 1)


def silence_of(row: Mapping[str, Any]) -> Silence:
    """Return what a stored silence says."""
    area, hours = row["area"] or {}, row["recurrence"]
    return Silence(
        id=str(row["id"]),
        matchers=tuple(_matcher(told) for told in row["matchers"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        unit=area.get("unit"),
        polygon=None if area.get("polygon") is None else polygon_of(area["polygon"]),
        recurrence=None if hours is None else _recurrence(hours),
    )


def polygon_of(told: Mapping[str, Any]) -> shapely.Geometry:
    """Return the area of a GeoJSON Polygon or MultiPolygon, ready to be asked many times.

    Raises:
        ValueError: it is none, or not valid; says why.
    """
    if told.get("type") not in {"Polygon", "MultiPolygon"}:
        raise ValueError(f"polygon is a GeoJSON Polygon or MultiPolygon, not {told.get('type')!r:.40}")
    try:
        shape = shapely.geometry.shape(dict(told))
    except (shapely.GEOSException, AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise ValueError("polygon has coordinates that are none") from None
    if shape.is_empty or not shape.is_valid:
        raise ValueError(f"polygon is not valid: {shapely.is_valid_reason(shape)}")
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):  # noqa: PLR2004 - WGS 84
        raise ValueError(f"polygon reaches beyond WGS 84: {west}, {south}, {east}, {north}")
    if (corners := shapely.count_coordinates(shape)) > _CORNERS_MAX:
        raise ValueError(f"polygon has {corners} corners, more than {_CORNERS_MAX}")
    shapely.prepare(shape)
    return shape


def _matcher(told: Mapping[str, Any]) -> Matcher:
    value = told["value"]
    return Matcher(told["name"], told["op"], tuple(value) if isinstance(value, list) else (value,))


def _recurrence(told: Mapping[str, Any]) -> Recurrence:
    return Recurrence(tuple(told["days"]), time.fromisoformat(told["from"]), time.fromisoformat(told["to"]), told["zone"])


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) | {str(ZoneInfo("UTC"))}
