"""Administrative units: a hierarchy of any depth whose members have a period of validity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class UnitRef:
    """One version of one unit: the key is (`layer`, `code`, `valid_from`), since codes are given anew to other areas.

    `valid_to` is exclusive, None while in force. `path_vi` and `path_en` name the unit and those above it, smallest first.
    """

    id: int
    layer: str
    code: str
    valid_from: date
    valid_to: date | None
    level: str
    name_vi: str
    name_en: str
    parent_id: int | None
    path_vi: str
    path_en: str

    def is_in_force(self, day: date) -> bool:
        """Return whether this is what the unit was on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def as_json(self) -> dict[str, Any]:
        """Return the form in which stations, alerts and events name their unit."""
        return {
            "code": self.code,
            "valid_from": self.valid_from.isoformat(),
            "level": self.level,
            "name_vi": self.name_vi,
            "name_en": self.name_en,
            "path_vi": self.path_vi,
            "path_en": self.path_en,
        }
