"""`ioc indicators`: check the systems' files, and compute without a running service."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console

from ioc.cli_settings import load_settings

indicators = typer.Typer(help="Indicators of the systems.\n\nExample: ioc indicators check", no_args_is_help=True)
out = Console(soft_wrap=True, emoji=False)


@indicators.command("check", epilog="Example: ioc indicators check sdi")
def check(
    folder: Annotated[Path | None, typer.Argument(exists=True, file_okay=False, help="default: the SDI folder of the settings")] = None,
) -> None:
    """Read the systems' files and say what is wrong with them, by file and line."""
    from ioc.indicators.catalogue import load_plan  # noqa: PLC0415 - keeps `ioc --help` quick

    plan = load_plan(folder or load_settings().sdi_dir)
    for system in plan.systems.values():
        mine = [one for one in plan.indicators.values() if one.system == system.system]
        out.print(
            f"{system.number} {system.system}: {len(system.events)} event types, {len(mine)} indicators", markup=False, highlight=False
        )
    out.print(f"{len(plan.systems)} systems, {len(plan.indicators)} indicators", highlight=False)


@indicators.command("compute", epilog="Example: ioc indicators compute")
def compute() -> None:
    """Count and compute all that is due; a running service does so by itself, and both may do it at once."""
    began = monotonic()
    steps = asyncio.run(_compute())
    out.print(f"up to date after {steps} steps, {monotonic() - began:.1f} s", highlight=False)


async def _compute() -> int:
    from ioc.domain.clock import SystemClock, local_day  # noqa: PLC0415
    from ioc.geo.unit_book import UnitBook  # noqa: PLC0415
    from ioc.indicators.catalogue import load_plan  # noqa: PLC0415
    from ioc.indicators.job import IndicatorJob  # noqa: PLC0415
    from ioc.store.layers import load_units  # noqa: PLC0415
    from ioc.store.pool import open_pool  # noqa: PLC0415

    settings, clock = load_settings(), SystemClock()
    pool = await open_pool(settings.database_url, size=3, timeout_s=3600)
    try:
        book = UnitBook(today=lambda: local_day(clock.now()))
        async with pool.acquire() as conn:
            await book.read(conn, [ref for ref, _ in await load_units(conn)])
        return await IndicatorJob(load_plan(settings.sdi_dir), lambda: pool, lambda: book, clock).catch_up()
    finally:
        await pool.close()
