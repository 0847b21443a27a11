"""Answers that are files: written to the disk whole, then sent piece by piece; not too many at a time, since each costs a processor."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from ioc.errors import Unavailable

AT_A_TIME = 2
WAIT_S = 20.0
_PIECE = 1 << 20
_turns = BoundedSemaphore(AT_A_TIME)


def spooled(name: str, write: Callable[[Path], None]) -> Iterator[bytes]:
    """Return the content of the file `name` that `write` makes where it is told; nothing is left of it, whether or not all is read.

    Raises:
        Unavailable: others are being written, and have been for long.
    """
    if not _turns.acquire(timeout=WAIT_S):
        raise Unavailable(f"{AT_A_TIME} files are being made for others and none was done within {WAIT_S:g} s: try again")
    folder = Path(tempfile.mkdtemp(prefix="ioc-answer-"))
    try:
        write(folder / name)
        file = (folder / name).open("rb")
    finally:
        _turns.release()
        # What is open can be read to its end.
        shutil.rmtree(folder, ignore_errors=True)
    return _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
