"""The parameters of calls about figures, checked: what is unknown or wrong is named with its value."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ioc.indicators.reading import Question


def _day(value: object) -> object:
    """Take days as `2025-07-01` only: numbers and instants would be read as days, too."""
    if isinstance(value, str) and len(value) != len("2025-07-01"):
        raise ValueError("it is not a day such as 2025-07-01")
    return value


Day = Annotated[date, BeforeValidator(_day)]
_PERIOD = "a period of the kind: 2023, 2023-Q2, 2023-05, 2023-W18, or a day in it"
_AT = f"{_PERIOD}; without it the present one"


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ValuesQuestion(_Question):
    """Which figures of an indicator."""

    unit: str | None = Field(None, description="code of a unit; without it the highest units")
    level: str | None = Field(None, description="all units of this level, in the unit or all")
    period: str = Field("month", description="day, week, month, quarter, year, 'from day D' or 'last N days'")
    begin: str | None = Field(None, alias="from", description=f"{_PERIOD}; alone: from then up to the present one")
    end: str | None = Field(None, alias="to", description=f"{_PERIOD}; alone: that one")
    by: str | None = Field(None, description="a dimension of the indicator")
    as_of: Day | None = Field(None, alias="as-of", description="the day whose units are meant, whatever units the events were recorded in")
    known: Day | None = Field(None, description="the figures as they were published at the end of this day")
    f: Literal["json", "csv", "xlsx", "jsonstat"] = "json"

    def wanted(self) -> Question:
        """Return the question as the reader takes it."""
        return Question(self.period, self.begin, self.end, self.unit, self.level, self.by, self.as_of, self.known)


class AtQuestion(_Question):
    """Which unit and period."""

    unit: str | None = Field(None, description="code of a unit; without it the highest one")
    period: str = "month"
    at: str | None = Field(None, description=_AT)


class OfUnitQuestion(_Question):
    """Which period."""

    period: str = "month"
    at: str | None = Field(None, description=_AT)


class RankingQuestion(AtQuestion):
    """Which units are ranked; without `at` in the newest period that is over: in one that runs few units have enough cases."""

    level: str
    at: str | None = Field(None, description=f"{_PERIOD}; without it the newest one that is over")
    f: Literal["json", "csv", "xlsx"] = "json"
    lang: Literal["vi", "en"] = Field("vi", description="of the titles in a table")


class ReportQuestion(AtQuestion):
    """Which report."""

    lang: Literal["vi", "en"] = "vi"


class TransitionQuestion(_Question):
    """Which transitions of status."""

    indicator: str | None = None
    limit: int = Field(100, ge=1, le=1000)


class CaseQuestion(_Question):
    """Which cases; `lacks` and `has` are steps, separated by commas."""

    unit: str | None = None
    state: Literal["open", "closed", "overdue", "out_of_order"] | None = None
    lacks: str = ""
    has: str = ""
    period: str | None = Field(None, description="kind of the period in which they were opened; without it and `at` whenever")
    at: str | None = Field(None, description=_AT)
    limit: int = Field(100, ge=1, le=1000)


class UnitOnlyQuestion(_Question):
    """Which unit."""

    unit: str | None = None


class ClusterQuestion(_Question):
    """How close cases lie together, and since when they have been open."""

    within_m: float = Field(500, ge=10, le=20_000)
    least: int = Field(3, ge=2, le=1000)
    days: int = Field(90, ge=1, le=3660)


class TrendsQuestion(AtQuestion):
    """Which figures of a unit over how many periods, the last of which is the one that is named."""

    system: str | None = Field(None, description="id of a system; without it all")
    periods: int = Field(12, ge=2, le=36)


class PlacesQuestion(_Question):
    """Since when the cases have been open."""

    days: int = Field(90, ge=1, le=3660)
