"""Layers in memory: features with their validity, and what a check of them finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
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
class Source:
    """What a file holds, in the words of the catalogue: geometries in longitude and latitude (WGS 84), not yet checked."""

    crs: str
    ids: list[str]
    geometries: Geometries
    rows: list[Properties]


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
