"""Vector tiles read from a PMTiles archive (version 3), as they are stored: compressed with gzip."""

from __future__ import annotations

import gzip
import mmap
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec
from pmtiles.tile import Compression, Entry, TileType, deserialize_directory, deserialize_header, find_tile, zxy_to_tileid

# A directory of the usual 4,096 tiles takes 0.5 MB in memory and some milliseconds to read.
_DIRECTORIES_KEPT = 64
_DEEPEST = 4

Metadata: TypeAlias = dict[str, Any]


class Limits(NamedTuple):
    """The tiles of one zoom level that have something: rows from the north, columns from the west, both ends included."""

    min_row: int
    max_row: int
    min_col: int
    max_col: int

    def has(self, row: int, col: int) -> bool:
        """Return whether the tile is in the range; it may be empty all the same."""
        return self.min_row <= row <= self.max_row and self.min_col <= col <= self.max_col


class Archive:
    """An archive that is mapped into memory; the pages that are read often stay there.

    Attributes:
        limits: by zoom level, which tiles have something.
        kinds: which of `point`, `line` and `polygon` its features are.
        fields: the attributes of its features, each with `String`, `Number` or `Boolean`.
        bounds: west, south, east and north in degrees.
    """

    def __init__(self, path: Path) -> None:
        """Open the archive at `path`.

        Raises:
            ValueError: it is not an archive of vector tiles that `tile_make` has made, or is cut off.
        """
        with path.open("rb") as file:
            try:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                header = deserialize_header(self._bytes[:127])
            except Exception as error:
                raise ValueError(f"{path.name} is not a PMTiles archive of version 3: {error}") from error
        if header["tile_type"] != TileType.MVT or header["tile_compression"] != Compression.GZIP:
            raise ValueError(f"{path.name} holds {header['tile_type'].name} with {header['tile_compression'].name}, not MVT with GZIP")
        if header["tile_data_offset"] + header["tile_data_length"] > len(self._bytes):
            raise ValueError(f"{path.name} has {len(self._bytes)} bytes and is cut off")
        self._root = (header["root_offset"], header["root_length"])
        self._leaves, self._tiles = header["leaf_directory_offset"], header["tile_data_offset"]
        metadata = self._metadata(header["metadata_offset"], header["metadata_length"])
        self.limits = {int(zoom): Limits(*each) for zoom, each in metadata["limits"].items()}
        self.kinds: list[str] = metadata["kinds"]
        (layer,) = metadata["vector_layers"]
        self.fields: dict[str, str] = layer["fields"]
        self.bounds = tuple(header[side] / 1e7 for side in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"))
        self._directory = lru_cache(_DIRECTORIES_KEPT)(self._read_directory)

    @property
    def min_zoom(self) -> int:
        """The first zoom level."""
        return min(self.limits)

    @property
    def max_zoom(self) -> int:
        """The last zoom level."""
        return max(self.limits)

    def tile(self, zoom: int, row: int, col: int) -> bytes | None:
        """Return a tile as it is stored, None where it is empty; ValueError where there is no such tile in the world."""
        number = zxy_to_tileid(zoom, col, row)
        place = self._root
        for _ in range(_DEEPEST):
            found = find_tile(self._directory(*place), number)
            if found is None:
                return None
            if found.run_length:
                start = self._tiles + found.offset
                return self._bytes[start : start + found.length]
            place = (self._leaves + found.offset, found.length)
        return None

    def _metadata(self, start: int, length: int) -> Metadata:
        return msgspec.json.decode(gzip.decompress(self._bytes[start : start + length]), type=Metadata)

    def _read_directory(self, start: int, length: int) -> list[Entry]:
        return deserialize_directory(self._bytes[start : start + length])
