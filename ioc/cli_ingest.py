"""`ioc quarantine`, `ioc sources` and `ioc stations`: what arrived and was not accepted, who sends, and what stands where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import asyncpg
import typer
from rich.console import Console
from rich.padding import Padding

from ioc.cli_settings import load_settings
from ioc.cli_table import print_whole, whole_table
from ioc.domain.clock import SystemClock, local_day, rfc3339
from ioc.domain.observation import StationKey
from ioc.errors import BadInput, NotFound
from ioc.ingest.liveness import liveness
from ioc.ingest.outcome import Outcome, Reason
from ioc.ingest.policy import Policy
from ioc.ingest.stations import Fate, ImportReport, import_stations
from ioc.ingest.topics import is_name, shown
from ioc.store import quarantine as kept
from ioc.store import sources as store
from ioc.store.layers import load_units
from ioc.store.pool import Connection, open_pool
from ioc.store.quarantine import Selection

if TYPE_CHECKING:
    from ioc.geo.locate import UnitIndex
    from ioc.ingest.replay import ReplayReport

quarantine = typer.Typer(help="What was not accepted.\n\nExample: ioc quarantine list --source hydro", no_args_is_help=True)
sources = typer.Typer(help="Who sends.\n\nExample: ioc sources list", no_args_is_help=True)
stations = typer.Typer(help="What stands where.\n\nExample: ioc stations import gauges.csv --source hydro", no_args_is_help=True)
out = Console(soft_wrap=True, emoji=False, markup=False, highlight=False)
err = Console(stderr=True, soft_wrap=True, emoji=False, markup=False, highlight=False)
Result = TypeVar("Result")
_BOOKS = ("received", *Outcome)

_Ids = Annotated[list[int] | None, typer.Argument(help="ids of messages, as `list` shows them")]
_Source = Annotated[str | None, typer.Option(help="only of this source")]
_Reason = Annotated[Reason | None, typer.Option(help="only with this reason")]
_From = Annotated[str | None, typer.Option("--from", help="only what arrived then or later, RFC 3339")]
_To = Annotated[str | None, typer.Option("--to", help="only what arrived before, RFC 3339")]
_All = Annotated[bool, typer.Option("--all", help="everything")]


@quarantine.command("list", epilog="Example: ioc quarantine list --reason range --limit 20")
def quarantine_list(
    source: _Source = None,
    reason: _Reason = None,
    begin: _From = None,
    end: _To = None,
    limit: Annotated[int, typer.Option(min=1, help="at most so many, the newest")] = 50,
) -> None:
    """List messages, newest first, and how full the quarantine is."""
    chosen = Selection(None, source, reason, _time(begin), _time(end))
    rows = _run(lambda pool: _on(pool, lambda conn: kept.quarantined(conn, chosen, limit=limit)))
    for row in rows:
        tried = f"  {row['tries']} tries" if row["tries"] else ""
        out.print(f"{row['id']}  {rfc3339(row['arrived'])}  {row['reason']}  {row['length']} bytes{tried}")
        for line in (row["topic"], row["detail"]):
            out.print(Padding(line, (0, 0, 0, 4)), soft_wrap=False)
    out.print(_run(lambda pool: _on(pool, kept.quarantine_size)).in_words())


@quarantine.command("show", epilog="Example: ioc quarantine show 17")
def quarantine_show(number: Annotated[int, typer.Argument(help="id of the message")]) -> None:
    """Show one message: what is wrong with it, and its payload."""
    row = _message(number)
    for name in ("topic", "source", "reason", "detail", "items", "tries"):
        out.print(f"{name}: {row[name]}")
    out.print(f"arrived: {rfc3339(row['arrived'])}\nbytes: {row['length']}")
    try:
        text = row["payload"].decode()
    except UnicodeDecodeError:
        text = row["payload"].hex(" ", 4)
    out.print(text[:10_000])


@quarantine.command("download", epilog="Example: ioc quarantine download 17 --output message.bin")
def quarantine_download(
    number: Annotated[int, typer.Argument(help="id of the message")],
    output: Annotated[Path | None, typer.Option(help="default: standard output")] = None,
) -> None:
    """Write the payload of one message, byte for byte."""
    payload: bytes = _message(number)["payload"]
    if output is None:
        typer.get_binary_stream("stdout").write(payload)
    else:
        output.write_bytes(payload)


@quarantine.command("replay", epilog="Example: ioc quarantine replay --source hydro --reason range")
def quarantine_replay(
    ids: _Ids = None, source: _Source = None, reason: _Reason = None, begin: _From = None, end: _To = None, everything: _All = False
) -> None:
    """Send messages through ingest again; no rule judges them here, unlike those that a running service replays."""
    chosen = _chosen(ids, source, reason, begin, end, everything=everything)
    report = _run(lambda pool: _replay(pool, chosen))
    out.print(
        f"{report.messages} messages: {report.stored} items stored, {report.duplicate} duplicate, {report.late} late, "
        f"{report.quarantined} still in quarantine, {report.refused} refused",
    )


@quarantine.command("drop", epilog="Example: ioc quarantine drop --to 2026-01-01T00:00:00Z")
def quarantine_drop(
    ids: _Ids = None, source: _Source = None, reason: _Reason = None, begin: _From = None, end: _To = None, everything: _All = False
) -> None:
    """Throw messages away for good; the books go on counting them as quarantined."""
    chosen = _chosen(ids, source, reason, begin, end, everything=everything)
    dropped = _run(lambda pool: _on(pool, lambda conn: kept.drop_quarantined(conn, chosen)))
    out.print(f"{dropped} messages dropped")


@sources.command("list", epilog="Example: ioc sources list")
def sources_list() -> None:
    """List the sources with their status, their policy and their books."""
    usual, now = Policy(load_settings().source_policy), SystemClock().now()
    columns = ("source", "status", "policy", "stations", "last seen", *_BOOKS)
    table = whole_table(*columns, numbers=("stations", *_BOOKS))
    for row in _run(lambda pool: _on(pool, store.sources)):
        status = liveness(online=row["online"], last_seen=row["last_seen"], shortest_s=row["shortest_s"], now=now)
        seen = f"{row['last_seen']:%Y-%m-%dT%H:%M:%SZ}" if row["last_seen"] else "-"
        books = (f"{row[name]}" for name in _BOOKS)
        table.add_row(row["id"], status, row["policy"] or f"{usual} (usual)", str(row["stations"]), seen, *books)
    print_whole(out, table)


@sources.command("policy", epilog="Example: ioc sources policy hydro pending")
def sources_policy(source: str, policy: Annotated[Policy, typer.Argument(help="who may register its stations")]) -> None:
    """Say whether the stations of a source register themselves, wait for approval, or are imported; services follow within a second."""
    _check_names(source)
    _run(lambda pool: _on(pool, lambda conn: store.set_policy(conn, source, policy)))
    out.print(f"{source} is {policy}")


@sources.command("approve", epilog="Example: ioc sources approve hydro gauge-7")
def sources_approve(source: str, station: str) -> None:
    """Register a station of a source that is not open; then replay what it sent before."""
    _check_names(source, station)
    is_new = _run(lambda pool: _on(pool, lambda conn: store.approve_station(conn, StationKey(source, station))))
    out.print(f"{source}/{station} is registered" if is_new else f"{source}/{station} was registered before")


@stations.command("import", epilog="Example: ioc stations import gauges.csv --source hydro --dry-run")
def stations_import(
    file: Annotated[Path, typer.Argument(help="CSV, GeoJSON or GeoPackage")],
    source: Annotated[str, typer.Option(help="the source that the stations belong to")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would become of each row")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="leave refused rows out instead of importing nothing")] = False,
) -> None:
    """Import stations with what they measure: all of the file, or nothing."""
    from ioc.ingest.station_files import read_stations  # noqa: PLC0415 - keeps `ioc --help` quick

    _check_names(source)
    rows = read_stations(file)

    async def work(pool: asyncpg.Pool) -> ImportReport:
        async with pool.acquire() as conn:
            places = await _units(conn)
            return await import_stations(conn, source, rows, places=places, dry_run=dry_run, skip_bad=skip_bad)

    report = _run(work)
    for row in report.rows:
        if row.fate is Fate.REFUSED:
            err.print(f"row {row.row} {row.code}: {row.detail}")
    counts = ", ".join(f"{n} {fate}" for fate, n in report.counts().items())
    refused = "a refused row keeps the others out, unless --skip-bad: " if report.counts()[Fate.REFUSED] and not skip_bad else ""
    out.print(f"imported: {counts}" if report.imported else f"nothing imported; {refused}it would be {counts}")
    if not report.imported and not dry_run:
        raise typer.Exit(2)


async def _replay(pool: asyncpg.Pool, chosen: Selection) -> ReplayReport:
    from ioc.indicators.catalogue import load_plan  # noqa: PLC0415 - keeps `ioc --help` quick
    from ioc.ingest.gate import Gate  # noqa: PLC0415
    from ioc.ingest.replay import NoRules, Replayer  # noqa: PLC0415
    from ioc.ingest.writer import Writer  # noqa: PLC0415
    from ioc.store.registry import Registry  # noqa: PLC0415

    async with pool.acquire() as conn:
        units = await _units(conn)
    settings = load_settings()
    known = Registry(units.ref, event_types=load_plan(settings.sdi_dir).event_types)
    gate = Gate(Policy(settings.source_policy))
    writer = Writer(pool, known=known, units=lambda: units, judge=NoRules(), gate=gate)
    report = await Replayer(lambda: pool, writer=writer, known=known, gate=gate, clock=SystemClock()).replay(chosen)
    async with pool.acquire() as conn:
        await store.touch_registry(conn)
    return report


async def _units(conn: Connection) -> UnitIndex:
    from ioc.geo.locate import UnitIndex  # noqa: PLC0415 - keeps `ioc --help` quick

    return UnitIndex(await load_units(conn), today=lambda: local_day(SystemClock().now()))


def _run(work: Callable[[asyncpg.Pool], Awaitable[Result]]) -> Result:
    async def go() -> Result:
        async with await open_pool(load_settings().database_url, size=2) as pool:
            return await work(pool)

    return asyncio.run(go())


async def _on(pool: asyncpg.Pool, work: Callable[[Connection], Awaitable[Result]]) -> Result:
    async with pool.acquire() as conn:
        return await work(conn)


def _message(number: int) -> asyncpg.Record:
    row = _run(lambda pool: _on(pool, lambda conn: kept.quarantined_one(conn, number)))
    if row is None:
        raise NotFound(f"there is no message {number} in quarantine")
    return row


def _chosen(
    ids: list[int] | None, source: str | None, reason: Reason | None, begin: str | None, end: str | None, *, everything: bool
) -> Selection:
    chosen = Selection(ids or None, source, reason, _time(begin), _time(end))
    if (chosen == Selection()) is not everything:
        raise BadInput("name what is meant by ids, --source, --reason, --from and --to, or everything by --all, not both")
    return chosen


def _time(told: str | None) -> datetime | None:
    try:
        time = None if told is None else datetime.fromisoformat(told)
    except ValueError:
        raise BadInput(f"time {shown(str(told))} is not RFC 3339") from None
    if time is not None and time.tzinfo is None:
        raise BadInput(f"time {told} has no offset: add Z or +07:00")
    return None if time is None else time.astimezone(UTC)


def _check_names(*names: str) -> None:
    for name in names:
        if not is_name(name):
            raise BadInput(f"name {shown(name)} is not 1 to 64 letters, digits, '.', '_', ':' or '-' beginning with a letter or digit")
