"""How much a layer may be: what is over a limit is refused with the value and the limit, before it takes the memory."""

from __future__ import annotations

FILE_BYTES = 2 << 30
"""Of a file, packed or not: ten times the buildings of a province."""

UNPACKED_BYTES = 4 << 30
"""Of all that a zip holds."""

ZIP_FILES = 100
"""Names in a zip."""

ZIP_RATIO = 200
"""How much smaller than its content a zip may be, where the content is over `ZIP_SMALL_BYTES`; a table of buildings comes to about 30."""

ZIP_SMALL_BYTES = 64 << 20

FEATURES = 3_000_000
"""In a layer."""

VERTICES = 500_000
"""Of one geometry: the coast of the country has 200,000."""

REPAIRED_VERTICES = 50_000
"""Of one geometry that has to be repaired, because the time for that grows with the crossings of its lines."""

ALL_VERTICES = 60_000_000
"""Of all geometries of a layer: 16 bytes each, several times over."""

ATTRIBUTES = 500
"""Columns of a layer."""
