"""Files in the body of a request: written to disk piece by piece, no more than a door takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request

from ioc.errors import BadInput, TooLarge


async def receive_file(request: Request, folder: Path, *, stem: str, suffixes: Mapping[str, str], max_bytes: int) -> Path:
    """Write the body to a file in `folder` whose ending says what it is, by the Content-Type; return where it is.

    Raises:
        BadInput: the Content-Type is not one of `suffixes`.
        TooLarge: the body has more than `max_bytes`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in suffixes:
        raise BadInput(f"Content-Type {kind!r:.100} is not one of {', '.join(suffixes)}")
    path = folder / f"{stem}{suffixes[kind]}"
    received = 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            received += len(chunk)
            if received > max_bytes:
                raise TooLarge(f"the file is over the limit of {max_bytes} bytes")
            file.write(chunk)
    return path
