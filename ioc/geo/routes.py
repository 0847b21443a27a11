"""OGC API Features at `/ogc`: parse, ask the collection, answer in the form that is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from ioc.domain.clock import Clock, SystemClock
from ioc.errors import BadInput, NotFound
from ioc.geo import documents, features, schemas
from ioc.geo.answers.about import About
from ioc.geo.answers.forms import FORMS, preferred_form
from ioc.geo.catalogue import LayerCatalogue
from ioc.geo.collection import Collection
from ioc.geo.documents import HTML, JSON, OPENAPI, SCHEMA, Json, Language
from ioc.geo.entry import LIVE
from ioc.geo.offer import Live, Offer
from ioc.geo.openapi import openapi
from ioc.geo.pages import STYLE, Pages
from ioc.geo.read_route import Admit, ReadRoute, admit_all
from ioc.geo.served_crs import CRS84, ServedCrs, served_crs

_PREFIX = "/ogc"
_BAD_REQUEST = 400
LONGEST_ADDRESS = 8_192


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
    if (length := len(request.scope["query_string"]) + len(request.url.path)) > LONGEST_ADDRESS:
        raise BadInput(f"the address has {length} bytes, more than {LONGEST_ADDRESS}")
    given = request.query_params
    form = given.get("f") or preferred_form(request.headers.get("accept", ""))
    if form not in FORMS:
        raise BadInput(f"f {form:.50} is not {' or '.join(FORMS)}")
    spoken = given["lang"] if "lang" in given else ("en" if request.headers.get("accept-language", "").lower().startswith("en") else "vi")
    if spoken not in {"vi", "en"}:
        raise BadInput(f"lang {spoken} is not vi or en")
    language: Language = "en" if spoken == "en" else "vi"
    return Ask(request, f"{str(request.base_url).rstrip('/')}{_PREFIX}", form, language, given.multi_items())


async def asked(request: Request) -> Ask:
    """Return what `read_ask` does; FastAPI would send a plain function to another thread."""
    return read_ask(request)


Asked = Annotated[Ask, Depends(asked)]


def is_admitted(request: Request) -> bool:
    """Return whether the door has let the caller in as somebody, rather than left the way open for everybody."""
    return getattr(request.state, "caller", None) is not None


class Answers:
    """One method for each path; see `router`."""

    def __init__(self, offer: Offer, is_viewer: Callable[[Request], bool], clock: Clock) -> None:
        self._offer, self._is_viewer, self._clock = offer, is_viewer, clock

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
        return _json(schemas.queryables(ask.base, self._named(ask, collection_id), ask.language), SCHEMA)

    def sortables(self, ask: Asked, collection_id: str) -> Response:
        """Return the attributes that items can be sorted by."""
        ask.take_only()
        return _json(schemas.sortables(ask.base, self._named(ask, collection_id), ask.language), SCHEMA)

    def schema(self, ask: Asked, collection_id: str) -> Response:
        """Return what features say about themselves."""
        ask.take_only()
        return _json(schemas.returnables(ask.base, self._named(ask, collection_id), ask.language), SCHEMA)

    async def items(self, request: Request, collection_id: str) -> Response:
        """Return features: all, or those that meet bbox, datetime, attributes and filter, a page at a time."""
        return await run_in_threadpool(self._items, read_ask(request), collection_id)

    def _items(self, ask: Ask, collection_id: str) -> Response:
        served = self._named(ask, collection_id)
        form = FORMS[ask.form]
        try:
            query = features.read_query(ask.parameters, served, usual=form.usual, largest=form.largest)
            return _unless_known(ask, served, query.crs, lambda: self._page(ask, served, query))
        except BadInput as error:
            if ask.form != "html":
                raise
            title = getattr(served.entry.title, ask.language)
            return _html(ask.pages.refused(collection_id, title, dict(ask.parameters), error.detail), _BAD_REQUEST)

    async def item(self, request: Request, collection_id: str, fid: str) -> Response:
        """Return one feature: of a published layer at once, while one of the live state is made in another thread."""
        ask = read_ask(request)
        if collection_id in LIVE:
            return await run_in_threadpool(self._item, ask, collection_id, fid)
        return self._item(ask, collection_id, fid)

    def _item(self, ask: Ask, collection_id: str, fid: str) -> Response:
        ask.take_only("crs")
        crs = served_crs("crs", ask.request.query_params.get("crs", CRS84))
        served = self._named(ask, collection_id)
        ordinal = features.find(served, fid)
        if ordinal is None:
            raise NotFound(f"collection {collection_id} has no feature {fid}")
        links = documents.item_links(ask.base, served, fid, ask.form)
        about = About(base=ask.base, links=links, matched=1, now=self._clock.now(), crs=crs, language=ask.language, is_item=True)
        return _unless_known(ask, served, crs, lambda: _features(ask.form, served, [ordinal], about))

    def _page(self, ask: Ask, served: Collection, query: features.ItemsQuery) -> Response:
        page = features.answer(served, query)
        about = About(
            base=ask.base,
            links=documents.items_links(ask.base, served, dict(ask.parameters), page.cursor, ask.form),
            matched=page.matched,
            now=self._clock.now(),
            crs=query.crs,
            properties=query.properties,
            asked=dict(ask.parameters),
            note=getattr(served.entry.note, ask.language, None) if served.entry.id in LIVE else None,
            language=ask.language,
        )
        return _features(ask.form, served, page.ordinals, about)

    def _readable(self, ask: Ask) -> list[Collection]:
        return self._offer.readable(by_viewer=self._is_viewer(ask.request))

    def _named(self, ask: Ask, collection_id: str) -> Collection:
        return self._offer.named(collection_id, dict(ask.parameters), by_viewer=self._is_viewer(ask.request))


def router(
    catalogue: Callable[[], LayerCatalogue],
    *,
    is_viewer: Callable[[Request], bool] = is_admitted,
    clock: Clock | None = None,
    live: Live | None = None,
    admit: Admit = admit_all,
) -> APIRouter:
    """Return the routes under `/ogc`.

    Args:
        catalogue: the layers that are served, asked at each call.
        is_viewer: whether who asks may read layers that are not public.
        clock: where `timeStamp` comes from; None: the machine's clock.
        live: who makes the live collections; None: there are none.
        admit: who looks at who is asking for items; the other paths are behind the dependencies of the application.
    """
    answers = Answers(Offer(catalogue, live), is_viewer, clock or SystemClock())
    paths: dict[str, Callable[..., Response]] = {
        "": answers.landing,
        "/conformance": answers.conformance,
        "/api": answers.api,
        "/style.css": answers.style,
        "/collections": answers.collections,
        "/collections/{collection_id}": answers.collection,
        "/collections/{collection_id}/queryables": answers.queryables,
        "/collections/{collection_id}/schema": answers.schema,
        "/collections/{collection_id}/sortables": answers.sortables,
    }
    # An id may hold a slash, as those of OpenStreetMap do.
    read: dict[str, Callable[..., Awaitable[Response]]] = {"": answers.items, "/{fid}": answers.item, "/{fid:path}": answers.item}
    routes = APIRouter(tags=["ogc"])
    routes.routes += [ReadRoute(f"{_PREFIX}/collections/{{collection_id}}/items{path}", answer, admit) for path, answer in read.items()]
    for path, endpoint in paths.items():
        routes.add_api_route(_PREFIX + path, endpoint, methods=["GET"], response_class=Response)
        routes.add_api_route(_PREFIX + path, endpoint, methods=["HEAD"], include_in_schema=False)
    # Clients that join "/" to the address of the landing page do not all follow a redirection.
    routes.add_api_route(f"{_PREFIX}/", answers.landing, methods=["GET", "HEAD"], include_in_schema=False)
    return routes


def _document(ask: Ask, document: Json, page: Callable[[Pages, Json], str]) -> Response:
    if ask.form not in {"json", "html"} and "f" in ask.request.query_params:
        raise BadInput(f"f {ask.form} is for items: this is to be had as json or html")
    if ask.form == "html":
        return _html(page(ask.pages, document))
    return _json(document, JSON)


def _features(form: str, served: Collection, ordinals: Sequence[int], about: About) -> Response:
    kind = FORMS[form]
    headers = {"OGC-NumberMatched": str(about.matched), "OGC-NumberReturned": str(len(ordinals))}
    headers["Link"] = documents.link_header(about.links)
    if kind.suffix is not None:
        headers["Content-Disposition"] = f'attachment; filename="{served.entry.id}.{kind.suffix}"'
    content = kind.encode(served, ordinals, about)
    if isinstance(content, bytes):
        return Response(content, media_type=kind.media_type, headers=headers)
    return StreamingResponse(content, media_type=kind.media_type, headers=headers)


def _unless_known(ask: Ask, served: Collection, crs: ServedCrs, make: Callable[[], Response]) -> Response:
    """Return what `make` makes, or 304 where who asks has it already: the same version, asked the same way."""
    asked = [str(ask.request.url), ask.form, ask.language, str(served.version), served.changed_at.isoformat()]
    tag = f'W/"{hashlib.sha256(repr(asked).encode()).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "public, no-cache" if served.entry.public else "private, no-cache",
        "Vary": "Accept, Accept-Language",
        "Content-Crs": f"<{crs.uri}>",
    }
    known = {each.strip() for each in ask.request.headers.get("if-none-match", "").split(",")}
    response = Response(status_code=304) if known & {tag, "*"} else make()
    response.headers.update(headers)
    return response


def _json(document: Json, kind: str) -> Response:
    return Response(msgspec.json.encode(document), media_type=kind, headers={"Vary": "Accept, Accept-Language"})


def _html(page: str, status: int = 200) -> Response:
    return Response(page, status, media_type=HTML, headers={"Vary": "Accept, Accept-Language"})
