"""OGC API Features Part 1 at `/ogc`: parse, ask the collection, join ready bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from ioc.domain.clock import Clock, SystemClock, rfc3339
from ioc.errors import BadInput, NotFound, Unauthorized
from ioc.geo import documents, features
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, Json, Language
from ioc.geo.openapi import openapi
from ioc.geo.pages import STYLE, Pages

_PREFIX = "/ogc"


@dataclass(frozen=True, slots=True)
class Ask:
    """What every call says: where it came in, in which form and language it wants the answer, and its parameters."""

    request: Request
    base: str
    form: str
    language: Language
    parameters: Sequence[tuple[str, str]]

    @property
    def pages(self) -> Pages:
        """The pages in the language that was asked for."""
        return Pages(self.base, self.language)

    def take_only(self, *names: str) -> None:
        """Refuse parameters other than form, language and `names` with a BadInput."""
        known = ["f", "lang", *names]
        if unknown := sorted({name for name, _ in self.parameters} - set(known)):
            raise BadInput(f"unknown parameter {', '.join(unknown)}: this takes {', '.join(known)}")


def read_ask(request: Request) -> Ask:
    """Return what `request` asks for; BadInput where form or language is none that we have."""
    given = request.query_params
    form = given.get("f") or _preferred_form(request.headers.get("accept", ""))
    if form not in {"json", "html"}:
        raise BadInput(f"f {form} is not json or html")
    spoken = given.get("lang") or ("en" if request.headers.get("accept-language", "").lower().startswith("en") else "vi")
    if spoken not in {"vi", "en"}:
        raise BadInput(f"lang {spoken} is not vi or en")
    language: Language = "en" if spoken == "en" else "vi"
    return Ask(request, f"{str(request.base_url).rstrip('/')}{_PREFIX}", form, language, given.multi_items())


Asked = Annotated[Ask, Depends(read_ask)]


def is_admitted(request: Request) -> bool:
    """Return whether the door has let the caller in as somebody, rather than left the way open for everybody."""
    return getattr(request.state, "caller", None) is not None


class Answers:
    """One method for each path; see `router`."""

    def __init__(self, catalogue: Callable[[], LayerCatalogue], is_viewer: Callable[[Request], bool], clock: Clock) -> None:
        self._catalogue, self._is_viewer, self._clock = catalogue, is_viewer, clock

    def landing(self, ask: Asked) -> Response:
        """Return the landing page."""
        ask.take_only()
        return _document(ask, documents.landing(ask.base, ask.language), Pages.landing)

    def conformance(self, ask: Asked) -> Response:
        """Return the conformance classes that are kept."""
        ask.take_only()
        return _document(ask, documents.conformance(ask.base), Pages.conformance)

    def api(self, ask: Asked) -> Response:
        """Return this part of the interface in OpenAPI 3.0."""
        ask.take_only()
        return _json(openapi(ask.base, self._readable(ask)), OPENAPI)

    def style(self) -> Response:
        """Return the look of the pages."""
        return Response(STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})

    def collections(self, ask: Asked) -> Response:
        """Return the collections that who asks may read."""
        ask.take_only()
        return _document(ask, documents.collections(ask.base, self._readable(ask), ask.language), Pages.collections)

    def collection(self, ask: Asked, collection_id: str) -> Response:
        """Return what is known about a collection."""
        ask.take_only()
        return _document(ask, documents.collection(ask.base, self._named(ask, collection_id), ask.language), Pages.collection)

    def queryables(self, ask: Asked, collection_id: str) -> Response:
        """Return the attributes that items can be asked for by."""
        ask.take_only()
        return _json(documents.queryables(ask.base, self._named(ask, collection_id), ask.language), SCHEMA)

    def items(self, ask: Asked, collection_id: str) -> Response:
        """Return features: all, or those that meet bbox, datetime and attributes, a page at a time."""
        served = self._named(ask, collection_id)
        query = features.read_query(ask.parameters, served)
        return _unless_known(ask, served, lambda: _items(ask, served, query, self._clock.now()))

    def item(self, ask: Asked, collection_id: str, fid: str) -> Response:
        """Return one feature."""
        ask.take_only("crs")
        features.check_crs("crs", ask.request.query_params.get("crs", features.CRS84))
        served = self._named(ask, collection_id)
        ordinal = features.find(served, fid)
        if ordinal is None:
            raise NotFound(f"collection {collection_id} has no feature {fid}")
        return _unless_known(ask, served, lambda: _item(ask, served, ordinal))

    def _readable(self, ask: Ask) -> list[Collection]:
        everything = self._is_viewer(ask.request)
        return [each for each in self._catalogue().collections.values() if each.entry.public or everything]

    def _named(self, ask: Ask, collection_id: str) -> Collection:
        served = self._catalogue().collection(collection_id)
        if not served.entry.public and not self._is_viewer(ask.request):
            raise Unauthorized(f"collection {collection_id} is not public: a key is needed")
        return served


def router(
    catalogue: Callable[[], LayerCatalogue],
    *,
    is_viewer: Callable[[Request], bool] = is_admitted,
    clock: Clock | None = None,
) -> APIRouter:
    """Return the routes under `/ogc`.

    Args:
        catalogue: the layers that are served, asked at each call.
        is_viewer: whether who asks may read layers that are not public.
        clock: where `timeStamp` comes from; None: the machine's clock.
    """
    answers = Answers(catalogue, is_viewer, clock or SystemClock())
    paths: dict[str, Callable[..., Response]] = {
        "": answers.landing,
        "/conformance": answers.conformance,
        "/api": answers.api,
        "/style.css": answers.style,
        "/collections": answers.collections,
        "/collections/{collection_id}": answers.collection,
        "/collections/{collection_id}/queryables": answers.queryables,
        "/collections/{collection_id}/items": answers.items,
        "/collections/{collection_id}/items/{fid}": answers.item,
    }
    routes = APIRouter(tags=["ogc"])
    for path, endpoint in paths.items():
        routes.add_api_route(_PREFIX + path, endpoint, methods=["GET"], response_class=Response)
        routes.add_api_route(_PREFIX + path, endpoint, methods=["HEAD"], include_in_schema=False)
    # An id may hold a slash, as those of OpenStreetMap do.
    routes.add_api_route(
        f"{_PREFIX}/collections/{{collection_id}}/items/{{fid:path}}", answers.item, methods=["GET", "HEAD"], include_in_schema=False
    )
    # Clients that join "/" to the address of the landing page do not all follow a redirection.
    routes.add_api_route(f"{_PREFIX}/", answers.landing, methods=["GET", "HEAD"], include_in_schema=False)
    return routes


def _preferred_form(accept: str) -> str:
    """Return `html` for a browser, which names it before JSON; `json` for everybody else."""
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    first = next((kind for kind in kinds if kind in {HTML, JSON, GEOJSON, "application/*", "*/*"}), JSON)
    return "html" if first == HTML else "json"


def _document(ask: Ask, document: Json, page: Callable[[Pages, Json], str]) -> Response:
    if ask.form == "html":
        return _html(page(ask.pages, document))
    return _json(document, JSON)


def _items(ask: Ask, served: Collection, query: features.ItemsQuery, now: datetime) -> Response:
    page = features.answer(served, query)
    parameters = dict(ask.parameters)
    links = documents.items_links(ask.base, served, parameters, page.cursor, ask.form)
    encoded = served.encoded(page.ordinals)
    if ask.form == "html":
        shown = [msgspec.json.decode(each) for each in encoded]
        title = getattr(served.entry.title, ask.language)
        return _html(ask.pages.items(served.entry.id, title, shown, links, page.matched))
    about: Mapping[str, Any] = {
        "links": links,
        "timeStamp": rfc3339(now),
        "numberMatched": page.matched,
        "numberReturned": len(encoded),
    }
    body = b'{"type":"FeatureCollection",%b,"features":[%b]}' % (msgspec.json.encode(about)[1:-1], b",".join(encoded))
    return Response(body, media_type=GEOJSON)


def _item(ask: Ask, served: Collection, ordinal: int) -> Response:
    (encoded,) = served.encoded([ordinal])
    if ask.form == "html":
        return _html(ask.pages.item(served.entry.id, msgspec.json.decode(encoded)))
    links = msgspec.json.encode(documents.item_links(ask.base, served, served.fids[ordinal], ask.form))
    return Response(b'%b,"links":%b}' % (encoded[:-1], links), media_type=GEOJSON)


def _unless_known(ask: Ask, served: Collection, make: Callable[[], Response]) -> Response:
    """Return what `make` makes, or 304 where who asks has it already: the same version, asked the same way."""
    asked = [str(ask.request.url), ask.form, ask.language, str(served.version), served.changed_at.isoformat()]
    tag = f'W/"{hashlib.sha256(repr(asked).encode()).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "public, no-cache" if served.entry.public else "private, no-cache",
        "Vary": "Accept, Accept-Language",
        "Content-Crs": f"<{features.CRS84}>",
    }
    known = {each.strip() for each in ask.request.headers.get("if-none-match", "").split(",")}
    response = Response(status_code=304) if known & {tag, "*"} else make()
    response.headers.update(headers)
    return response


def _json(document: Json, kind: str) -> Response:
    return Response(msgspec.json.encode(document), media_type=kind, headers={"Vary": "Accept, Accept-Language"})


def _html(page: str) -> Response:
    return Response(page, media_type=HTML, headers={"Vary": "Accept, Accept-Language"})
