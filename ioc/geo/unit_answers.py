"""How units, their history and what became of them are told: plain values for JSON, and rows of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ioc.domain.unit import UnitRef
from ioc.geo.succession import Link, Portion, Shared
from ioc.geo.unit_book import UnitBook

UNIT_COLUMNS = ("code", "valid_from", "valid_to", "level", "name_vi", "name_en", "parent", "path_vi", "path_en", "layer")
CONVERSION_COLUMNS = ("old_code", "old_from", "old_name", "new_code", "new_from", "new_name", "share", "exact", "via")
FIGURE_COLUMNS = ("code", "valid_from", "name_vi", "name_en", "value", "exact", "origins")
_DECIMALS = 6


def unit(ref: UnitRef) -> dict[str, Any]:
    """Return a unit with its period and layer."""
    return ref.as_json() | {"valid_to": ref.valid_to.isoformat() if ref.valid_to else None, "layer": ref.layer}


def brief(ref: UnitRef) -> dict[str, Any]:
    """Return what tells a unit from others."""
    told = unit(ref)
    return {name: told[name] for name in ("code", "valid_from", "valid_to", "level", "name_vi", "name_en")}


def whole_unit(book: UnitBook, ref: UnitRef, day: date) -> dict[str, Any]:
    """Return all that is known of a unit: above and below it on the day, before and after it, and who else has or had its code."""
    found = book.directory
    return unit(ref) | {
        "parents": [brief(above) for above in found.parents(ref)],
        "children": len(found.children(ref, day)),
        **_neighbours(book, ref),
        "others": [brief(other) for other in found.versions(ref.code) if other.id != ref.id],
    }


def history(book: UnitBook, versions: Sequence[UnitRef]) -> list[dict[str, Any]]:
    """Return the units that have or had a code, each with what it was made of and what became of it, the oldest first."""
    return [unit(ref) | _neighbours(book, ref) for ref in versions]


def conversion(book: UnitBook, ref: UnitRef, portions: Sequence[Portion], day: date) -> dict[str, Any]:
    """Return what became of a unit; where the way of the unit above was taken, also the units that those below it became part of."""
    told: dict[str, Any] = {
        "unit": brief(ref),
        "to": [_portion(book, portion) for portion in portions],
        "exact": bool(portions) and all(portion.exact for portion in portions),
    }
    if any(portion.via is not None for portion in portions):
        reached = book.succession.reached_from_below(book.below(ref), day)
        told["below"] = sorted((brief(one) for number in reached if (one := book.ref(number))), key=lambda one: one["code"])
    return told


def figure(book: UnitBook, number: int, shared: Shared) -> dict[str, Any]:
    """Return a figure of a unit of the day asked for, and whose figures it is made of."""
    ref = book.ref(number)
    origins = [origin.code for one in shared.origins if (origin := book.ref(one))]
    return {
        "unit": brief(ref) if ref else None,
        "value": number_of(shared.value, exact=shared.exact),
        "exact": shared.exact,
        "origins": origins,
    }


def number_of(value: float, *, exact: bool) -> int | float:
    """Return a figure without the noise of adding up shares; an exact one that is whole as a whole number."""
    rounded = round(value, _DECIMALS)
    return int(rounded) if exact and rounded.is_integer() else rounded


def units_csv(book: UnitBook, refs: Iterable[UnitRef]) -> str:
    """Return units as CSV."""
    rows = [unit(ref) | {"parent": above[0].code if (above := book.directory.parents(ref)) else None} for ref in refs]
    return as_csv(UNIT_COLUMNS, rows)


def conversion_csv(conversions: Iterable[Mapping[str, Any]]) -> str:
    """Return conversions as CSV, a line for each pair of units."""
    rows = []
    for one in conversions:
        for portion in one["to"]:
            told = {f"{side}_{name}": ref[key] for side, ref in (("old", one["unit"]), ("new", portion["unit"])) for name, key in _PAIR}
            rows.append(told | {"share": portion["share"], "exact": portion["exact"], "via": (portion["via"] or {}).get("code")})
    return as_csv(CONVERSION_COLUMNS, rows)


def figures_csv(figures: Iterable[Mapping[str, Any]], lost: Iterable[Mapping[str, Any]]) -> str:
    """Return figures as CSV, a line for each unit, and lines without a unit for those that belong to none."""
    rows = [{**one, **(one["unit"] or {}), "origins": " ".join(one["origins"])} for one in figures]
    return as_csv(FIGURE_COLUMNS, [*rows, *({"value": one["value"], "exact": False, "origins": one["code"]} for one in lost)])


_PAIR = (("code", "code"), ("from", "valid_from"), ("name", "name_vi"))


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV with a header line; other members are left out."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: str(value).lower() if isinstance(value, bool) else value for name, value in row.items()} for row in rows)
    return text.getvalue()


def _neighbours(book: UnitBook, ref: UnitRef) -> dict[str, Any]:
    return {
        "predecessors": [_step(book, link, link.old) for link in book.succession.predecessors(ref.id)],
        "successors": [_step(book, link, link.new) for link in book.succession.successors(ref.id)],
    }


def _step(book: UnitBook, link: Link, other: int) -> dict[str, Any]:
    ref = book.ref(other)
    shares = {"share": round(link.share, _DECIMALS), "share_of_new": round(link.share_of_new, _DECIMALS)}
    return {"unit": brief(ref) if ref else None, **shares, "kind": link.kind, "source": link.source}


def _portion(book: UnitBook, portion: Portion) -> dict[str, Any]:
    ref, via = book.ref(portion.unit), book.ref(portion.via) if portion.via is not None else None
    told = {"unit": brief(ref) if ref else None, "share": round(portion.share, _DECIMALS), "exact": portion.exact}
    return told | {"via": brief(via) if via else None}
