"""A process that publishes one file and ends: what a hostile file does to its reader or takes of memory and time, it does there.

The job comes as JSON on standard input, the outcome goes as JSON to standard output; `publish_apart` is the other end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

from ioc.errors import BadInput, Conflict, IocError, NotFound, TooLarge, Unavailable
from ioc.geo.entry import CatalogueEntry
from ioc.geo.publish import STORE_TIMEOUT_S, publish_layer
from ioc.store.pool import open_pool

MEMORY_BYTES = 4 << 30
"""Of a publication; a million buildings take 2.5 GB."""

CPU_S = 600
"""Of a publication; a million buildings take 60."""

_KINDS: dict[str, type[IocError]] = {kind.__name__: kind for kind in (BadInput, TooLarge, NotFound, Conflict, Unavailable)}
_NO_MEMORY = ("MemoryError", "can't start new thread")
_TOLD = 300


class Job(msgspec.Struct):
    """What to publish: the file, as which layer, in whose name, into which database."""

    dsn: str
    file: str
    entry: CatalogueEntry
    by: str
    preview: bool


async def publish_apart(job: Job, *, memory_bytes: int = MEMORY_BYTES, cpu_s: int = CPU_S) -> dict[str, Any]:
    """Publish in a process of its own and return its report, as `PublicationReport.as_json` has it.

    Raises:
        BadInput: the file is refused, or took more memory or time than it may, or broke its reader; nothing has changed then.
        Unavailable: the database went away.
    """
    command = (sys.executable, "-m", "ioc.geo.worker", str(memory_bytes), str(cpu_s))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        said, complaints = await process.communicate(msgspec.json.encode(job))
    finally:
        if process.returncode is None:  # whoever asked has gone: nothing is published for nobody
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == 0:
        outcome: dict[str, Any] = msgspec.json.decode(said)
        if "error" in outcome:
            raise _KINDS.get(outcome["error"], BadInput)(outcome["detail"])
        return outcome
    raise BadInput(_why_it_ended(process.returncode or 0, complaints, job, memory_bytes, cpu_s))


def _why_it_ended(code: int, complaints: bytes, job: Job, memory_bytes: int, cpu_s: int) -> str:
    name = Path(job.file).name
    last = complaints.decode("utf-8", "replace").strip().splitlines()[-1:]
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"{name} is not published: checking it takes more than {cpu_s} s of computing"
    if code < 0 or any(word in line for line in last for word in _NO_MEMORY):
        # A library that gets no memory may end in any way.
        ended = f" ({signal.Signals(-code).name})" if code < 0 else ""
        return f"{name} is not published: its reader broke off{ended}; it may take {memory_bytes} bytes of memory at most"
    return f"{name} is not published: its reader ended with {code}{f': {last[0]:.{_TOLD}}' if last else ''}"


def _main() -> None:
    import ioc.geo.formats  # noqa: F401, PLC0415 - what reads files is there before memory is bounded; the service does without it

    memory_bytes, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer = os.dup(1)
    os.dup2(2, 1)  # readers that print would spoil the answer
    outcome = asyncio.run(_publish(msgspec.json.decode(sys.stdin.buffer.read(), type=Job)))
    with os.fdopen(answer, "wb") as out:
        out.write(msgspec.json.encode(outcome))


async def _publish(job: Job) -> dict[str, Any]:
    try:
        async with await open_pool(job.dsn, size=1, timeout_s=STORE_TIMEOUT_S) as pool, pool.acquire() as conn:
            report = await publish_layer(conn, Path(job.file), job.entry, by=job.by, preview=job.preview)
            return report.as_json()
    except IocError as error:
        kind = next((name for name, kind in _KINDS.items() if type(error) is kind), "BadInput")
        return {"error": kind, "detail": error.detail}
    except OSError as error:
        return {"error": "Unavailable", "detail": f"the database does not answer as it should: {error}"}


if __name__ == "__main__":
    _main()
