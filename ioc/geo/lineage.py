"""Publish what became of a layer's units, and its former units: read from the files that the catalogue entry names, checked, replaced whole."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias, cast

from ioc.errors import BadInput
from ioc.geo.entry import CatalogueEntry
from ioc.geo.layer import Problem
from ioc.geo.publication import LayerRefused
from ioc.geo.succession import Kind, Step, UnitKey, settle
from ioc.store.pool import Connection
from ioc.store.units import FormerRow, LinkRow, load_former, load_steps, published_units, save_lineage

LARGEST_FILE_BYTES = 32 << 20
_SUCCESSION = ("old_code", "old_from", "new_code", "new_from")
_FORMER = ("code", "level", "name_vi", "name_en", "valid_from", "valid_to")
_KINDS = ("whole", "part")

Rows: TypeAlias = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class LineageReport:
    """What publishing the succession of a layer came to; `estimated` counts the steps whose share is less than the whole unit."""

    layer: str
    former: int
    steps: int
    estimated: int
    changed: bool


async def publish_lineage(conn: Connection, entry: CatalogueEntry, folder: Path) -> LineageReport | None:
    """Replace what is known of the succession of the layer that `entry` describes; None where the entry names no files.

    The files are relative to `folder`. The layer must have been published before, in the same transaction or earlier.

    Raises:
        BadInput: a file cannot be read, or (as `LayerRefused`) names units that are not there or shares that do not add up; nothing has changed then.
    """
    if entry.succession is None and entry.former is None:
        return None
    tables = [await asyncio.to_thread(read_table, folder / name) if name else [] for name in (entry.former, entry.succession)]
    return await publish_tables(conn, entry.id, former=tables[0], succession=tables[1])


async def publish_tables(conn: Connection, layer: str, *, former: Rows | None = None, succession: Rows | None = None) -> LineageReport:
    """Replace the former units of `layer`, what became of its units, or both; None keeps what is there.

    Raises:
        LayerRefused: a row is wrong, or the two tables and the units that are served do not fit together; nothing has changed then.
    """
    problems: list[str] = []
    async with conn.transaction():
        units = await published_units(conn, layer)
        known: dict[UnitKey, date | None] = {(unit["code"], unit["valid_from"]): unit["valid_to"] for unit in units}
        former_rows = _former_rows(former, problems) if former is not None else await load_former(conn, layer)
        steps = _steps(succession, problems) if succession is not None else _as_steps(await load_steps(conn, layer))
        problems += _former_problems(former_rows, known)
        known |= {(row.code, row.valid_from): row.valid_to for row in former_rows}
        if not problems:
            settled, problems = await asyncio.to_thread(settle, steps, known)
        if problems:
            raise LayerRefused(layer, [Problem(None, problem) for problem in problems])
        links = [LinkRow(*s.old, *s.new, s.share or 0.0, s.share_of_new or 0.0, s.kind or "part", s.source) for s in settled]
        changed = await save_lineage(conn, layer, former=former_rows, links=links)
    return LineageReport(layer, len(former_rows), len(links), sum(link.kind == "part" for link in links), changed)


def _former_rows(rows: Rows, problems: list[str]) -> list[FormerRow]:
    return [_former_row(*line, problems) for line in _lines(rows, _FORMER, problems)]


def _steps(rows: Rows, problems: list[str]) -> list[Step]:
    return [step for line in _lines(rows, _SUCCESSION, problems) if (step := _step(*line, problems))]


def _as_steps(links: Iterable[LinkRow]) -> list[Step]:
    return [
        Step((link.old, link.old_from), (link.new, link.new_from), link.share, link.share_of_new, cast("Kind", link.kind), link.source)
        for link in links
    ]


def read_table(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a CSV file with a header line, or of a JSON file that is an array of objects.

    Raises:
        BadInput: it cannot be read, is larger than `LARGEST_FILE_BYTES`, or is neither.
    """
    try:
        if (size := path.stat().st_size) > LARGEST_FILE_BYTES:
            raise BadInput(f"{path.name} has {size:,} bytes, more than {LARGEST_FILE_BYTES:,}")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name} is not UTF-8: {error.reason} at byte {error.start}") from error
    return rows_of(text, path.name, is_json=path.suffix.lower() == ".json")


def rows_of(text: str, name: str, *, is_json: bool) -> list[dict[str, Any]]:
    """Return the rows of a table that is written in `text`: CSV with a header line, or JSON; BadInput where it is neither."""
    try:
        if not is_json:
            return list(csv.DictReader(io.StringIO(text)))
        rows = json.loads(text)
    except csv.Error as error:
        raise BadInput(f"{name} is not CSV: {error}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is not JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput(f"{name} is not an array of objects")
    return rows


def _lines(rows: Rows, columns: Iterable[str], problems: list[str]) -> list[tuple[str, dict[str, str]]]:
    """Return for each row what it is called and its cells as texts; a row that lacks one that must be there is a problem instead."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = {name: str(value).strip() for name, value in row.items() if isinstance(name, str) and value is not None}
        if missing := [name for name in columns if not cells.get(name)]:
            problems.append(f"row {number} has no {', '.join(missing)}")
        else:
            lines.append((f"row {number}", cells))
    return lines


def _day(where: str, cells: Mapping[str, str], name: str, problems: list[str]) -> date:
    try:
        return date.fromisoformat(cells[name])
    except ValueError:
        problems.append(f"{where}: its {name} {cells[name][:40]!r} is not a date such as 2025-07-01")
        return date.min


def _share(where: str, cells: Mapping[str, str], name: str, problems: list[str]) -> float | None:
    try:
        return float(cells[name]) if cells.get(name) else None
    except ValueError:
        problems.append(f"{where}: its {name} {cells[name][:40]!r} is not a number")
        return None


def _step(where: str, cells: Mapping[str, str], problems: list[str]) -> Step | None:
    kind = cells.get("kind") or None
    if kind not in (None, *_KINDS):
        problems.append(f"{where}: its kind {kind[:40] if kind else kind!r} is neither whole nor part")
        return None
    old, new = ((cells[f"{side}_code"], _day(where, cells, f"{side}_from", problems)) for side in ("old", "new"))
    share, of_new = (_share(where, cells, name, problems) for name in ("share", "share_of_new"))
    return Step(old, new, share, of_new, cast("Kind | None", kind), cells.get("source", ""))


def _former_row(where: str, cells: Mapping[str, str], problems: list[str]) -> FormerRow:
    since, until = (_day(where, cells, name, problems) for name in ("valid_from", "valid_to"))
    return FormerRow(cells["code"], since, until, cells["level"], cells["name_vi"], cells["name_en"], cells.get("parent") or None)


def _former_problems(former: Sequence[FormerRow], known: Mapping[UnitKey, date | None]) -> list[str]:
    """Return which former units are there twice, do not end after they begin, overlap one of their code in the layer, or have no parent."""
    problems = [f"{code} of {since} is there {n} times" for (code, since), n in Counter(row[:2] for row in former).items() if n > 1]
    first: dict[str, date] = {}
    for code, since in known:
        first[code] = min(since, first.get(code, since))
    codes = {row.code for row in former}
    for row in former:
        if row.valid_to <= row.valid_from:
            problems.append(f"{row.code}: its valid_to {row.valid_to} is not after its valid_from {row.valid_from}")
        if row.code in first and row.valid_to > first[row.code]:
            problems.append(
                f"{row.code} of {row.valid_from} ends {row.valid_to}, but the layer has a unit of this code since {first[row.code]}"
            )
        if row.parent is not None and row.parent not in codes and row.parent not in first:
            problems.append(f"{row.code} of {row.valid_from}: its parent {row.parent} is not in the layer")
    return problems
