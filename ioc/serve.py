"""Running the service: logs, event loop, HTTP server."""

from __future__ import annotations

import gc
import logging
import socket
import sys

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ioc.app import create_app
from ioc.geo.routes import LONGEST_ADDRESS
from ioc.service import Service
from ioc.settings import Settings
from ioc.streams.frame import MAX_FRAME_BYTES
from ioc.streams.prepared import PreparedFrames


def configure_logs(settings: Settings) -> None:
    """Write structured logs to standard error, for people or as JSON; never a secret."""
    renderer = structlog.processors.JSONRenderer() if settings.log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


_LONGEST_READ = 65_535
"""Bytes of an address that the parser of HTTP can read; far fewer are let in (`geo.routes.LONGEST_ADDRESS`)."""


class _Http(HttpToolsProtocol):
    """HTTP as httptools reads it; what it cannot read is refused in words too."""

    def send_400_response(self, msg: str) -> None:
        """Refuse, and say what is usually the matter."""
        super().send_400_response(f"{msg} An address of over {_LONGEST_READ} bytes, more than {LONGEST_ADDRESS}, cannot even be read.")


class _Server(uvicorn.Server):
    """A server that lets the viewers know before it closes their sockets."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        service: Service = self.config.app.state.service  # type: ignore[union-attr]
        await service.hub.close()
        await super().shutdown(sockets)


def calm_collector() -> None:
    """Let the garbage collector run less often.

    A batch of messages is thousands of tuples that live until its commit. With Python's own thresholds the collector walks them, and all that
    was ever loaded, again and again: half of the time that ingest takes (docs/decisions/0010). What it is for, cycles, is rare here.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def run_service(settings: Settings) -> int:
    """Serve until told to stop; return the exit code, 0 after a stop in good order.

    Raises:
        ConfigurationError: a rule file or an address is wrong.
    """
    configure_logs(settings)
    calm_collector()
    failed = False

    def fail() -> None:
        nonlocal failed
        failed = True
        server.should_exit = True

    server = _Server(
        uvicorn.Config(
            create_app(settings, on_failure=fail),
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            server_header=False,
            ws=PreparedFrames,
            ws_per_message_deflate=False,
            ws_ping_interval=None,  # the heartbeats of the stream find who is gone, and cost no timer for each connection
            ws_max_size=MAX_FRAME_BYTES,
            timeout_graceful_shutdown=5,
            http=_Http,
        )
    )
    server.run()
    return 1 if failed else 0
