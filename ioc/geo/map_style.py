"""How layers look on a map, as a MapLibre style: by kind of geometry, units by their level, with names in one language."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from ioc.geo.collection import Collection
from ioc.geo.documents import Json
from ioc.geo.tile_archive import Archive
from ioc.geo.tile_documents import MATRIX_SET, address_of

# Told apart by most who do not see all colours (Okabe and Ito 2008), dark enough beside white.
_COLOURS = ("#0072b2", "#d55e00", "#007a5a", "#a64d79", "#8a6d00", "#3d6f99")
_GROUND, _INK, _HALO = "#f4f3ef", "#222222", "#ffffff"
_NAMES = ("name_{language}", "name", "ten", "title", "ten_{language}")
# Level of a unit: from which zoom its outline is drawn, from where to where its name, how wide the line is, how large the name. A name
# stands once in each tile that the unit lies in: it goes before the unit is as large as several.
_LEVELS = {"province": (0, (5, 9), 2.4, 16), "district": (7, (8, 11), 1.4, 13), "commune": (8, (10.5, 24), 0.7, 11)}

Expression = list[Any]


class Drawn(NamedTuple):
    """A layer and the archive of its tiles."""

    served: Collection
    archive: Archive


def style(base: str, layers: Sequence[Drawn], *, language: str, day: date, title: str) -> Json:
    """Return the style of `layers`, the first at the bottom; of what has validity it shows what is in force on `day`.

    There are no fonts in it: MapLibre then writes with those of the machine, and no server of fonts is asked.
    """
    bounds = [each.archive.bounds for each in layers]
    middle = [sum(f(side) for f, side in ((min, low), (max, high))) / 2 for low, high in _sides(bounds)] if bounds else [106.2, 16.0]
    return {
        "version": 8,
        "name": title,
        "metadata": {"language": language, "datetime": day.isoformat()},
        "center": middle,
        "zoom": 8 if bounds else 5,
        "sources": {each.served.entry.id: _source(base, each) for each in layers},
        "layers": [
            {"id": "ground", "type": "background", "paint": {"background-color": _GROUND}},
            *(part for each in layers for part in _shapes(each, day)),
            *(part for each in layers for part in _names(each, day, language)),
        ],
    }


def _sides(bounds: Sequence[tuple[float, ...]]) -> list[tuple[list[float], list[float]]]:
    west, south, east, north = (list(side) for side in zip(*bounds, strict=True))
    return [(west, east), (south, north)]


def _source(base: str, drawn: Drawn) -> Json:
    entry = drawn.served.entry
    return {
        "type": "vector",
        "url": f"{address_of(base, entry.id)}/{MATRIX_SET}/tilejson.json",
        "attribution": entry.owner,
        "promoteId": {entry.id: "fid"},
    }


def _shapes(drawn: Drawn, day: date) -> list[Json]:
    if drawn.served.entry.kind == "units":
        return _units(drawn, day)
    colour = colour_of(drawn.served.entry.id)
    found: list[Json] = []
    if "polygon" in drawn.archive.kinds:
        found.append(_layer(drawn, "area", "fill", day, "Polygon", {"fill-color": colour, "fill-opacity": 0.25}))
        found.append(_layer(drawn, "edge", "line", day, "Polygon", {"line-color": colour, "line-width": _wider(0.5, 1.5)}))
    if "line" in drawn.archive.kinds:
        found.append(_layer(drawn, "line", "line", day, "LineString", {"line-color": colour, "line-width": _wider(0.8, 3.5)}))
    if "point" in drawn.archive.kinds:
        circle = {"circle-color": colour, "circle-radius": _wider(2, 7), "circle-stroke-color": _HALO, "circle-stroke-width": 1}
        found.append(_layer(drawn, "point", "circle", day, "Point", circle))
    return found


def _units(drawn: Drawn, day: date) -> list[Json]:
    """Return a tint for the whole and the outlines by level, the greater ones above."""
    tint = {"fill-color": colour_of(drawn.served.entry.id), "fill-opacity": 0.08}
    found = [_layer(drawn, "area", "fill", day, "Polygon", tint, ["==", ["get", "level"], "province"])]
    for level in reversed(_LEVELS):
        first, _, width, _ = _LEVELS[level]
        paint = {"line-color": _INK, "line-width": _wider(width / 2, width * 1.5), "line-opacity": 0.8}
        edge = _layer(drawn, f"edge-{level}", "line", day, "Polygon", paint, ["==", ["get", "level"], level])
        found.append(edge | {"minzoom": first})
    return found


def _names(drawn: Drawn, day: date, language: str) -> list[Json]:
    known = [name.format(language=language) for name in _NAMES]
    fields = [name for name in known if name in drawn.archive.fields]
    if not fields:
        return []
    text: Expression = ["coalesce", *(["get", name] for name in fields), ""]
    if drawn.served.entry.kind == "units":
        return [
            _label(drawn, f"name-{level}", day, text, size, ["==", ["get", "level"], level]) | {"minzoom": first, "maxzoom": last}
            for level, (_, (first, last), _, size) in _LEVELS.items()
        ]
    return [_label(drawn, "name", day, text, 12, None) | {"minzoom": min(13, drawn.archive.max_zoom)}]


def _label(drawn: Drawn, part: str, day: date, text: Expression, size: float, only: Expression | None) -> Json:
    of_lines = drawn.archive.kinds == ["line"]
    layout = {
        "text-field": text,
        "text-size": size,
        "symbol-placement": "line" if of_lines else "point",
        **(
            {"text-variable-anchor": ["top", "bottom", "right", "left"], "text-radial-offset": 0.7}
            if "point" in drawn.archive.kinds
            else {}
        ),
    }
    paint = {"text-color": _INK, "text-halo-color": _HALO, "text-halo-width": 1.4}
    return _layer(drawn, part, "symbol", day, None, paint, only) | {"layout": layout}


def _layer(drawn: Drawn, part: str, kind: str, day: date, geometry: str | None, paint: Json, only: Expression | None = None) -> Json:
    name = drawn.served.entry.id
    conditions = [] if only is None else [only]
    if geometry is not None and len(drawn.archive.kinds) > 1:
        conditions.append(["in", ["geometry-type"], ["literal", [geometry, f"Multi{geometry}"]]])
    conditions += _in_force(drawn.archive, day)
    found = {"id": f"{name}-{part}", "type": kind, "source": name, "source-layer": name, "paint": paint}
    return found | ({"filter": ["all", *conditions]} if conditions else {})


def _in_force(archive: Archive, day: date) -> list[Expression]:
    told = day.isoformat()
    found: list[Expression] = []
    if "valid_from" in archive.fields:
        found.append(["<=", ["coalesce", ["get", "valid_from"], ""], told])
    if "valid_to" in archive.fields:
        found.append([">", ["coalesce", ["get", "valid_to"], "9999"], told])
    return found


def _wider(far: float, near: float) -> Expression:
    return ["interpolate", ["linear"], ["zoom"], 6, far, 16, near]


def colour_of(layer: str) -> str:
    """Return the colour of a layer, which stays the same as long as its name does."""
    return _COLOURS[zlib.crc32(layer.encode()) % len(_COLOURS)]
