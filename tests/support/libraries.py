"""A 23rd system, which none of the shipped files knows: what libraries tell, as a file of `sdi/systems` that somebody adds."""

from __future__ import annotations

from pathlib import Path

_SYSTEM = """
system: libraries
number: S23
title: {vi: Thư viện, en: Libraries}
owner: {vi: Sở Văn hóa, en: Department of Culture}
sources: ["*-library"]
events:
  - type: book.lent
    title: {vi: Cho mượn sách, en: Book lent}
    schema: {type: object, required: [kind], properties: {kind: {enum: [paper, digital]}}}
    example: {id: b1, subject: L1, time: "2023-05-08T02:00:00Z", unit: "UNIT", data: {kind: paper}}
  - type: book.returned
    title: {vi: Trả sách, en: Book returned}
    schema: {type: object}
    example: {id: b2, subject: L1, time: "2023-05-09T02:00:00Z", unit: "UNIT", data: {}}
cases:
  - id: loan
    title: {vi: Lượt mượn, en: Loan}
    owner: kind
    words: {paper: {vi: Sách giấy, en: On paper}}
    steps:
      - {id: lent, type: book.lent, title: {vi: Mượn, en: Lent}}
      - {id: returned, type: book.returned, title: {vi: Trả, en: Returned}}
    closes: returned
indicators:
  - id: digital-loans-rate
    title: {vi: Tỷ lệ mượn sách số, en: Share of digital loans}
    unit: {vi: "%", en: "%"}
    rate: {part: {event: book.lent, where: {kind: digital}}, of: {event: book.lent}}
    minimum: 1
    targets: [{level: commune, at_least: 50}]
"""


def libraries(unit: str) -> str:
    """Return the file; its examples happen in the commune `unit`."""
    return _SYSTEM.replace("UNIT", unit)


def add_libraries(sdi: Path, unit: str) -> None:
    """Add the file to the systems of the folder `sdi`."""
    (sdi / "systems" / "23-libraries.yaml").write_text(libraries(unit), encoding="utf-8")
