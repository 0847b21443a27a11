"""Small layers for tests: squares with names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import shapely

from ioc.domain.unit import UnitRef
from ioc.geo.collection import Collection
from ioc.geo.entry import CatalogueEntry, Text
from ioc.geo.layer import Feature

SOME_DAY = date(2025, 3, 1)
SOME_TIME = datetime(2025, 3, 1, tzinfo=UTC)


def square(west: float, south: float, side: float = 1.0) -> shapely.Polygon:
    """Return a square by its south-west corner."""
    return shapely.box(west, south, west + side, south + side)


def unit(number: int, code: str, area: shapely.Geometry | None, **changed: Any) -> tuple[UnitRef, bytes | None]:
    """Return a unit in force since 2025 as `UnitIndex` takes it."""
    own: dict[str, Any] = {
        "layer": "units",
        "valid_from": date(2025, 1, 1),
        "valid_to": None,
        "level": "commune",
        "name_vi": f"Xã {code}",
        "name_en": f"{code} Commune",
        "parent_id": None,
        "path_vi": f"Xã {code}",
        "path_en": f"{code} Commune",
    }
    return UnitRef(id=number, code=code, **(own | changed)), None if area is None else shapely.to_wkb(area)


def entry(**changed: Any) -> CatalogueEntry:
    """Return the entry of a public layer `trees`."""
    own: dict[str, Any] = {
        "id": "trees",
        "title": Text("Cây", "Trees"),
        "summary": Text("Cây xanh đô thị.", "Trees of the town."),
        "file": "trees.geojson",
        "public": True,
        "owner": "town",
        "licence": "CC0-1.0",
        "lineage": Text("Đo đạc", "Surveyed"),
    }
    return CatalogueEntry(**(own | changed))


def collection(features: Iterable[Feature], **changed: Any) -> Collection:
    """Return the first version of a layer with `features`, which must be in order of their ids."""
    return Collection.from_features(entry(**changed), list(features), version=1, published_at=SOME_TIME, changed_at=SOME_TIME)


def feature(geometry: shapely.Geometry | None, properties: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    shape = None if geometry is None else json.loads(shapely.to_geojson(geometry))
    return {"type": "Feature", "geometry": shape, "properties": dict(properties), **changed}


def unit_feature(code: str, geometry: shapely.Geometry, **changed: Any) -> dict[str, Any]:
    """Return the GeoJSON feature of a unit in force since 2025."""
    own = {"code": code, "level": "commune", "name_vi": f"Xã {code}", "name_en": f"{code} Commune", "valid_from": "2025-01-01"}
    return feature(geometry, own | changed)


def write_geojson(path: Path, features: Iterable[Mapping[str, Any]]) -> Path:
    """Write a GeoJSON file and return where it is."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path
