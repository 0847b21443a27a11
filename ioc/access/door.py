"""Who is asking: the check that every request and every socket passes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from ioc.access.keys import hash_key
from ioc.access.roles import OPEN, PUBLIC, STREAM, Caller, Role, role_for
from ioc.errors import Forbidden, Unauthorized, Unavailable
from ioc.loopback import LOOPBACK
from ioc.store.faults import STORE_TROUBLE

Lookup = Callable[[bytes], Awaitable[tuple[str, str] | None]]
_REMEMBERED_S = 3.0  # open streams ask every five seconds, so a revoked key is worthless after ten at the latest, on a busy machine too
_REMEMBERED = 1000
_UNKNOWN_S = 1.0  # a wrong key that is tried again and again asks the database once a second
_PROXIED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
DEMO_OPERATOR = Caller("demo", Role.OPERATOR)


class Door:
    """Turns a key into a caller. On loopback a caller without a key is the demo's operator, if the page it comes from is ours."""

    def __init__(self, *, lookup: Lookup, is_loopback: bool) -> None:
        self._lookup, self._is_loopback = lookup, is_loopback
        self._known: dict[bytes, tuple[float, Caller]] = {}
        self._unknown: dict[bytes, float] = {}

    async def check(self, connection: HTTPConnection) -> Caller | None:
        """Return who is asking for the route at hand and keep it as `state.caller`; None where anybody may pass.

        Raises:
            Unauthorized: no key, or one that is not in force.
            Forbidden: the role is not enough.
        """
        door = door_of(connection)
        if door in OPEN or (door in PUBLIC and not await self.role_of(connection)):
            return None
        needed = role_for(door) or Role.VIEWER
        caller = await self._caller(connection, _bearer(connection))
        if not caller.role.includes(needed):
            raise Forbidden(f"{door} needs the role {needed}; {caller.name} is {caller.role}")
        connection.state.caller = caller
        return caller

    async def admit(self, connection: HTTPConnection, token: str | None) -> Caller:
        """Return whoever opens a socket; raises as `check` does."""
        needed = role_for(STREAM)
        caller = await self._caller(connection, token or _bearer(connection))
        if needed is not None and not caller.role.includes(needed):
            raise Forbidden(f"the stream needs the role {needed}; {caller.name} is {caller.role}")
        return caller

    async def caller_of(self, connection: HTTPConnection) -> Caller | None:
        """Return whoever is asking, None where that is not known."""
        try:
            return await self._caller(connection, _bearer(connection))
        except (Unauthorized, Unavailable):
            return None

    async def role_of(self, connection: HTTPConnection) -> Role | None:
        """Return the role of whoever is asking, None where that is not known."""
        caller = await self.caller_of(connection)
        return None if caller is None else caller.role

    async def _caller(self, connection: HTTPConnection, token: str | None) -> Caller:
        if token:
            return await self._holder(token)
        if self._is_loopback and _is_local_page(connection):
            return DEMO_OPERATOR
        raise Unauthorized("no key was given: send Authorization: Bearer KEY")

    async def _holder(self, token: str) -> Caller:
        digest = hash_key(token)
        known = self._known.get(digest)
        if known is not None and monotonic() - known[0] < _REMEMBERED_S:
            return known[1]
        if monotonic() - self._unknown.get(digest, -_UNKNOWN_S) < _UNKNOWN_S:
            raise Unauthorized("this key is not in force")
        try:
            found = await self._lookup(digest)
        except STORE_TROUBLE as error:
            raise Unavailable(f"keys cannot be looked up now: {type(error).__name__}") from error
        if found is None:
            self._known.pop(digest, None)
            if len(self._unknown) >= _REMEMBERED:
                self._unknown.clear()
            self._unknown[digest] = monotonic()
            raise Unauthorized("this key is not in force")
        caller = Caller(found[0], Role(found[1]))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[digest] = monotonic(), caller
        return caller


def door_of(connection: HTTPConnection) -> str:
    """Return which door the route of a request is, as the table of roles names it: "GET /v1/alerts/{alert_id}"."""
    route = connection.scope.get("route")
    return f"{connection.scope.get('method', 'GET')} {getattr(route, 'path', '')}".replace("HEAD ", "GET ")


def _bearer(connection: HTTPConnection) -> str | None:
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _is_local_page(connection: HTTPConnection) -> bool:
    """Return whether the request names this machine and comes from no foreign page.

    A browser on this machine can be led here by any page that it shows, directly or through a host name that points to 127.0.0.1: what it
    sends then names that page in `Origin` or that name in `Host`. What a proxy passes on comes from who knows where.
    """
    if any(name in connection.headers for name in _PROXIED):
        return False
    origin = connection.headers.get("origin")
    return _host(f"//{connection.headers.get('host', '')}") in LOOPBACK and (origin is None or _host(origin) in LOOPBACK)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # such as http://[
        return None
