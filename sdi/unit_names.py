"""How units are called in English, and names in plain letters; for the scripts that make the shipped layers."""

from __future__ import annotations

import unicodedata

TYPES_EN = {
    "Tỉnh": "Province",
    "Huyện": "District",
    "Thành phố": "City",
    "Thị xã": "Town",
    "Xã": "Commune",
    "Phường": "Ward",
    "Thị trấn": "Township",
}


def without_diacritics(name: str) -> str:
    """Return `name` in plain Latin letters."""
    marked = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in marked if not unicodedata.combining(letter))
