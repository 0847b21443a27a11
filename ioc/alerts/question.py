"""Which alerts somebody asks for over HTTP, as the store takes it."""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import date, datetime
from typing import Annotated, Literal, Protocol

import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from ioc.alerts.commands import storable
from ioc.alerts.rule import Severity, SeverityWord
from ioc.domain.unit import UnitRef
from ioc.errors import BadInput
from ioc.store.alert_search import AlertFilter

MAX_ALERTS = 10_000
_FLAGS = {"true": True, "false": False, "any": None}
_DAY_LENGTH = len("2025-07-01")
_CORNERS = 4
Flag = Literal["true", "false", "any"]
Text = Annotated[str, Field(max_length=200), AfterValidator(storable)]
Position = tuple[datetime, uuid.UUID]


class Units(Protocol):
    """Whoever knows the units of any day."""

    def require(self, code: str, day: date | None = None, /) -> UnitRef:
        """Return the unit that had the code on the day (None: today); raises NotFound."""
        ...

    def below(self, ref: UnitRef, /) -> set[int]:
        """Return the numbers of the unit and of all below it."""
        ...


def _day(value: object) -> object:
    """Take days as `2025-07-01` only: pydantic would read numbers and instants as days, too."""
    if isinstance(value, str) and len(value) != _DAY_LENGTH:
        raise ValueError("it is not a day such as 2025-07-01")
    return value


def _bbox(told: str | None) -> str | None:
    if told is not None:
        corners(told)
    return told


def corners(told: str) -> tuple[float, float, float, float]:
    """Return the corners of `west,south,east,north`; ValueError where they are none."""
    parts = [float(part) for part in told.split(",")]
    if len(parts) != _CORNERS:
        raise ValueError(f"it has {len(parts)} numbers, not west,south,east,north")
    west, south, east, north = parts
    if not (all(-180 <= lon <= 180 for lon in (west, east)) and -90 <= south <= north <= 90):  # noqa: PLR2004 - WGS 84
        raise ValueError("it is not west,south,east,north in degrees with the south below the north")
    return west, south, east, north


class AlertChoice(BaseModel):
    """Which alerts: those that are open and not shelved, unless told otherwise; what is not said matches any."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    open: Flag = "true"
    shelved: Flag = "false"
    silenced: Flag = "any"
    acknowledged: Flag = "any"
    condition: list[Literal["firing", "recovering", "normal"]] | None = Field(None, max_length=3)
    severity: SeverityWord | None = Field(None, description="at least this severe")
    assignee: Text | None = Field(None, description="name of a key; empty: assigned to nobody")
    rule: Text | None = None
    kind: Text | None = None
    source: Text | None = None
    station: Text | None = Field(None, description="SOURCE/STATION")
    unit: Text | None = Field(None, description="code of a unit, with all units below it")
    as_of: Annotated[date, BeforeValidator(_day)] | None = Field(None, alias="as-of", description="the day whose units are meant")
    bbox: Annotated[Text, AfterValidator(_bbox)] | None = Field(None, description="west,south,east,north")
    begin: AwareDatetime | None = Field(None, alias="from", description="fired then or later")
    end: AwareDatetime | None = Field(None, alias="to", description="fired before then")
    changed_from: AwareDatetime | None = Field(
        None, alias="changed-from", description="something happened to it, or somebody did something, then or later"
    )
    q: Text | None = Field(None, description="words of title, rule, subject, station or assignee, with or without their marks")

    def wanted(self, units: Units) -> AlertFilter:
        """Return the question as the store takes it; NotFound where there is no such unit."""
        return AlertFilter(
            is_open=_FLAGS[self.open],
            shelved=_FLAGS[self.shelved],
            silenced=_FLAGS[self.silenced],
            acknowledged=_FLAGS[self.acknowledged],
            conditions=None if self.condition is None else tuple(self.condition),
            severities=None if self.severity is None else tuple(list(Severity)[Severity(self.severity).rank :]),
            assignee=self.assignee,
            rule=self.rule,
            kind=self.kind,
            source=self.source,
            station=self.station,
            units=None if self.unit is None else units.below(units.require(self.unit, self.as_of)),
            bbox=None if self.bbox is None else corners(self.bbox),
            begin=self.begin,
            end=self.end,
            changed_from=self.changed_from,
            text=self.q,
        )


class AlertQuestion(AlertChoice):
    """Which alerts, and how many from where on."""

    limit: int = Field(1000, ge=1)
    cursor: str | None = Field(None, max_length=200, description="the `next` of the answer before")

    def after(self) -> Position | None:
        """Return the alert after which the page begins; BadInput where the cursor is none of ours."""
        if self.cursor is None:
            return None
        try:
            position: Position = msgspec.json.decode(base64.urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)), type=Position)
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            raise BadInput(f"cursor {self.cursor!r:.60} is none that was given out as next") from None
        return position


def cursor_of(fired_at: datetime, alert_id: str) -> str:
    """Return the cursor of the page after this alert."""
    return base64.urlsafe_b64encode(msgspec.json.encode((fired_at, uuid.UUID(alert_id)))).decode().rstrip("=")


class Seen(BaseModel):
    """An alert as somebody saw it."""

    model_config = ConfigDict(extra="forbid")
    id: uuid.UUID
    if_version: int = Field(ge=1, le=2**31 - 1)


class ManyAcknowledged(BaseModel):
    """Alerts that somebody has seen: a list of them with their versions, or a filter and the `as_of` of the answer that showed them."""

    model_config = ConfigDict(extra="forbid")
    alerts: list[Seen] | None = Field(None, min_length=1, max_length=MAX_ALERTS)
    filter: AlertChoice | None = None
    as_of: AwareDatetime | None = None
    comment: Annotated[str, Field(max_length=2000), AfterValidator(storable)] | None = None

    def check(self) -> None:
        """Raise BadInput unless either a list or a filter with its `as_of` is given."""
        if (self.alerts is None) is (self.filter is None):
            raise BadInput("name the alerts, or a filter, not both")
        if (self.filter is None) is not (self.as_of is None):
            raise BadInput("as_of goes with a filter: it is the as_of of the answer that showed these alerts")
