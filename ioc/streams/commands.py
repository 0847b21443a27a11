"""What an operator can have done over the stream: what carries out commands, and how it is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from ioc.errors import BadInput, Conflict, Forbidden, IocError, NotFound, Unauthorized, Unavailable
from ioc.streams import frame
from ioc.streams.frame import Text


class Commands(Protocol):
    """Carries out commands; the same `idem` of the same actor has one effect, also after a restart."""

    async def execute(self, op: str, args: dict[str, Any], *, if_version: int | None, idem: str, actor: str) -> dict[str, Any]:
        """Return what came of it; raises the errors of `ioc.errors`. What it changed has reached the mirror of this process before it returns."""
        ...


Allow = Callable[[str], None]
"""Raises Forbidden when whoever is connected now may not do this operation."""

_CODES: dict[type[IocError], str] = {
    Conflict: "conflict",
    NotFound: "not_found",
    Unauthorized: "unauthorized",
    Forbidden: "forbidden",
    BadInput: "bad_input",
    Unavailable: "unavailable",
}


def code_of(error: IocError) -> str:
    """Return the word of `frame.ERROR_CODES` for an error of ours."""
    return next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), "failed")


async def answer(told: frame.Command, work: Callable[[], Awaitable[dict[str, Any]]]) -> Text:
    """Return the `res` of a command."""
    try:
        result = await work()
    except IocError as error:
        present = error.present if isinstance(error, Conflict) else None
        return frame.encode("res", id=told.id, ok=False, code=code_of(error), detail=error.detail, present=present)
    return frame.encode("res", id=told.id, ok=True, result=result)
