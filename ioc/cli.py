"""The `ioc` command."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from ioc import __version__
from ioc.access.keys import hash_key, new_key
from ioc.access.roles import Role
from ioc.cli_bulk import ingest
from ioc.cli_contract import asyncapi
from ioc.cli_doctor import doctor
from ioc.cli_indicators import indicators
from ioc.cli_ingest import quarantine, sources, stations
from ioc.cli_layers import sdi
from ioc.cli_replay import read_instant
from ioc.cli_rules import rules
from ioc.cli_settings import load_settings
from ioc.cli_stream import stream
from ioc.errors import IocError

app = typer.Typer(
    name="ioc",
    help="Backend and live map of a smart-city operations centre.\n\nStart with: ioc demo",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="API keys.\n\nExample: ioc keys create control-room --role operator", no_args_is_help=True)
simulate = typer.Typer(help="Publish as field systems do.\n\nExample: ioc simulate province --rate 40", no_args_is_help=True)
app.add_typer(sdi, name="sdi")
app.add_typer(keys, name="keys")
app.add_typer(rules, name="rules")
app.add_typer(simulate, name="simulate")
app.add_typer(quarantine, name="quarantine")
app.add_typer(indicators, name="indicators")
app.add_typer(sources, name="sources")
app.add_typer(stations, name="stations")
app.command("ingest", epilog="Example: ioc ingest 2019.parquet 2020.csv.gz --source hydro --timezone Asia/Ho_Chi_Minh")(ingest)
app.command("asyncapi", epilog="Example: ioc asyncapi --out asyncapi.json")(asyncapi)
app.command("stream", epilog="Example: ioc stream --bbox 105.9,21.1,107,21.6 --state minor")(stream)
app.command("doctor", epilog="Examples: ioc doctor · ioc doctor --json · IOC_DOCTOR_KEY=… ioc doctor")(doctor)
out = Console(soft_wrap=True, emoji=False)
err = Console(stderr=True, soft_wrap=True, emoji=False)


def main() -> None:
    """Run the command; an error of ours is one line on standard error and exit code 2."""
    try:
        app()
    except IocError as error:
        _complain(error.detail)
        sys.exit(2)
    except (OSError, asyncpg.PostgresError) as error:
        _complain(f"{type(error).__name__}: {error} (the database is the one that IOC_DATABASE_URL names)")
        sys.exit(1)


def _complain(detail: str) -> None:
    """Print `detail` on one line as it is: what looks like markup belongs to the value that is wrong."""
    err.print(Text.assemble(("ioc:", "red"), " ", " ".join(detail.splitlines())))


@app.command(epilog="Example: ioc version")
def version() -> None:
    """Print the version."""
    out.print(__version__)


@app.command(epilog="Example: IOC_HTTP_PORT=8080 ioc serve")
def serve() -> None:
    """Run the service with the settings of `ioc.toml` and `IOC_…`; stop it with Ctrl-C or SIGTERM."""
    from ioc.serve import run_service  # noqa: PLC0415 - keeps `ioc --help` quick

    sys.exit(run_service(load_settings()))


@app.command(epilog="Example: ioc migrate")
def migrate() -> None:
    """Bring the database to the present schema."""
    from ioc.store.migrate import migrate as bring_up  # noqa: PLC0415

    level = bring_up(load_settings().database_url)
    out.print(f"migrated: {level.in_words()}")


@keys.command("create", epilog="Example: ioc keys create control-room --role operator")
def keys_create(name: str, role: Annotated[Role, typer.Option(help="what its holder may do")]) -> None:
    """Make a key and print it; it is shown this once."""
    from ioc.store.keys import add_key  # noqa: PLC0415

    key = new_key()
    asyncio.run(_with_connection(lambda conn: add_key(conn, name=name, role=role, digest=hash_key(key))))
    out.print(key, highlight=False, soft_wrap=True)


@keys.command("list", epilog="Example: ioc keys list")
def keys_list() -> None:
    """List the keys, never the keys themselves."""
    from ioc.store.keys import list_keys  # noqa: PLC0415

    table = Table("name", "role", "created", "last used", "revoked")
    for row in asyncio.run(_with_connection(list_keys)):
        table.add_row(
            row["name"], row["role"], *(f"{row[c]:%Y-%m-%d %H:%M}Z" if row[c] else "-" for c in ("created_at", "last_used", "revoked_at"))
        )
    out.print(table)


@keys.command("revoke", epilog="Example: ioc keys revoke control-room")
def keys_revoke(name: str) -> None:
    """Make a key worthless; running services notice within ten seconds."""
    from ioc.store.keys import revoke_key  # noqa: PLC0415

    asyncio.run(_with_connection(lambda conn: revoke_key(conn, name)))
    out.print(f"{name} is revoked")


async def _with_connection(work: Any) -> Any:
    conn = await asyncpg.connect(load_settings().database_url)
    try:
        return await work(conn)
    finally:
        await conn.close()


@app.command(epilog="Example: ioc demo --port 8080 --rate 100")
def demo(
    port: Annotated[int, typer.Option(envvar="IOC_DEMO_PORT", min=0, max=65535, help="of the map; 0 takes a free one")] = 8080,
    data_dir: Annotated[Path, typer.Option(help="where the demo keeps its database")] = Path(".demo"),
    reset: Annotated[bool, typer.Option("--reset", help="start over with an empty database")] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="messages a second that the simulated province publishes")] = 40.0,
    seed: Annotated[int, typer.Option(help="the same seed makes the same province")] = 1,
    speed: Annotated[float, typer.Option(min=0.1, help="how fast its world runs; 60: an hour in a minute")] = 1.0,
) -> None:
    """Run everything on this machine: database, broker, service, map and a simulated province."""
    from ioc.demo.run import Options, run_demo  # noqa: PLC0415

    sys.exit(run_demo(Options(port=port, data_dir=data_dir, reset=reset, rate=rate, seed=seed, speed=speed), console=out))


@simulate.command("province", epilog="Example: ioc simulate province --rate 40 --duration 60")
def simulate_province(
    rate: Annotated[float, typer.Option(min=0.1, help="messages a second")] = 40.0,
    speed: Annotated[float, typer.Option(min=0.1, help="how fast the simulated world runs")] = 1.0,
    seed: Annotated[int, typer.Option(help="the same seed makes the same province")] = 1,
    duration: Annotated[float | None, typer.Option(help="seconds; without it until Ctrl-C")] = None,
    offices_since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day since which its offices work; without it they publish nothing")
    ] = None,
    offices_from: Annotated[str | None, typer.Option(help="the instant after which they publish; without it now")] = None,
) -> None:
    """Publish as the field systems of Bắc Giang would, through the broker of the settings."""
    from ioc.demo.simulate import simulate_province as publish  # noqa: PLC0415

    settings = load_settings()
    publish(
        mqtt_url=settings.mqtt_url,
        protocol=settings.mqtt_protocol,
        rate=rate,
        speed=speed,
        seed=seed,
        duration_s=duration,
        offices_since=offices_since and offices_since.date(),
        offices_from=None if offices_from is None else read_instant(offices_from),
        ca_file=settings.mqtt_ca_file,
    )


@simulate.command("namdinh-2023-05", epilog="Example: ioc simulate namdinh-2023-05")
def simulate_namdinh(seed: Annotated[int, typer.Option(help="the same seed makes the same events")] = 1) -> None:
    """Publish Nam Định's month of 20 April to 19 May 2023: 64,103 dossiers with what became of them."""
    from ioc.demo.simulate import simulate_namdinh as publish  # noqa: PLC0415

    settings = load_settings()
    with Progress(console=err, transient=True) as progress:
        bar = progress.add_task("namdinh-2023-05", total=None)
        report = publish(
            mqtt_url=settings.mqtt_url,
            protocol=settings.mqtt_protocol,
            ca_file=settings.mqtt_ca_file,
            seed=seed,
            on_progress=lambda so_far: progress.update(
                bar, description=f"{sum(so_far.events.values()):,} events acknowledged by the broker"
            ),
        )
    for kind, count in sorted(report.events.items()):
        out.print(f"{kind}: {count:,} events" + (f", {report.vnd[kind]:,} VND" if report.vnd.get(kind) else ""), highlight=False)


if __name__ == "__main__":
    main()
