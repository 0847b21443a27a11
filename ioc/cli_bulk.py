"""`ioc ingest`: history from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.cli_table import print_whole, whole_table
from ioc.errors import BadInput
from ioc.ingest.bulk_kinds import Kind, kind_of
from ioc.ingest.bulk_report import Report
from ioc.ingest.bulk_rows import Told
from ioc.ingest.outcome import Outcome

if TYPE_CHECKING:
    from ioc.cli_bulk_run import Done

err = Console(stderr=True, soft_wrap=True, emoji=False, markup=False, highlight=False)
out = Console(emoji=False, markup=False, highlight=False)
_STOPPED = 130
_REJECTED = 2


def ingest(
    files: Annotated[list[Path], typer.Argument(help="NDJSON, CSV (both also .gz), Parquet or Arrow")],
    source: Annotated[str | None, typer.Option(help="the source of rows that name none")] = None,
    station: Annotated[str | None, typer.Option(help="the station of rows that name none")] = None,
    property_name: Annotated[str | None, typer.Option("--property", help="the property of rows that name none")] = None,
    timezone: Annotated[str | None, typer.Option(help="the zone of times without an offset, such as Asia/Ho_Chi_Minh")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="every column but source, station and time is a property")] = False,
    kind: Annotated[Kind | None, typer.Option("--format", help="what the files are; default: by their names")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check everything and write nothing")] = False,
) -> None:
    """Bring in years of readings, events and positions from files. No rule judges them; sending a file again changes nothing.

    Rows that are not accepted are kept in quarantine and told; the exit code is then 2. Ctrl-C ends after the rows in hand.
    """
    told = Told.of(source, station, property_name, timezone, is_wide=wide)
    kinds = {file: kind or kind_of(file) for file in files}
    for file in files:
        if not file.is_file():
            raise BadInput(f"{file} is not a file")
    from ioc.cli_bulk_run import Input, run_files  # noqa: PLC0415 - keeps `ioc --help` quick

    inputs = [Input(file, kinds[file], file.stat().st_size) for file in files]
    run = run_files(inputs, told, dry_run=dry_run, console=err)
    for file, done in run.done.items():
        _complain(file.name, done.report)
    if run.is_stopped:
        err.print(f"stopped in {next(reversed(run.done)).name}: {next(reversed(run.done.values())).report.so_far()}")
    if dry_run:
        out.print("rehearsed, nothing was written")
    print_whole(out, _table(run.done, dry_run=dry_run))
    if run.is_stopped:
        raise typer.Exit(_STOPPED)
    if any(done.report.rejected for done in run.done.values()):
        raise typer.Exit(_REJECTED)


def _complain(name: str, report: Report) -> None:
    """Tell which rows were not accepted, the first of them one by one."""
    for row, rejection in report.first:
        err.print(f"{name} row {row}: {rejection.reason}: {rejection.detail}")
    if report.rejected:
        err.print(f"{name}: not accepted: {', '.join(f'{n:,} {reason}' for reason, n in report.reasons.most_common())}")


def _table(files: Mapping[Path, Done], *, dry_run: bool) -> Table:
    """Return what became of the rows; a rehearsal cannot know which of the sound ones are there already."""
    words = ["sound" if dry_run and outcome is Outcome.STORED else outcome.value for outcome in Outcome]
    table = whole_table("file", "rows", *words, "rows/s", numbers=("rows", *words, "rows/s"))
    for file, (report, seconds) in files.items():
        counts = (f"{report.counts[outcome]:,}" for outcome in Outcome)
        table.add_row(file.name, f"{report.reached:,}", *counts, f"{report.reached / max(seconds, 1e-3):,.0f}")
    return table
