"""CSV as spreadsheets write it: what separates its cells, and what a comma in a number is."""

from __future__ import annotations

import re

_SEPARATORS = ",;\t"
_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def separator_of(header: str) -> str:
    """Return what separates the cells of a file with this first line: comma, semicolon or tab."""
    return max(_SEPARATORS, key=header.count)


def with_point(cell: str, separator: str) -> str:
    """Return `cell` with a decimal point where it is a number with a decimal comma.

    Only where semicolons separate: spreadsheets write these where, as in Vietnam, the comma is the decimal mark. Elsewhere a comma in a
    number may as well part thousands, so `cell` is left as it is.
    """
    return cell.replace(",", ".") if separator == ";" and _COMMA.fullmatch(cell) else cell
