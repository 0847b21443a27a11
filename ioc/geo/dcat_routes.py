"""The catalogue for portals: `/catalog.jsonld` whole, `/ogc/collections/{id}/dcat` a layer at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from fastapi import APIRouter, Request, Response

from ioc.errors import NotFound
from ioc.geo.answers.forms import FORMS
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.dcat import JSON_LD, Offered, catalogue, dataset
from ioc.geo.documents import Json
from ioc.geo.routes import Asked, is_admitted
from ioc.geo.tile_routes import Readable
from ioc.geo.tiles import Tilesets

_ADDRESS = "/catalog.jsonld"


class CatalogueAnswers:
    """One method for each path; see `router`."""

    def __init__(self, readable: Readable, tilesets: Tilesets, forms: Mapping[str, str]) -> None:
        self._readable, self._tilesets, self._forms = readable, tilesets, forms

    async def catalogue(self, ask: Asked) -> Response:
        """Return all layers that who asks may read as a catalogue of DCAT-AP 3.0."""
        ask.take_only()
        layers = [await self._offered(each) for each in self._readable.all(ask.request)]
        return _json_ld(catalogue(ask.base, f"{ask.base.removesuffix('/ogc')}{_ADDRESS}", layers))

    async def dataset(self, ask: Asked, collection_id: str) -> Response:
        """Return one layer as a dataset of DCAT-AP 3.0."""
        ask.take_only()
        return _json_ld(dataset(ask.base, await self._offered(self._readable.named(ask.request, collection_id))))

    async def _offered(self, served: Collection) -> Offered:
        try:
            await self._tilesets.open(served.entry.id, served.version)
        except NotFound:
            return Offered(served, self._forms, has_tiles=False)
        return Offered(served, self._forms, has_tiles=True)


def router(
    layers: Callable[[], LayerCatalogue],
    tilesets: Tilesets,
    *,
    forms: Mapping[str, str] | None = None,
    is_viewer: Callable[[Request], bool] = is_admitted,
) -> APIRouter:
    """Return the routes; `forms` are the media types in which features can be had, by what `f` calls them, None: those of items."""
    known = forms or {name: form.media_type for name, form in FORMS.items()}
    answers = CatalogueAnswers(Readable(layers, is_viewer), tilesets, known)
    routes = APIRouter(tags=["ogc"])
    for path, endpoint in ((_ADDRESS, answers.catalogue), ("/ogc/collections/{collection_id}/dcat", answers.dataset)):
        routes.add_api_route(path, endpoint, methods=["GET"], response_class=Response)
        routes.add_api_route(path, endpoint, methods=["HEAD"], include_in_schema=False)
    return routes


def _json_ld(document: Json) -> Response:
    return Response(msgspec.json.encode(document), media_type=JSON_LD, headers={"Cache-Control": "no-cache"})
