"""Archives of tiles for tests, and what is in a tile."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import shapely
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from ioc.errors import NotFound
from ioc.geo.entry import read_catalogue
from ioc.geo.formats import read_file
from ioc.geo.layer import Feature, Source
from ioc.geo.publication import prepare
from ioc.geo.source import in_words_of
from ioc.geo.table import table_of
from ioc.geo.tile_archive import Archive
from ioc.geo.tile_bands import EXTENT
from ioc.geo.tile_make import make_tiles
from ioc.store.layer_versions import Publication
from tests.support.shapes import entry

SDI = Path(__file__).parents[2] / "sdi"
Json = dict[str, Any]


def publication(features: Iterable[Feature], **changed: Any) -> Publication:
    """Return `features` as they are published, as the layer `trees` or what `changed` makes of its entry."""
    given = list(features)
    source = Source(
        crs="EPSG:4326",
        ids=[each.fid for each in given],
        geometries=shapely.from_wkb([shapely.to_wkb(each.geometry) for each in given]),
        table=table_of([each.properties for each in given]),
        notes={},
    )
    return prepare(source, entry(**changed))[0]


def shipped_units() -> Publication:
    """Return the first layer of the shipped catalogue as it is published."""
    own = read_catalogue(SDI / "catalogue.yaml")[0]
    return prepare(in_words_of(read_file(SDI / own.file, own), own, None), own)[0]


def archive(folder: Path, features: Iterable[Feature], **changed: Any) -> Archive:
    """Return the tiles of `features`, in a file in `folder`."""
    return archive_of(folder, publication(features, **changed))


def archive_of(folder: Path, made: Publication) -> Archive:
    """Return the tiles of a publication, in a file in `folder`."""
    path = folder / "tiles.pmtiles"
    make_tiles(made.features, made.layer, path)
    return Archive(path)


def tiles(of: Archive, zoom: int) -> dict[tuple[int, int], list[Json]]:
    """Return the features of each tile of a level by row and column; places are in units from the tile's north-west corner."""
    low_row, high_row, low_col, high_col = of.limits[zoom]
    found = {(r, c): of.tile(zoom, r, c) for r in range(low_row, high_row + 1) for c in range(low_col, high_col + 1)}
    return {place: decoded(tile) for place, tile in found.items() if tile is not None}


def decoded(tile: bytes) -> list[Json]:
    """Return the features of a tile as it is stored."""
    plain = gzip.decompress(tile) if tile[:2] == b"\x1f\x8b" else tile
    ((_, layer),) = mapbox_vector_tile.decode(plain, default_options={"y_coord_down": True}).items()
    assert layer["extent"] == EXTENT
    found: list[Json] = layer["features"]
    return found


def write(path: Path, tiles: Mapping[tuple[int, int, int], bytes], kind: TileType = TileType.MVT) -> Path:
    """Write an archive with tiles by zoom, row and column; it says of levels 3 and 4 where they have something."""
    with path.open("wb") as file:
        writer = Writer(file)
        for number, tile in sorted((zxy_to_tileid(zoom, col, row), tile) for (zoom, row, col), tile in tiles.items()):
            writer.write_tile(number, tile)
        bounds = {"min_lon_e7": 1060000000, "min_lat_e7": 210000000, "max_lon_e7": 1070000000, "max_lat_e7": 220000000}
        metadata = {
            "limits": {"3": [1, 2, 3, 4], "4": [0, 15, 0, 15]},
            "kinds": ["point"],
            "vector_layers": [{"id": "trees", "fields": {"fid": "String"}}],
        }
        writer.finalize({"tile_type": kind, "tile_compression": Compression.GZIP} | bounds, metadata)
    return path


class Opened:
    """Archives that are open already."""

    def __init__(self, archives: dict[str, Archive]) -> None:
        self.archives = archives

    async def find(self, layer: str, version: int) -> tuple[str, Archive]:
        if layer not in self.archives:
            raise NotFound(f"version {version} of layer {layer} has no tiles: the reason")
        return "0123456789abcdef" * 4, self.archives[layer]

    async def open(self, layer: str, version: int) -> Archive:
        return (await self.find(layer, version))[1]
