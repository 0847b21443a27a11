"""Archives of tiles for tests, and what is in a tile."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import shapely

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
