"""`/v1/units`: administrative units of any day, found by name, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ioc.domain.unit import UnitRef
from ioc.errors import BadInput, NotFound
from ioc.geo import unit_answers as answers
from ioc.geo.succession import share_out
from ioc.geo.unit_book import UnitBook

MAX_UNITS = 20_000
LONGEST_TEXT = 200
_FIGURE = 1e15
"""The largest figure that is converted: beyond it floating-point numbers no longer tell whole numbers apart."""


def _day(value: object) -> object:
    """Take days as `2025-07-01` only: numbers and instants would be read as days, too."""
    if isinstance(value, str) and len(value) != len("2025-07-01"):
        raise ValueError("it is not a day such as 2025-07-01")
    return value


Day = Annotated[date, BeforeValidator(_day)]
Form = Literal["json", "csv"]


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class SearchQuestion(_Question):
    """Which units."""

    q: str = Field("", max_length=LONGEST_TEXT, description="words of a name, with or without diacritics; a code")
    as_of: Day | None = Field(None, alias="as-of", description="the day on which they were in force; today unless told")
    level: str | None = None
    parent: str | None = Field(None, description="code of the unit right above, on that day")
    layer: str | None = None
    limit: int = Field(100, ge=1)
    f: Form = "json"


class UnitQuestion(_Question):
    """Which version of a unit."""

    as_of: Day | None = Field(None, alias="as-of")
    layer: str | None = None


class HistoryQuestion(_Question):
    """Of which layer."""

    layer: str | None = None


class ConvertQuestion(_Question):
    """What became of which units, or of what they were made."""

    code: str = Field(description="codes, separated by commas", max_length=20 * MAX_UNITS)
    begin: Day | None = Field(None, alias="from", description="the day on which the codes were those of the units meant; today unless told")
    end: Day | None = Field(None, alias="to", description="the day whose units are wanted; today unless told")
    f: Form = "json"


class FormQuestion(_Question):
    """In which form."""

    f: Form = "json"


class ConvertOrder(_Question):
    """Codes, or figures by code, of one day to be told by the units of another."""

    begin: Day | None = Field(None, alias="from")
    end: Day | None = Field(None, alias="to")
    codes: list[str] | None = Field(None, max_length=MAX_UNITS)
    figures: dict[str, Annotated[float, Field(ge=-_FIGURE, le=_FIGURE, allow_inf_nan=False)]] | None = Field(None, max_length=MAX_UNITS)

    @model_validator(mode="after")
    def _one_of_both(self) -> ConvertOrder:
        if (self.codes is None) == (self.figures is None):
            raise ValueError("name codes or figures, and not both")
        return self


def router(book: Callable[[], UnitBook]) -> APIRouter:
    """Return the routes; `book` returns the units that are known now."""
    routes = APIRouter(prefix="/v1/units", tags=["units"])
    _add_search(routes, book)
    # Before those by code, which would take its name for one.
    _add_conversion(routes, book)
    _add_units(routes, book)
    return routes


def _add_search(routes: APIRouter, book: Callable[[], UnitBook]) -> None:
    @routes.get("", response_model=None)
    async def find_units(q: Annotated[SearchQuestion, Query()]) -> dict[str, Any] | Response:
        units = book()
        day = q.as_of or units.directory.today()
        if q.parent is not None:
            units.require(q.parent, day)
        found = await asyncio.to_thread(units.directory.search, q.q, day, level=q.level, parent=q.parent, layer=q.layer)
        shown = found[: min(q.limit, MAX_UNITS)]
        if q.f == "csv":
            return _csv(answers.units_csv(units, shown))
        return {"units": [answers.unit(ref) for ref in shown], "total": len(found), "as_of": f"{day}"}


def _add_conversion(routes: APIRouter, book: Callable[[], UnitBook]) -> None:
    @routes.get("/convert", response_model=None)
    async def convert_units(q: Annotated[ConvertQuestion, Query()]) -> dict[str, Any] | Response:
        codes = [code.strip() for code in q.code.split(",") if code.strip()]
        if not codes or len(codes) > MAX_UNITS:
            raise BadInput(f"code names {len(codes)} units: name 1 to {MAX_UNITS:,}, separated by commas")
        told = await asyncio.to_thread(_conversions, book(), codes, q.begin, q.end)
        if len(codes) == 1:
            _refuse_unknown(told)
        return _conversion_answer(told, q.f)

    @routes.post("/convert", response_model=None)
    async def convert_many(order: ConvertOrder, q: Annotated[FormQuestion, Query()]) -> dict[str, Any] | Response:
        if order.codes is not None:
            return _conversion_answer(await asyncio.to_thread(_conversions, book(), order.codes, order.begin, order.end), q.f)
        told = await asyncio.to_thread(_figures, book(), order.figures or {}, order.begin, order.end)
        if q.f == "json":
            return told
        _refuse_unknown(told)
        return _csv(answers.figures_csv(told["figures"], told["lost"]))


def _add_units(routes: APIRouter, book: Callable[[], UnitBook]) -> None:
    @routes.get("/{code}")
    async def get_unit(code: str, q: Annotated[UnitQuestion, Query()]) -> dict[str, Any]:
        units = book()
        day = q.as_of or units.directory.today()
        ref = units.directory.require(code, day, layer=q.layer)
        return answers.whole_unit(units, ref, day) | {"as_of": f"{day}"}

    @routes.get("/{code}/history")
    async def get_history(code: str, q: Annotated[HistoryQuestion, Query()]) -> dict[str, Any]:
        units = book()
        versions = units.directory.versions(code, layer=q.layer)
        if not versions:
            raise NotFound(units.directory.why_not(code, units.directory.today(), layer=q.layer))
        return {"code": code, "versions": answers.history(units, versions)}


def _known(book: UnitBook, codes: Iterable[str], day: date) -> tuple[dict[str, UnitRef], list[dict[str, Any]]]:
    """Return the units that had the codes on the day, and why which code is that of none."""
    found: dict[str, UnitRef] = {}
    unknown: list[dict[str, Any]] = []
    for code in dict.fromkeys(codes):
        if ref := book.find(code, day):
            found[code] = ref
        else:
            unknown.append({"code": code, "why": book.directory.why_not(code, day)})
    return found, unknown


def _days(book: UnitBook, begin: date | None, end: date | None) -> tuple[date, date, dict[str, str]]:
    today = book.directory.today()
    begin, end = begin or today, end or today
    return begin, end, {"from": f"{begin}", "to": f"{end}"}


def _conversions(book: UnitBook, codes: Iterable[str], begin: date | None, end: date | None) -> dict[str, Any]:
    begin, end, days = _days(book, begin, end)
    found, unknown = _known(book, codes, begin)
    units = [answers.conversion(book, ref, book.convert(ref.id, end), end) for ref in found.values()]
    return days | {"units": units, "unknown": unknown}


def _figures(book: UnitBook, figures: dict[str, float], begin: date | None, end: date | None) -> dict[str, Any]:
    """Return the figures by the units of the day `end`, and those of which nobody knows where they belong: together they are what was given."""
    begin, end, days = _days(book, begin, end)
    found, unknown = _known(book, figures, begin)
    shared, lost = share_out({ref.id: figures[code] for code, ref in found.items()}, book.succession, end)
    told = sorted(
        (answers.figure(book, number, one) for number, one in shared.items()), key=lambda one: (one["unit"] or {}).get("code", "")
    )
    nowhere = [{"code": code, "value": lost[ref.id]} for code, ref in found.items() if ref.id in lost]
    unknown = [one | {"value": figures[one["code"]]} for one in unknown]
    return days | {"figures": told, "exact": all(one["exact"] for one in told), "lost": nowhere, "unknown": unknown}


def _conversion_answer(told: dict[str, Any], form: Form) -> dict[str, Any] | Response:
    if form == "json":
        return told
    _refuse_unknown(told)
    return _csv(answers.conversion_csv(told["units"]))


def _refuse_unknown(told: dict[str, Any]) -> None:
    """Refuse what leaves no room for saying which codes are those of no unit."""
    if unknown := told["unknown"]:
        more = f" (and {len(unknown) - 1:,} more codes; as JSON the answer names them)" if len(unknown) > 1 else ""
        raise NotFound(unknown[0]["why"] + more)


def _csv(text: str) -> Response:
    return Response(text, media_type="text/csv; charset=utf-8")
