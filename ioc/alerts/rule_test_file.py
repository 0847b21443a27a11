"""Files with tests of rules: what happens, and what the rules make of it. A fault is told with the file and the line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import yaml

from ioc.alerts.rule import SeverityWord
from ioc.alerts.timeline import Offset
from ioc.domain.yaml_place import fault, find, line, read_yaml
from ioc.errors import ConfigurationError

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2026, 1, 5, tzinfo=_ZONE)
"""When a test begins that says nothing else: a Monday, at midnight in Viet Nam."""
_OFFSET_WORDS = "a time after the beginning such as 90s or 1h30m"
_ALLOWED: Mapping[str, str] = {
    "at": _OFFSET_WORDS,
    "since": _OFFSET_WORDS,
    "interval": "a duration such as 30s",
    "start": "an instant such as 2026-01-05T08:00:00+07:00",
    "until": _OFFSET_WORDS,
    "series": "SOURCE/STATION/PROPERTY",
    "station": "SOURCE/STATION",
    "severity": "one of minor, moderate, severe, extreme",
    "condition": "one of firing, recovering",
    "place": "[longitude, latitude]",
}
Place = tuple[float, float]
StationId = Annotated[str, msgspec.Meta(pattern=r"^[^/]+/[^/]+\Z")]


class _Part(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the parts of a test have in common: a member that is not known is an error."""


class StationIn(_Part, frozen=True):
    """A station as it describes itself; `units` are the codes of the unit in which it lies and of those above it."""

    id: StationId
    kind: str = "unknown"
    interval: Offset | None = None
    place: Place | None = None
    units: list[str] = []
    properties: dict[str, dict[str, Any]] = {}


class SeriesIn(_Part, frozen=True):
    """The values of a series, `interval` apart; `timeline.read_values` says how they are told."""

    series: Annotated[str, msgspec.Meta(pattern=r"^[^/]+/[^/]+/[^/]+\Z")]
    values: str | float
    interval: Offset | None = None
    at: Offset = "0s"


class PositionIn(_Part, frozen=True):
    """Where a moving station is at a time; `speed` in km/h."""

    station: StationId
    at: Offset
    place: Place
    speed: float | None = None


class EventIn(_Part, frozen=True):
    """A service event."""

    at: Offset
    type: str
    source: str
    id: str | None = None
    subject: str | None = None
    place: Place | None = None
    units: list[str] = []
    data: dict[str, Any] = {}


class StatusIn(_Part, frozen=True):
    """A source, or its last will, says whether it is there; `planned` with `online: false` that it stops on purpose."""

    at: Offset
    source: str
    online: bool
    is_planned: bool = msgspec.field(name="planned", default=False)


class FigureIn(_Part, frozen=True):
    """How far an indicator is off its target, for a rule and a subject."""

    at: Offset
    rule: str
    subject: str
    value: float


class AreaIn(_Part, frozen=True):
    """A polygon of a layer; its ring, or `box` as [west, south, east, north]."""

    layer: str
    id: str
    polygon: list[Place] | None = None
    box: tuple[float, float, float, float] | None = None
    name: str | None = None
    properties: dict[str, Any] = {}


class ExpectedTransition(_Part, frozen=True):
    """Something that happens to an alert; members that are not told may be anything."""

    at: Offset
    rule: str
    kind: str
    subject: str | None = None
    severity: SeverityWord | None = None
    value: float | None = None
    reason: str | None = None


class ExpectedAlert(_Part, frozen=True):
    """An alert that stands; members that are not told may be anything."""

    rule: str
    subject: str | None = None
    condition: Literal["firing", "recovering"] = "firing"
    severity: SeverityWord | None = None
    since: Offset | None = None
    value: float | None = None
    quality: Literal["ok", "stale"] = "ok"
    flapping: bool | None = None


class ExpectedMoment(_Part, frozen=True):
    """All alerts that stand at a time, of `rule` where one is named."""

    at: Offset
    alerts: list[ExpectedAlert] = []
    rule: str | None = None


class Expected(_Part, frozen=True):
    """What the rules make of it; `transitions`, where told, are all that happens to alerts, of `rule` where one is named."""

    alerts: list[ExpectedMoment] = []
    transitions: list[ExpectedTransition] | None = None
    rule: str | None = None


class RuleTest(_Part, frozen=True):
    """One test: what happens, and what is expected of the rules."""

    name: str
    expect: Expected
    start: datetime | None = None
    interval: Offset | None = None
    until: Offset = "0s"
    stations: list[StationIn] = []
    series: list[SeriesIn] = []
    positions: list[PositionIn] = []
    events: list[EventIn] = []
    statuses: list[StatusIn] = []
    figures: list[FigureIn] = []
    areas: list[AreaIn] = []


class RuleTestFile(_Part, frozen=True):
    """A whole file; `interval` and `start` hold for tests that say nothing else, `rule_files` are relative to the file."""

    rule_files: Annotated[list[str], msgspec.Meta(min_length=1)]
    tests: Annotated[list[RuleTest], msgspec.Meta(min_length=1)]
    interval: Offset = "1m"
    start: datetime = START


_MEMBERS: Mapping[str, type[msgspec.Struct]] = {
    "": RuleTestFile,
    "tests": RuleTest,
    "stations": StationIn,
    "series": SeriesIn,
    "positions": PositionIn,
    "events": EventIn,
    "statuses": StatusIn,
    "figures": FigureIn,
    "areas": AreaIn,
    "expect": Expected,
    "transitions": ExpectedTransition,
    "alerts": ExpectedAlert,
}


@dataclass(frozen=True)
class RuleTests:
    """The tests of a file, and where in it their parts stand."""

    told: RuleTestFile
    file: str
    _node: yaml.Node | None

    def where(self, path: str) -> str:
        """Return file and line of the part at `path`, such as `.tests[0].expect`."""
        return f"{self.file}:{line(find(self._node, path)[1])}"

    def start(self, test: RuleTest) -> datetime:
        """Return when a test begins; a time without a zone is one of Viet Nam."""
        told = test.start or self.told.start
        return (told if told.tzinfo else told.replace(tzinfo=_ZONE)).astimezone(UTC)


def parse_tests(text: str, *, file: str) -> RuleTests:
    """Return the tests of one YAML file.

    Raises:
        ConfigurationError: it is not YAML or something in it is wrong; names file, line, value and what is allowed.
    """
    node, told = read_yaml(text, file)
    try:
        return RuleTests(msgspec.convert(told, RuleTestFile, strict=True), file, node)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{file}:{fault(node, str(error), _MEMBERS, _ALLOWED)}") from None
