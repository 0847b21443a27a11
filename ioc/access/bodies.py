"""Bodies of requests: nothing is read of those who may not enter, and of the others no more than a door takes."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.access.door import Door, door_of
from ioc.errors import IocError, TooLarge

USUAL_BYTES = 1 << 20
"""What a door takes: 10,000 ids for a replay are a tenth of it."""

TABLE_BYTES = 32 << 20
"""What a table of units may have: some 400,000 rows."""

LIMITS: dict[str, int | None] = {
    "PUT /v1/layers/{layer}/succession": TABLE_BYTES,
    "PUT /v1/layers/{layer}/former": TABLE_BYTES,
    "POST /v1/observations": None,
    "POST /v1/sources/{source}/stations": None,
    "POST /v1/layers/{layer}/versions": None,
}
"""Doors with another limit, in bytes; None: the door takes files, reads them piece by piece and counts itself."""


class RefusedBody(HTTPException):
    """A body that is not read; `error` says why. FastAPI lets nothing but an HTTPException through from where it reads a body."""

    def __init__(self, error: IocError) -> None:
        super().__init__(status_code=400)
        self.error = error


class BodyGuard:
    """Stands before the routes, which read the body first and ask who is there afterwards."""

    def __init__(self, app: ASGIApp, *, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; whoever reads its body finds the guard there."""
        await self._app(scope, _Guarded(scope, receive, self._door) if scope["type"] == "http" else receive, send)


class _Guarded:
    """`receive` of one request."""

    def __init__(self, scope: Scope, receive: Receive, door: Door) -> None:
        self._scope, self._receive, self._door = scope, receive, door
        self._is_checked = False
        self._limit: int | None = None
        self._received = 0

    async def __call__(self) -> Message:
        if not self._is_checked:
            await self._check()
        message = await self._receive()
        self._received += len(message.get("body", b""))
        self._refuse_over(self._received)
        return message

    async def _check(self) -> None:
        """Ask at the door, and hold what the request says of its length against the limit."""
        self._is_checked = True
        if self._scope.get("route") is None:  # the files of the map: open, and they have no body to read
            return
        connection = HTTPConnection(self._scope)
        try:
            await self._door.check(connection)
        except IocError as error:
            raise RefusedBody(error) from error
        self._limit = LIMITS.get(door_of(connection), USUAL_BYTES)
        told = connection.headers.get("content-length", "")
        self._refuse_over(int(told) if told.isdecimal() else 0)

    def _refuse_over(self, length: int) -> None:
        if self._limit is not None and length > self._limit:
            where = f"{self._scope['method']} {self._scope['path']}"
            raise RefusedBody(TooLarge(f"the body of {where} is over the limit of {self._limit} bytes"))
