"""Routes for what is asked again and again: matched, let through the door and answered, with no more of the framework in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from fastapi import Request, Response
from starlette.routing import Route

Admit: TypeAlias = Callable[[Request], Awaitable[object]]
"""Whoever looks at who is asking; raises Unauthorized or Forbidden where they may not enter."""


class ReadRoute(Route):
    """GET and HEAD of a path. FastAPI's own routes take longer to find out what an endpoint wants than these take to answer."""

    def __init__(self, path: str, answer: Callable[..., Awaitable[Response]], admit: Admit) -> None:
        """Answer with what `answer` returns for the request and the parameters of the path, once `admit` has let it through."""

        async def endpoint(request: Request) -> Response:
            request.scope["route"] = self  # the door goes by it, and where a router is part of another one it is not told
            await admit(request)
            return await answer(request, **request.path_params)

        super().__init__(path, endpoint, methods=["GET"], name=getattr(answer, "__name__", path))


async def admit_all(request: Request) -> None:
    """Let everybody through: where something else asks who is there."""
