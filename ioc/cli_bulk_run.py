"""What `ioc ingest` does: files into the store, one after the other, beside a service that may be running."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column

from ioc.domain.clock import SystemClock, local_day
from ioc.geo.locate import UnitIndex
from ioc.indicators.catalogue import load_plan
from ioc.ingest.bulk_files import read_file
from ioc.ingest.bulk_kinds import Kind
from ioc.ingest.bulk_load import Loader, portions, rehearsing, writing
from ioc.ingest.bulk_report import Report
from ioc.ingest.bulk_rows import RowReader, Told
from ioc.ingest.gate import Gate
from ioc.ingest.policy import Policy
from ioc.ingest.replay import NoRules
from ioc.ingest.writer import Writer
from ioc.settings import load_settings
from ioc.store.layers import load_units
from ioc.store.live import load_live
from ioc.store.pool import open_pool
from ioc.store.registry import Registry
from ioc.store.sources import touch_registry


class Input(NamedTuple):
    """A file, what it is, and how many bytes it has."""

    path: Path
    kind: Kind
    size: int


class Done(NamedTuple):
    """What became of a file, and how many seconds that took."""

    report: Report
    seconds: float


class Run:
    """The files of one call, those that were begun with what became of them; `is_stopped` by Ctrl-C."""

    def __init__(self, console: Console) -> None:
        self.done: dict[Path, Done] = {}
        self.is_stopped = False
        self._console = console

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Let the first Ctrl-C end the work in good order; the second one ends it at once."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            self.is_stopped = True
            self._console.print("stopping after the rows in hand")
            loop.remove_signal_handler(signal.SIGINT)

        loop.add_signal_handler(signal.SIGINT, stop)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)


def run_files(inputs: Sequence[Input], told: Told, *, dry_run: bool, console: Console) -> Run:
    """Commit the files, or only check them, and show how far it is on `console`; raises as `Loader.load` does."""
    return asyncio.run(_run(inputs, told, dry_run=dry_run, console=console))


async def _run(inputs: Sequence[Input], told: Told, *, dry_run: bool, console: Console) -> Run:
    run = Run(console)
    async with await open_pool(load_settings().database_url, size=2) as pool:
        make = await _rehearsing(pool) if dry_run else await _writing(pool)
        try:
            with run.watching(), _bars(console) as bars:
                for one in inputs:
                    await _load(run, one, told, loader=make(), bars=bars)
                    if run.is_stopped:
                        break
        finally:
            if not dry_run:
                async with pool.acquire() as conn:
                    await touch_registry(conn)
    return run


async def _load(run: Run, one: Input, told: Told, *, loader: Loader, bars: Progress) -> None:
    began, bar = monotonic(), bars.add_task(one.path.name, total=one.size, told="")
    rows = portions(read_file(one.path, one.kind, told), RowReader(told, is_text=one.kind is Kind.CSV), SystemClock())
    try:
        await loader.load(rows, stop=lambda: run.is_stopped, progress=partial(_show, bars, bar, began))
    finally:
        run.done[one.path] = Done(loader.report, monotonic() - began)


Make = Callable[[], Loader]


async def _writing(pool: asyncpg.Pool) -> Make:
    async with pool.acquire() as conn:
        units = UnitIndex(await load_units(conn), today=lambda: local_day(SystemClock().now()))
    settings = load_settings()
    known = Registry(units.ref, event_types=load_plan(settings.sdi_dir).event_types)
    gate = Gate(Policy(settings.source_policy))
    writer = Writer(pool, known=known, units=lambda: units, judge=NoRules(), gate=gate)
    return lambda: writing(writer, known=known, gate=gate, pool=lambda: pool)


async def _rehearsing(pool: asyncpg.Pool) -> Make:
    async with pool.acquire() as conn:
        stations = (await load_live(conn, lambda _unit: None)).stations
    settings = load_settings()
    types = load_plan(settings.sdi_dir).event_types
    return lambda: rehearsing(stations, gate=Gate(Policy(settings.source_policy)), pool=lambda: pool, event_types=types)


def _bars(console: Console) -> Progress:
    # Of a narrow terminal the last column, which is the longest, takes what is left.
    name, size, left = (Column(no_wrap=True) for _ in range(3))
    words = TextColumn("{task.description}", table_column=name), TextColumn("{task.fields[told]}")
    measures = DownloadColumn(table_column=size), TimeRemainingColumn(table_column=left)
    return Progress(words[0], BarColumn(bar_width=20), *measures, words[1], console=console)


def _show(bars: Progress, bar: TaskID, began: float, report: Report) -> None:
    rate = report.reached / max(monotonic() - began, 1e-3)
    told = ", ".join(f"{n:,} {outcome}" for outcome, n in report.counts.items() if n)
    bars.update(bar, completed=report.position, told=f"{rate:,.0f} rows/s: {told}")
