"""OGC API Tiles under `/ogc`: tiles as they are stored, what is known about them, and styles to draw them with."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import msgspec
from fastapi import APIRouter, Request, Response

from ioc.domain.clock import Clock, SystemClock, local_day
from ioc.errors import BadInput, NotFound, Unauthorized
from ioc.geo import tile_documents
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.documents import JSON, TITLE, Json
from ioc.geo.map_style import Drawn, style
from ioc.geo.read_route import Admit, ReadRoute, admit_all
from ioc.geo.routes import Ask, Asked, is_admitted
from ioc.geo.tile_archive import Archive
from ioc.geo.tile_documents import MATRIX_SET, MVT, STYLE_TYPE, WHOLE
from ioc.geo.tiles import Tilesets

_PREFIX = "/ogc"
_LONGEST_NUMBER = 10
_STAMP = 16
_UNCHANGING = "max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Readable:
    """The layers that who asks may read."""

    catalogue: Callable[[], LayerCatalogue]
    is_viewer: Callable[[Request], bool]

    def all(self, request: Request) -> list[Collection]:
        """Return every layer that `request` may read."""
        everything = self.is_viewer(request)
        return [each for each in self.catalogue().collections.values() if each.entry.public or everything]

    def named(self, request: Request, name: str) -> Collection:
        """Return the layer `name`; NotFound where there is none, Unauthorized where it is not for everybody."""
        served = self.catalogue().collection(name)
        if not served.entry.public and not self.is_viewer(request):
            raise Unauthorized(f"collection {name} is not public: a key is needed")
        return served


class TileAnswers:
    """One method for each path; see `router`."""

    def __init__(self, readable: Readable, tilesets: Tilesets, clock: Clock) -> None:
        self._readable, self._tilesets, self._clock = readable, tilesets, clock

    async def matrix_sets(self, ask: Asked) -> Response:
        """Return the tile matrix sets, of which there is one."""
        _take_only(ask)
        return _json(tile_documents.matrix_sets(ask.base))

    async def matrix_set(self, ask: Asked, matrix_set_id: str) -> Response:
        """Return the definition of a tile matrix set."""
        _take_only(ask)
        _check_matrix_set(matrix_set_id)
        return _json(tile_documents.matrix_set())

    async def tilesets(self, ask: Asked, collection_id: str) -> Response:
        """Return the tilesets of a layer."""
        _take_only(ask)
        served = self._readable.named(ask.request, collection_id)
        await self._tilesets.open(collection_id, served.version)
        return _json(tile_documents.tilesets(ask.base, served, ask.language))

    async def tileset(self, ask: Asked, collection_id: str, matrix_set_id: str) -> Response:
        """Return what is known of a tileset: from which level to which, where, with which attributes."""
        return await self._described(ask, collection_id, matrix_set_id, tile_documents.tileset)

    async def tilejson(self, ask: Asked, collection_id: str, matrix_set_id: str) -> Response:
        """Return the same as TileJSON."""
        return await self._described(ask, collection_id, matrix_set_id, tile_documents.tilejson)

    async def _described(
        self, ask: Asked, collection_id: str, matrix_set_id: str, tell: Callable[[str, Collection, Archive, str, str], Json]
    ) -> Response:
        _take_only(ask)
        served = self._readable.named(ask.request, collection_id)
        _check_matrix_set(matrix_set_id)
        checksum, archive = await self._tilesets.find(collection_id, served.version)
        return _json(tell(ask.base, served, archive, ask.language, checksum[:_STAMP]))

    async def tile(
        self, request: Request, collection_id: str, matrix_set_id: str, tile_matrix: str, tile_row: str, tile_col: str
    ) -> Response:
        """Return one tile, as it is stored where the caller takes gzip; 204 where it is empty."""
        served = self._readable.named(request, collection_id)
        _check_matrix_set(matrix_set_id)
        stamp = _stamp(request.query_params)
        checksum, archive = await self._tilesets.find(collection_id, served.version)
        found = archive.tile(*_place(archive, collection_id, tile_matrix, tile_row, tile_col))
        audience = "public" if served.entry.public else "private"
        lasting = _UNCHANGING if stamp == checksum[:_STAMP] else "no-cache"
        return _tile(request, found, f"{audience}, {lasting}")

    async def style(self, ask: Asked, collection_id: str) -> Response:
        """Return the style of one layer."""
        day = self._day(ask)
        served = self._readable.named(ask.request, collection_id)
        drawn = Drawn(served, await self._tilesets.open(collection_id, served.version))
        return _json(style(ask.base, [drawn], language=ask.language, day=day, title=getattr(served.entry.title, ask.language)), STYLE_TYPE)

    async def whole_style(self, ask: Asked) -> Response:
        """Return one style of all layers that are public and have tiles, in the order of the catalogue from the top."""
        day = self._day(ask)
        drawn = [each for each in await self._drawn(ask) if each.served.entry.public]
        made = style(ask.base, drawn[::-1], language=ask.language, day=day, title=getattr(TITLE, ask.language))
        return _json(made, STYLE_TYPE)

    async def named_style(self, ask: Asked, style_id: str) -> Response:
        """Return the style of all layers or that of one, by the id that the list of styles gives it."""
        return await (self.whole_style(ask) if style_id == WHOLE else self.style(ask, style_id))

    async def styles(self, ask: Asked) -> Response:
        """Return the list of styles: of all public layers together, and of each layer that has tiles."""
        _take_only(ask)
        titles = {WHOLE: getattr(TITLE, ask.language)}
        titles |= {each.served.entry.id: getattr(each.served.entry.title, ask.language) for each in await self._drawn(ask)}
        return _json(tile_documents.styles(f"{ask.base}/styles", ask.base, titles))

    async def layer_styles(self, ask: Asked, collection_id: str) -> Response:
        """Return the list of the styles of a layer, which is one."""
        _take_only(ask)
        served = self._readable.named(ask.request, collection_id)
        await self._tilesets.open(collection_id, served.version)
        title = getattr(served.entry.title, ask.language)
        return _json(tile_documents.styles(f"{ask.base}/collections/{collection_id}/styles", ask.base, {collection_id: title}))

    async def _drawn(self, ask: Ask) -> list[Drawn]:
        """Return the layers that who asks may read and that have tiles."""
        drawn = []
        for served in self._readable.all(ask.request):
            try:
                drawn.append(Drawn(served, await self._tilesets.open(served.entry.id, served.version)))
            except NotFound:
                continue  # its own address says why
        return drawn

    def _day(self, ask: Asked) -> date:
        _take_only(ask, "datetime")
        told = ask.request.query_params.get("datetime")
        if told is None:
            return local_day(self._clock.now())
        try:
            return date.fromisoformat(told)
        except ValueError:
            raise BadInput(f"datetime {told:.50} is not a day such as 2025-07-01") from None


def router(
    catalogue: Callable[[], LayerCatalogue],
    tilesets: Tilesets,
    *,
    is_viewer: Callable[[Request], bool] = is_admitted,
    clock: Clock | None = None,
    admit: Admit = admit_all,
) -> APIRouter:
    """Return the routes of tiles.

    `is_viewer` says whether who asks may read layers that are not public, `admit` looks at who is asking for a tile.
    """
    answers = TileAnswers(Readable(catalogue, is_viewer), tilesets, clock or SystemClock())
    layer = "/collections/{collection_id}"
    matrix_set = f"{layer}/tiles/{{matrix_set_id}}"
    paths: dict[str, Callable[..., object]] = {
        "/tileMatrixSets": answers.matrix_sets,
        "/tileMatrixSets/{matrix_set_id}": answers.matrix_set,
        f"{layer}/tiles": answers.tilesets,
        matrix_set: answers.tileset,
        f"{matrix_set}/tilejson.json": answers.tilejson,
        f"{layer}/style.json": answers.style,
        f"{layer}/styles": answers.layer_styles,
        "/style.json": answers.whole_style,
        "/styles": answers.styles,
        "/styles/{style_id}": answers.named_style,
    }
    routes = APIRouter(tags=["ogc"])
    routes.routes.append(ReadRoute(f"{_PREFIX}{matrix_set}/{{tile_matrix}}/{{tile_row}}/{{tile_col}}", answers.tile, admit))
    for path, endpoint in paths.items():
        routes.add_api_route(_PREFIX + path, endpoint, methods=["GET"], response_class=Response)
        routes.add_api_route(_PREFIX + path, endpoint, methods=["HEAD"], include_in_schema=False)
    return routes


def _take_only(ask: Ask, *names: str) -> None:
    ask.take_only(*names)
    if ask.request.query_params.get("f", "json") != "json":
        raise BadInput(f"f {ask.form} is for items and their collections: this is to be had as json")


def _check_matrix_set(name: str) -> None:
    if name != MATRIX_SET:
        raise NotFound(f"there is no tile matrix set {name:.50}: there is {MATRIX_SET}")


def _stamp(parameters: Mapping[str, str]) -> str | None:
    """Return the version of the tiles that is asked for."""
    if unknown := sorted(set(parameters) - {"v", "f"}):
        raise BadInput(f"unknown parameter {', '.join(unknown)}: a tile takes f, v")
    if parameters.get("f", "mvt") != "mvt":
        raise BadInput(f"f {parameters['f']:.50} is not mvt")
    return parameters.get("v")


def _place(archive: Archive, layer: str, tile_matrix: str, tile_row: str, tile_col: str) -> tuple[int, int, int]:
    """Return zoom level, row and column; NotFound names the limits where they are not of this tileset."""
    zoom = _number(tile_matrix)
    limits = None if zoom is None else archive.limits.get(zoom)
    if zoom is None or limits is None:
        levels = f"{archive.min_zoom}..{archive.max_zoom}"
        raise NotFound(f"layer {layer} has no tile matrix {tile_matrix:.50}: it has {levels}")
    row, col = _number(tile_row), _number(tile_col)
    if row is None or col is None or not limits.has(row, col):
        told = f"rows {limits.min_row}..{limits.max_row} and columns {limits.min_col}..{limits.max_col}"
        raise NotFound(f"layer {layer} has no row {tile_row:.50}, column {tile_col:.50} in tile matrix {zoom}: it has {told}")
    return zoom, row, col


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None


def _tile(request: Request, found: bytes | None, lasting: str) -> Response:
    headers = {"Cache-Control": lasting, "Vary": "Accept-Encoding"}
    if found is None:
        return Response(status_code=204, headers=headers)
    packed = takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{hashlib.blake2b(found, digest_size=16).hexdigest()}{"" if packed else "-plain"}"'
    headers |= {"ETag": tag}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    if packed:
        return Response(found, media_type=MVT, headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(found), media_type=MVT, headers=headers)


def takes_gzip(accepted: str) -> bool:
    """Return whether an Accept-Encoding header lets the answer be gzip (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for each in accepted.lower().split(","):
        name, _, rest = each.partition(";")
        try:
            weights[name.strip()] = float(rest.partition("=")[2] or 1)
        except ValueError:
            weights[name.strip()] = 0.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _json(document: Json, kind: str = JSON) -> Response:
    headers = {"Vary": "Accept, Accept-Language", "Cache-Control": "no-cache"}
    return Response(msgspec.json.encode(document), media_type=kind, headers=headers)
