"""What features say about themselves, what they can be asked for by and sorted by: as JSON schemas (OGC API Features Parts 3 and 5)."""

from __future__ import annotations

import shapely

from ioc.geo.collection import ID, Collection
from ioc.geo.column_words import column_title
from ioc.geo.documents import Json, Language
from ioc.geo.sorting import sortables as names_to_sort_by
from ioc.geo.table import Field, field_type

_GEOMETRY = "geometry"
_KINDS = {"POINT", "LINESTRING", "POLYGON"}


def queryables(base: str, served: Collection, language: Language) -> Json:
    """Return what items can be asked for by in filters; what is no array or geometry is a parameter too."""
    fields = {name: _described(served, language, name, field) for name, field in served.queryables.items()}
    return _schema(base, served, language, "queryables", _place(served) | fields)


def sortables(base: str, served: Collection, language: Language) -> Json:
    """Return what items can be sorted by."""
    fields = {name: _described(served, language, name, served.queryables[name]) for name in names_to_sort_by(served)}
    return _schema(base, served, language, "sortables", fields)


def returnables(base: str, served: Collection, language: Language) -> Json:
    """Return what a feature consists of: its geometry, its id and all attributes, those included that nothing can be asked about."""
    fields = {}
    for column in served.table.schema:
        kind = field_type(column.type)
        fields[column.name] = (
            _described(served, language, column.name, Field(kind, column.name))
            if kind
            else {"title": column_title(served.entry.id, column.name, language)}
        )
    own = {} if ID in fields else {ID: _described(served, language, ID, served.queryables[ID])}
    return _schema(base, served, language, "schema", _place(served) | own | fields)


def _schema(base: str, served: Collection, language: Language, what: str, properties: Json) -> Json:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}/collections/{served.entry.id}/{what}",
        "type": "object",
        "title": getattr(served.entry.title, language),
        "properties": properties,
        "additionalProperties": False,
    }


def _described(served: Collection, language: Language, name: str, field: Field) -> Json:
    described: Json = {"title": column_title(served.entry.id, field.title, language)} | field.schema
    return described | {"x-ogc-role": "id"} if name == ID else described


def _place(served: Collection) -> Json:
    """Return the geometry under its name, unless an attribute has that name."""
    if _GEOMETRY in served.queryables:
        return {}
    return {_GEOMETRY: {"title": _GEOMETRY, "x-ogc-role": "primary-geometry", "format": f"geometry-{_kind(served)}"}}


def _kind(served: Collection) -> str:
    """Return the kind of geometry that all features have, `any` where they differ."""
    names = {shapely.GeometryType(number).name for number in served.geometry_types}
    single = {name.removeprefix("MULTI") for name in names}
    if len(single) != 1 or not single <= _KINDS:
        return "any"
    kind = single.pop().lower()
    return f"multi{kind}" if names == {f"MULTI{kind.upper()}"} else kind if names == {kind.upper()} else f"{kind}-or-multi{kind}"
