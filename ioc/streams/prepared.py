"""Writing frames that are made already: the server's WebSocket protocol with one more way to send.

A frame that two hundred viewers are sent is made into WebSocket bytes once (RFC 6455, section 5.2) and written to each connection as it is. ASGI
has no such message, so the protocol offers a function in `scope["extensions"]`; under another server it is not there, and frames go the usual way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "ioc.prepared"
Write = Callable[[bytes], bool]


class PreparedFrames(WebSocketsSansIOProtocol):
    """uvicorn's protocol; it must run without extensions such as permessage-deflate, which keep a state for each connection."""

    def handle_connect(self, event: Request) -> None:
        """Begin a connection, and offer `write_prepared` to the application, which runs later."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.handshake_complete:
            self.scope["extensions"] = {**(self.scope["extensions"] or {}), EXTENSION: {"write": self.write_prepared}}

    def write_prepared(self, frame: bytes) -> bool:
        """Write a whole frame if the other side takes more now; return whether it was written.

        Raises:
            ClientDisconnected: the connection is over.
        """
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        if not self.writable.is_set():
            return False
        self.transport.write(frame)
        return True


def writer_of(extensions: dict[str, dict[object, object]] | None) -> Write | None:
    """Return the function that a connection offers, None where it offers none."""
    offered = (extensions or {}).get(EXTENSION)
    return None if offered is None else cast("Write", offered["write"])
