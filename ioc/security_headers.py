"""The headers that keep a browser from doing more with an answer than it should, on every answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
}


class SecurityHeaders:
    """Adds the headers that an answer does not have yet; an online base map is the only foreign place that a page may load from."""

    def __init__(self, app: ASGIApp, *, base_map_tiles: str | None) -> None:
        self._app = app
        tiles = urlsplit(base_map_tiles or "")
        foreign = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
        policy = (
            f"default-src 'self'; img-src 'self' data: blob:{foreign}; connect-src 'self' ws: wss:{foreign}; "
            "worker-src 'self' blob:; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        )
        self._added = list((_ALWAYS | {b"content-security-policy": policy.encode("latin-1")}).items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                had = message.get("headers", [])
                names = {name.lower() for name, _ in had}
                message = {**message, "headers": [*had, *(each for each in self._added if each[0] not in names)]}
            await send(message)

        await self._app(scope, receive, send_with_headers)
