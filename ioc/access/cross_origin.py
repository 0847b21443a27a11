"""Pages of other origins read what is open data: the answers of `/ogc` and the catalogue, and nothing else.

Nobody is known by where he comes from here: no cookie counts (credentials are never allowed), a page that has a key sends it itself, and
a page without one sees what is public, on loopback too (`door.py` does not trust a request that names another origin).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

ANYBODY = "*"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")
_ASKED = ("Authorization", "If-None-Match")
_TOLD = ("Content-Crs", "Content-Disposition", "ETag", "Link", "OGC-NumberMatched", "OGC-NumberReturned")
_REMEMBERED_S = 3_600


def read_origins(text: str) -> tuple[str, ...]:
    """Return the origins that are named in `text`, separated by commas; ValueError where one is none (RFC 6454), or stands beside `*`."""
    origins = tuple(each.strip() for each in text.split(",") if each.strip())
    for origin in origins:
        if origin != ANYBODY and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r:.100} is no origin such as https://map.example or http://localhost:3000, nor *")
    if ANYBODY in origins and len(origins) > 1:
        raise ValueError("* stands for every origin: name it alone")
    return origins


def is_open_data(path: str) -> bool:
    """Return whether what is at `path` may be read by pages of other origins."""
    return path in {"/ogc", "/catalog.jsonld"} or path.startswith("/ogc/")


class CrossOrigin:
    """Stands before everything else; requests that are not for open data pass untouched."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "HEAD"),
            allow_headers=_ASKED,
            allow_credentials=False,
            expose_headers=_TOLD,
            max_age=_REMEMBERED_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        shared = scope["type"] == "http" and is_open_data(scope["path"])
        await (self._shared if shared else self._app)(scope, receive, send)
