"""What a viewer looks at: a rectangle in degrees."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """A bounding box in WGS 84; `west` over `east` spans the antimeridian. An entity without a place is in every view."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float | None, lat: float | None) -> bool:
        """Return whether a place is inside, edges included."""
        if lon is None or lat is None:
            return True
        if not self.south <= lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= lon <= self.east
        return lon >= self.west or lon <= self.east


EVERYTHING = View(-180.0, -90.0, 180.0, 90.0)
