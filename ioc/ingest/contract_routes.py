"""`/asyncapi.json` and `/schemas/{name}.json`: the MQTT contract, open to everybody since it holds no data."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Response

from ioc.errors import NotFound
from ioc.ingest import asyncapi

_CACHE = {"Cache-Control": "public, max-age=300"}


def router() -> APIRouter:
    """Return the routes; the documents are made once."""
    routes = APIRouter(tags=["contract"])
    document = msgspec.json.encode(asyncapi.document())
    schemas = {name: msgspec.json.encode(asyncapi.schema(name)) for name in asyncapi.schema_names()}

    @routes.get("/asyncapi.json")
    async def get_asyncapi() -> Response:
        return Response(document, media_type="application/json", headers=_CACHE)

    @routes.get("/schemas/{name}.json")
    async def get_schema(name: str) -> Response:
        if name not in schemas:
            raise NotFound(f"there is no schema {name!r}; there are {', '.join(schemas)}")
        return Response(schemas[name], media_type="application/schema+json", headers=_CACHE)

    return routes
