"""The shapes of `sdi/systems/*.yaml` and `sdi/indicators.yaml`: what a system sends, which cases its events make, and which indicators come of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
TypeName = Annotated[str, Meta(pattern=r"^[^\W_][\w.:-]{0,63}$")]
Duration = Annotated[str, Meta(pattern=r"^[1-9]\d{0,5}[mhd]$")]
Scalar = str | bool | int | float

ALLOWED = {
    "id": "1 to 64 small letters, digits or '-' beginning with a letter or digit",
    "type": "1 to 64 letters, digits, '.', '_', ':' or '-' beginning with a letter or digit",
    "rhythm": "1 to 6 digits and m, h or d, such as 1d",
    "decimals": "a whole number from 0 to 6",
    "statistic": "mean, median or a percentile such as p95",
}
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shape that knows no other members."""


class Text(Struct, frozen=True):
    """A text in both languages."""

    vi: str
    en: str


class EventType(Struct, frozen=True):
    """What a system sends: the JSON Schema of `data`, and an example of the whole event as the topic takes it."""

    type: TypeName
    title: Text
    schema: dict[str, Any]
    example: dict[str, Any]


class Bound(Struct, frozen=True):
    """A condition on a number, or on whether a member is there."""

    at_least: float | None = None
    at_most: float | None = None
    over: float | None = None
    under: float | None = None
    exists: bool | None = None
    is_not: list[Scalar] | None = msgspec.field(default=None, name="not")


Where = dict[str, Scalar | list[Scalar] | Bound]


class Step(Struct, frozen=True):
    """A step of a case; see `ioc.domain.measure.CaseStep`."""

    id: Id
    type: TypeName
    title: Text
    where: Where = {}


class Case(Struct, frozen=True):
    """What events of one subject make together; see `ioc.domain.measure.CaseSpec`.

    `owner` is the member that says who has it in hand; `words` what people call codes in the data.
    """

    id: Id
    title: Text
    steps: Annotated[list[Step], Meta(min_length=1)]
    closes: Id | None = None
    due: str | None = None
    owner: str | None = None
    words: dict[str, Text] = {}
    repeats: bool = False
    latest: bool = False


class Term(Struct, frozen=True):
    """One number: of events, of cases at a step, of what stood, of readings, of another indicator, or a constant."""

    event: TypeName | None = None
    case: Id | None = None
    observation: str | None = None
    station_kind: str | None = None
    indicator: Id | None = None
    constant: float | None = None
    where: Where = {}
    sum: str | None = None
    at: Id | None = None
    has: list[Id] = []
    lacks: list[Id] = []
    being: list[Literal["on_time", "late", "in_order", "out_of_order"]] = []
    standing: Literal["open", "overdue", "current"] | None = None


class Rate(Struct, frozen=True):
    """How much `part` is of `of`, in percent unless `per` says otherwise."""

    part: Term
    of: Term
    per: float = 100


class Percentile(Struct, frozen=True):
    """The value that `p` percent do not exceed, exact to `resolution`; `of` names what is summed otherwise."""

    of: Term
    p: Annotated[float, Meta(gt=0, lt=100)]
    resolution: Annotated[float, Meta(gt=0)] = 1


class Distinct(Struct, frozen=True):
    """How many different subjects, or values of `member`."""

    of: Term
    member: str | None = None


class Elapsed(Struct, frozen=True):
    """How long it took from one step of a case to another, by the day of the latter; in working time unless `working` says otherwise."""

    case: Id
    begin: Id = msgspec.field(name="from")
    end: Id = msgspec.field(name="to")
    working: bool = True
    unit: Literal["minutes", "hours", "days"] = msgspec.field(default="hours", name="in")
    statistic: Annotated[str, Meta(pattern=r"^(mean|median|sum|p[1-9][0-9]?)$")] = "mean"
    where: Where = {}


class Latest(Struct, frozen=True):
    """The newest value of each subject, added up or averaged over units, or each unit's own."""

    case: Id
    value: str
    where: Where = {}
    roll: Literal["sum", "mean", "own"] = "own"


class Reports(Struct, frozen=True):
    """Of the reports of a case that were due, how many came in time."""

    case: Id


class Part(Struct, frozen=True):
    """A part of an index: an indicator, its weight, and points (x, y) between which its value is read off a line."""

    indicator: Id
    weight: float = 1
    points: list[tuple[float, float]] = []


class Index(Struct, frozen=True):
    """Indicators put together: the weighted mean, the weighted sum, or the largest."""

    parts: Annotated[list[Part], Meta(min_length=1)]
    combine: Literal["mean", "sum", "max"] = "mean"


class Target(Struct, frozen=True):
    """What units of a level are to reach from a day until another (exclusive); `unit` is the code of the province or unit that it binds."""

    level: Id
    at_least: float | None = None
    at_most: float | None = None
    since: date | None = None
    until: date | None = None
    unit: str | None = None
    plan: str = ""


class Expected(Struct, frozen=True):
    """Who should report: every unit of a level, every station of a kind, or a number of subjects."""

    level: Id | None = None
    station_kind: str | None = None
    number: Annotated[int, Meta(ge=1)] | None = None


class IndicatorEntry(Struct, frozen=True):
    """An indicator as a file tells it; exactly one of the members from `count` to `index` says how it is computed."""

    id: Id
    title: Text
    description: Text = Text("", "")
    unit: Text | None = None
    decimals: Annotated[int, Meta(ge=0, le=6)] | None = None
    rounding: Literal["half_up", "down"] = "half_up"
    better: Literal["higher", "lower"] | None = None
    by: list[str] = []
    periods: tuple[str, ...] = ("month",)
    expected: Expected | None = None
    targets: list[Target] = []
    minimum: Annotated[int, Meta(ge=0)] | None = None
    count: Term | None = None
    rate: Rate | None = None
    mean: Term | None = None
    percentile: Percentile | None = None
    distinct: Distinct | None = None
    duration: Elapsed | None = None
    state: Term | None = None
    latest: Latest | None = None
    reports: Reports | None = None
    index: Index | None = None


class SystemFile(Struct, frozen=True):
    """A system: who it is, the names that its sources have at the broker (patterns), how often something comes, and what is made of it.

    After `reminders` (times the rhythm) of silence the provider is reminded the first, the second and the third time. `members` is what people
    call members of the data and properties of readings, `words` what they call codes in them.
    """

    system: Id
    number: str
    title: Text
    owner: Text
    sources: Annotated[list[str], Meta(min_length=1)]
    rhythm: Duration = "1d"
    reminders: tuple[float, float, float] = (1.5, 3, 7)
    events: list[EventType] = []
    members: dict[str, Text] = {}
    words: dict[str, Text] = {}
    cases: list[Case] = []
    indicators: list[IndicatorEntry] = []


class Level(Struct, frozen=True):
    """A level of the hierarchy of units."""

    id: Id
    title: Text


class WorkingTime(Struct, frozen=True):
    """When offices work: days of the week (1 is Monday), hours, and the country whose public holidays are kept."""

    days: list[Annotated[int, Meta(ge=1, le=7)]]
    hours: Annotated[list[tuple[str, str]], Meta(min_length=1, max_length=2)]
    holidays: str


class CentreFile(Struct, frozen=True):
    """What holds for all systems; `issuer` is the body that reports name as theirs."""

    levels: Annotated[list[Level], Meta(min_length=1)]
    working_time: WorkingTime
    small_number: int = 30
    issuer: Text | None = None


def seconds(duration: str) -> int:
    """Return the seconds of a duration such as `1d`."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def first_term(entry: IndicatorEntry) -> Term | None:
    """Return what an indicator mainly counts, None for those made of others."""
    if entry.rate is not None:
        return entry.rate.of if entry.rate.of.indicator is None and entry.rate.of.constant is None else None
    if entry.duration is not None:
        return Term(case=entry.duration.case, at=entry.duration.end)
    for kept in (entry.latest, entry.reports):
        if kept is not None:
            return Term(case=kept.case)
    wrapped = entry.percentile or entry.distinct
    return wrapped.of if wrapped is not None else entry.count or entry.state or entry.mean
