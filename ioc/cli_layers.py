"""`ioc sdi`: layers published, looked at before they go live, compared, taken back."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ioc.cli_settings import load_settings
from ioc.store.pool import Connection, open_pool

if TYPE_CHECKING:
    from ioc.geo.publish import PublicationReport

sdi = typer.Typer(help="Publish layers.\n\nExample: ioc sdi publish", no_args_is_help=True)


@sdi.callback()
def _say_results_only() -> None:
    """Publish layers."""
    import structlog  # noqa: PLC0415 - keeps `ioc --help` quick

    # What a service logs is no output of a command; what is amiss still is told.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))


out = Console(soft_wrap=True, emoji=False, markup=False, highlight=False)
err = Console(stderr=True, soft_wrap=True, emoji=False)
Result = TypeVar("Result")

_FEW = 10
_TIMEOUT_S = 600.0
_Layer = Annotated[str, typer.Argument(help="the layer's id")]
_Version = Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="the version's number, as `versions` shows it")]


class Encoding(StrEnum):
    """How the letters of a file are written."""

    UTF8 = "UTF-8"
    WINDOWS = "windows-1258"
    TCVN3 = "TCVN3"
    VNI = "VNI"


class Form(StrEnum):
    """How differences are written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    GEOJSON = "geojson"


@sdi.command("publish", epilog="Examples: ioc sdi publish · ioc sdi publish communes.zip --layer units --crs EPSG:9214 --preview")
def sdi_publish(
    file: Annotated[Path | None, typer.Argument(help="a file for one layer; without it all layers of the catalogue are published")] = None,
    layer: Annotated[str | None, typer.Option(help="the layer that FILE is")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="store it and say what it changes, but do not serve it")] = False,
    crs: Annotated[str | None, typer.Option(help="the coordinate system of FILE, where it does not say: EPSG:9214")] = None,
    encoding: Annotated[Encoding | None, typer.Option(help="how the letters of FILE are written, where it cannot be proved")] = None,
    wait: Annotated[
        bool, typer.Option(help="return when the tiles are drawn; --no-wait: when it is live, and a running service draws them")
    ] = True,
) -> None:
    """Publish layers: checked, repaired and reported, versioned, never half."""
    from ioc.geo.publish import sdi_publish as publish  # noqa: PLC0415 - keeps `ioc --help` quick

    if (file is None) != (layer is None):
        raise typer.BadParameter("FILE and --layer come together")
    changed = {name: str(value) for name, value in (("crs", crs), ("encoding", encoding)) if value is not None}
    if changed and file is None:
        raise typer.BadParameter(f"--{next(iter(changed))} holds for one FILE: the catalogue says it of its own files")
    settings = load_settings()
    with Progress(console=err, transient=True) as progress:
        bars: dict[str, Any] = {}

        def show(name: str, doing: str, share: float) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name)
            progress.update(bars[name], completed=100 * share, description=f"{name}: {doing}")

        told: dict[str, Any] = {"file": file, "layer": layer, "changed": changed, "preview": preview, "wait": wait}
        by = f"ioc sdi ({getpass.getuser()})"
        reports = asyncio.run(publish(settings.database_url, sdi_dir=settings.sdi_dir, by=by, on_progress=show, **told))
    for report in reports:
        _tell(report, is_file=file is not None)


def _tell(report: PublicationReport, *, is_file: bool) -> None:
    """Print what a publication came to; of a file also how it was read, and what was found."""
    word = f"version {report.version}" if report.is_new else f"unchanged, still version {report.version}"
    waits = "" if report.is_served else f", not served: ioc sdi serve {report.layer} {report.version}"
    out.print(f"{report.layer}: {word}, {report.features} features, {len(report.repairs)} repaired{waits}")
    if report.tiles != "drawn":
        told = {"pending": "are not drawn yet: a running service draws them", "failed": "cannot be drawn: the log says why"}
        out.print(f"  its tiles {told[report.tiles]}")
    if report.changes is not None:
        out.print(f"  against what is served: {', '.join(f'{count} {kind}' for kind, count in report.changes.items())}")
    if is_file:
        out.print(f"  coordinate system {report.crs} ({report.crs_known}), encoding {report.encoding} ({report.encoding_known})")
    for repair in report.repairs[:_FEW]:
        out.print(f"  repaired {repair.feature}: {repair.reason} at {repair.lon:.6f} {repair.lat:.6f}")
    for finding in report.findings[:_FEW]:
        out.print(f"  {finding.kind}: {finding.text}")
    if (more := max(0, len(report.repairs) - _FEW) + max(0, len(report.findings) - _FEW)) > 0:
        out.print(f"  and {more} more: ioc sdi show {report.layer} {report.version}")


@sdi.command("list", epilog="Example: ioc sdi list")
def sdi_list() -> None:
    """List the layers: what is served, and whether it is as new as promised."""
    from ioc.geo.layer_documents import layer_document  # noqa: PLC0415
    from ioc.store.layer_versions import load_known_layers  # noqa: PLC0415

    table = Table("layer", "served", "newest", "features", "published", "by", "freshness", "tiles")
    for row in _run(load_known_layers):
        told = layer_document(row, datetime.now(UTC))
        names = ("id", "served", "newest", "features", "published_at", "published_by", "freshness", "tiles")
        table.add_row(*("-" if told[name] is None else str(told[name]) for name in names))
    out.print(table)


@sdi.command("versions", epilog="Example: ioc sdi versions units")
def sdi_versions(layer: _Layer) -> None:
    """List the versions of a layer, newest first."""
    from ioc.geo.layer_documents import version_document  # noqa: PLC0415
    from ioc.store.layer_versions import load_versions  # noqa: PLC0415

    names = ("version", "state", "features", "valid_from", "valid_to", "published_at", "published_by", "served_at")
    table = Table(*(name.removesuffix("_at").replace("_", " ") for name in names))
    for row in _run(lambda conn: load_versions(conn, layer)):
        told = version_document(row)
        table.add_row(*("-" if told[name] is None else str(told[name]) for name in names))
    out.print(table)


@sdi.command("show", epilog="Example: ioc sdi show units 2")
def sdi_show(layer: _Layer, version: _Version) -> None:
    """Print a version as JSON: its entry, and the report of what was found and repaired."""
    import msgspec  # noqa: PLC0415

    from ioc.geo.layer_documents import version_document  # noqa: PLC0415
    from ioc.store.layer_versions import load_versions  # noqa: PLC0415

    (row,) = _run(lambda conn: load_versions(conn, layer, version=version))
    out.print(msgspec.json.format(msgspec.json.encode(version_document(row, whole=True)), indent=2).decode())


@sdi.command("serve", epilog="Example: ioc sdi serve units 2")
def sdi_serve(layer: _Layer, version: _Version) -> None:
    """Let a version go live: a preview, or an earlier one to go back to."""
    from ioc.geo.publish import go_live  # noqa: PLC0415

    _run(lambda conn: go_live(conn, layer, version, by=f"ioc sdi ({getpass.getuser()})"))
    out.print(f"{layer}: version {version} is served")


@sdi.command("diff", epilog="Example: ioc sdi diff units 1 2 --form csv > changes.csv")
def sdi_diff(
    layer: _Layer,
    old: Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="the version before")],
    new: Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="the version after")],
    form: Annotated[Form, typer.Option(help="how to write it")] = Form.TEXT,
    limit: Annotated[int, typer.Option(min=1, help="list at most so many features")] = 1000,
) -> None:
    """Say what differs between two versions: added, removed, moved, and which attributes changed."""
    from ioc.geo.layer_routes import answer_difference, as_csv  # noqa: PLC0415
    from ioc.geo.publish import compare_versions  # noqa: PLC0415

    counts, changes = _run(lambda conn: compare_versions(conn, layer, old, new, limit=limit))
    if form is Form.TEXT:
        out.print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
        out.print(as_csv(changes), end="")
    else:
        out.print(bytes(answer_difference(layer, old, new, counts, changes, form).body).decode(), end="" if form is Form.CSV else "\n")
    if counts["features"] > len(changes):
        err.print(f"{counts['features'] - len(changes)} more features differ: --limit {counts['features']} lists them all")


@sdi.command("delete", epilog="Example: ioc sdi delete units 1")
def sdi_delete(layer: _Layer, version: _Version) -> None:
    """Delete a version that is not served; nothing else ever deletes one."""
    from ioc.store.layer_versions import delete_version  # noqa: PLC0415

    _run(lambda conn: delete_version(conn, layer, version))
    out.print(f"{layer}: version {version} is deleted")


def _run(work: Callable[[Connection], Awaitable[Result]]) -> Result:
    async def with_connection() -> Result:
        async with await open_pool(load_settings().database_url, size=1, timeout_s=_TIMEOUT_S) as pool, pool.acquire() as conn:
            return await work(conn)

    return asyncio.run(with_connection())
