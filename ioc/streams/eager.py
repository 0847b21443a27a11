"""Running a coroutine without a task as long as it does not wait.

Most sends do not wait: the network takes the frame. A task for each of them costs more than the sending. So the coroutine is run here and now,
and only what has to wait becomes a task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any


def begin(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run `work` until it waits; return None when it is done, else the task that finishes it. What it raises at once is raised here."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return asyncio.ensure_future(_finish(work, waits_for))


@coroutine
def _finish(work: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Go on with `work`, which waits for something: hand that to the task that runs this, and hand the outcome back."""
    while True:
        try:
            outcome = yield waits_for
        except BaseException as error:  # noqa: BLE001 - cancellation is for the coroutine too
            step = _throw(work, error)
        else:
            step = _send(work, outcome)
        if step is _DONE:
            return
        waits_for = step


_DONE = object()


def _send(work: Coroutine[Any, Any, None], outcome: Any) -> Any:
    try:
        return work.send(outcome)
    except StopIteration:
        return _DONE


def _throw(work: Coroutine[Any, Any, None], error: BaseException) -> Any:
    try:
        return work.throw(error)
    except StopIteration:
        return _DONE
