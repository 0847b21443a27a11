"""Write what became of which unit beside a layer, and the units of Nam Định that ended before the layer begins."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unit_names import TYPES_EN, without_diacritics

SOURCE = "vietnamadminunits 1.0.4"
COLUMNS = ("old_code", "old_from", "new_code", "new_from", "share", "share_of_new", "kind", "source")
DECIMALS = 6
# The units of 2023 were there on 1 January for certain; resolution 1104/NQ-UBTVQH15 ended them.
FORMER_FILE = Path(__file__).parent.parent / "ioc" / "demo" / "namdinh_units_2023.csv"
FORMER_FROM, FORMER_TO = "2023-01-01", "2024-09-01"
# Mỹ Lộc was joined to the city of Nam Định.
DISTRICTS = {"358": "356"}
PROVINCE = "36"


@dataclass(frozen=True, slots=True)
class Part:
    """`share` of the old unit became part of the new one, of which it is `share_of_new` (None: nobody knows)."""

    old_code: str
    old_from: str
    new_code: str
    new_from: str
    share: float
    share_of_new: float | None

    def cells(self) -> tuple[Any, ...]:
        """Return the row of the table."""
        kind = "whole" if self.share > 1 - 10**-DECIMALS else "part"
        of_new = "" if self.share_of_new is None else round(self.share_of_new, DECIMALS)
        return self.old_code, self.old_from, self.new_code, self.new_from, round(self.share, DECIMALS), of_new, kind, SOURCE


def write_succession(path: Path, parts: Iterable[Part]) -> None:
    """Write the table of what became of which unit."""
    _write(path, COLUMNS, [part.cells() for part in parts])


def write_former(path: Path, succession: Path, communes: Sequence[Mapping[str, Any]]) -> None:
    """Write the units of 2023, of which no boundaries are known, and add to `succession` what became of them.

    Raises:
        ValueError: it is not clear what became of a commune.
    """
    lines = [line for line in FORMER_FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    former = list(csv.DictReader(lines))
    rows = [(u["code"], u["level"], u["parent"], u["name_vi"], _name_en(u["name_vi"]), FORMER_FROM, FORMER_TO) for u in former]
    _write(path, ("code", "level", "parent", "name_vi", "name_en", "valid_from", "valid_to"), rows)
    parts = [Part(u["code"], FORMER_FROM, _successor(u, communes), FORMER_TO, 1.0, None) for u in former]
    with succession.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(part.cells() for part in parts)


def _successor(unit: Mapping[str, str], communes: Sequence[Mapping[str, Any]]) -> str:
    """Return the code of the unit of September 2024 that a unit of 2023 became part of: the one that goes by its name too, else its own."""
    if unit["level"] != "commune":
        return DISTRICTS.get(unit["code"], unit["code"])
    district = DISTRICTS.get(unit["parent"], unit["parent"])
    here = [c for c in communes if c["provinceCode"] == PROVINCE and c["districtCode"] == district]
    key = "".join(letter for letter in without_diacritics(unit["name_vi"]).lower() if letter.isalnum())
    named = [c["wardCode"] for c in here if key in json.loads(c["wardKeywords"])]
    found = named if len(named) == 1 else [c["wardCode"] for c in here if c["wardCode"] == unit["code"]]
    if len(found) != 1:
        raise ValueError(f"it is not clear what became of {unit['code']} {unit['name_vi']}: {named}")
    return str(found[0])


def _name_en(name_vi: str) -> str:
    kind = next(kind for kind in TYPES_EN if name_vi.startswith(f"{kind} "))
    return f"{without_diacritics(name_vi.removeprefix(kind).strip())} {TYPES_EN[kind]}"


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
