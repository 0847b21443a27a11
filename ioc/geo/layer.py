"""Layers in memory: features with their validity, and what a check of them finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from shapely.geometry.base import BaseGeometry

Geometries: TypeAlias = npt.NDArray[np.object_]
Properties: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Feature:
    """A thing with a place: `geometry` in longitude and latitude (WGS 84), `valid_to` exclusive, None where nothing is said."""

    fid: str
    geometry: BaseGeometry
    properties: Properties
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """What a file holds, as it holds it: `ids` are the reader's own, `crs` is None where the file does not say.

    Where `is_bytes` the texts have a letter up to U+00FF for each byte; `stated` is the encoding that the file names. `may_default_crs`: the
    format has WGS 84 unless it says otherwise, so that this says little.
    """

    name: str
    geometries: Geometries
    table: pa.Table
    ids: list[str]
    crs: str | None
    is_bytes: bool = False
    stated: str | None = None
    may_default_crs: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds, in the words of the catalogue: geometries in longitude and latitude (WGS 84), not yet checked.

    `crs` is the coordinate system that they were in, `notes` say where that and the encoding are known from.
    """

    crs: str
    ids: list[str]
    geometries: Geometries
    table: pa.Table
    notes: Mapping[str, str]

    @property
    def rows(self) -> list[Properties]:
        """The attributes feature by feature: for small layers."""
        found: list[Properties] = self.table.to_pylist()
        return found or [{} for _ in self.ids]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a layer cannot be published; `feature` names the feature, None where it is the layer as a whole."""

    feature: str | None
    text: str

    def __str__(self) -> str:
        return self.text if self.feature is None else f"feature {self.feature}: {self.text}"


@dataclass(frozen=True, slots=True)
class Repair:
    """An invalid geometry that was mended: what was wrong, and where."""

    feature: str
    reason: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What is worth knowing of a layer though it is published: `kind` as a word, `text` for people, and where; areas in square metres."""

    kind: str
    text: str
    features: tuple[str, ...] = ()
    area_m2: float | None = None
    lon: float | None = None
    lat: float | None = None
