"""Publish layers: read, check, repair, and make visible in one transaction, or change nothing; go live later, or back to an earlier version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
import shapely

from ioc.errors import BadInput
from ioc.geo.crs import needs_proof
from ioc.geo.diff import Change, change_of, counts_of
from ioc.geo.entry import CatalogueEntry, decode_entry, read_catalogue
from ioc.geo.layer import Finding, Geometries, Repair, Source
from ioc.geo.lineage import publish_lineage
from ioc.geo.publication import prepare
from ioc.geo.source import in_words_of, read_raw
from ioc.geo.tile_publish import TileState, draw, state_of_tiles
from ioc.store.layer_versions import load_known_layers, load_versions, save_version, serve_version, stream_differences
from ioc.store.layers import load_entries, load_units
from ioc.store.pool import Connection, open_pool
from ioc.store.tiles import forget_trouble

CATALOGUE_FILE = "catalogue.yaml"
BY_COMMAND = "ioc sdi"
"""Who publishes where nobody is named."""

STORE_TIMEOUT_S = 600.0
"""A statement stores 10,000 features: in a second, but a database may be busy."""

Progress: TypeAlias = Callable[[str, str, float], None]
"""Told the layer, what is being done, and how much is done, 0 to 1: of going live first, then of drawing its tiles."""


@dataclass(frozen=True, slots=True)
class PublicationReport:
    """What publishing a layer came to; `is_new` is False where the version was there already, `is_served` where it waits to go live.

    `changes` counts what is not as in the version that is served, where that is another one; `tiles` are `pending` until somebody has drawn
    them.
    """

    layer: str
    version: int
    is_new: bool
    is_served: bool
    features: int
    bbox: tuple[float, ...]
    changes: dict[str, int] | None
    crs: str
    crs_known: str
    encoding: str
    encoding_known: str
    repairs: tuple[Repair, ...]
    findings: tuple[Finding, ...]
    tiles: TileState

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


async def sdi_publish(
    dsn: str,
    *,
    sdi_dir: Path,
    layer: str | None = None,
    file: Path | None = None,
    changed: dict[str, Any] | None = None,
    by: str = BY_COMMAND,
    preview: bool = False,
    wait: bool = True,
    on_progress: Progress | None = None,
) -> list[PublicationReport]:
    """Publish the catalogue of `sdi_dir`, only `layer` of it, or `file` as that layer, into the database at `dsn`.

    `changed` are words of the entry that hold for this file, `by` is who does it; a `preview` is stored but not served. When all is live the
    tiles are drawn, unless `wait` is False: then a running service draws them.

    Raises:
        ConfigurationError: the catalogue is wrong.
        BadInput: a file cannot be read, a layer is not known or refused; the layers before it are published.
    """
    if file is not None and layer is None:
        raise BadInput(f"name the layer that {file} is published as")
    async with await open_pool(dsn, size=1, timeout_s=STORE_TIMEOUT_S) as pool, pool.acquire() as conn:
        if file is None:
            only = None if layer is None else [layer]
            reports = await publish_catalogue(conn, sdi_dir, only=only, by=by, preview=preview, on_progress=on_progress)
        else:
            entry = with_words(await entry_of(conn, str(layer), sdi_dir), changed or {})
            reports = [await publish_layer(conn, file, entry, by=by, preview=preview, on_progress=on_progress)]
        return [await _drawn(conn, each, on_progress or _tell_nobody) for each in reports] if wait else reports


async def publish_catalogue(
    conn: Connection,
    sdi_dir: Path,
    *,
    only: Sequence[str] | None = None,
    by: str = BY_COMMAND,
    preview: bool = False,
    on_progress: Progress | None = None,
) -> list[PublicationReport]:
    """Publish the layers of the catalogue in `sdi_dir` in its order, or `only` those named; raises as `sdi_publish` does."""
    entries = read_catalogue(sdi_dir / CATALOGUE_FILE)
    known = [entry.id for entry in entries]
    if unknown := sorted(set(only or ()) - set(known)):
        raise BadInput(f"the catalogue has no layer {', '.join(unknown)}: it has {', '.join(known)}")
    reports = []
    for position, entry in enumerate(entries):
        if only is None or entry.id in only:
            async with conn.transaction():
                report = await publish_layer(
                    conn, sdi_dir / entry.file, entry, position=position, by=by, preview=preview, on_progress=on_progress
                )
                if report.is_served:
                    await publish_lineage(conn, entry, sdi_dir)
            reports.append(report)
    return reports


async def publish_layer(
    conn: Connection,
    file: Path,
    entry: CatalogueEntry,
    *,
    position: int | None = None,
    by: str = BY_COMMAND,
    preview: bool = False,
    on_progress: Progress | None = None,
) -> PublicationReport:
    """Publish the content of `file` as the layer that `entry` describes, in the name of `by`; a `preview` is stored but not served.

    `position` is its place in the order of precedence; None keeps the place that it has, or puts a new layer last.

    Raises:
        BadInput: the file cannot be read, or (as `LayerRefused`) its content cannot be published; nothing has changed then.
    """
    tell = on_progress or _tell_nobody
    tell(entry.id, "read", 0.0)
    source = await _read(conn, file, entry)
    tell(entry.id, "check", 0.3)
    publication, repairs, findings = await asyncio.to_thread(prepare, source, entry)
    notes = source.notes
    del source  # a million geometries are not needed twice
    tell(entry.id, "store", 0.5)
    told = partial(tell, entry.id, "store")
    async with conn.transaction():
        saved = await save_version(
            conn, publication, by=by, position=position, serve=not preview, on_stored=lambda share: told(0.5 + 0.5 * share)
        )
        await forget_trouble(conn, entry.id, saved.version)  # publishing again tries again
    tiles = await state_of_tiles(conn, entry.id, saved.version)
    changes = None if saved.is_served else await _changes_of_preview(conn, entry.id, saved.version)
    tell(entry.id, "live" if saved.is_served else "stored", 1.0)
    return PublicationReport(
        entry.id,
        saved.version,
        saved.is_new,
        saved.is_served,
        publication.features.num_rows,
        tuple(publication.bbox),
        changes,
        **notes,
        repairs=repairs,
        findings=findings,
        tiles=tiles,
    )


async def _drawn(conn: Connection, report: PublicationReport, tell: Progress) -> PublicationReport:
    """Return `report` once the tiles of its version are drawn, or cannot be."""
    if report.tiles != "pending":
        return report
    tell(report.layer, "tiles", 0.0)
    state = await draw(conn, report.layer, report.version, on_drawn=lambda share: tell(report.layer, "tiles", share))
    tell(report.layer, "done", 1.0)
    return replace(report, tiles=state)


async def _read(conn: Connection, file: Path, entry: CatalogueEntry) -> Source:
    """Return what `file` holds; where nothing says its coordinate system it is held against the published units."""
    raw = await asyncio.to_thread(read_raw, file, entry)
    known = await _known_areas(conn) if needs_proof(raw, entry) else None
    return await asyncio.to_thread(in_words_of, raw, entry, known)


async def _changes_of_preview(conn: Connection, layer: str, version: int) -> dict[str, int] | None:
    (known,) = await load_known_layers(conn, layer)
    if known.version is None:
        return None
    counts, _ = await compare_versions(conn, layer, known.version, version, limit=0)
    return counts


async def go_live(conn: Connection, layer: str, version: int, *, by: str) -> None:
    """Serve `version` of `layer` from now on, a preview or an earlier one; NotFound where there is none. Units are named as it has them."""

    def describe(entry: str, may_be_public: bool) -> tuple[str, bool, bool]:
        own = decode_entry(entry)
        own = msgspec.structs.replace(own, public=own.public and may_be_public)
        return own.as_json(), own.join, own.kind == "units"

    await serve_version(conn, layer, version, by=by, describe=describe)


async def compare_versions(conn: Connection, layer: str, old: int, new: int, *, limit: int) -> tuple[dict[str, int], list[Change]]:
    """Return how much differs between two versions of `layer`, and the first `limit` changes by id.

    `counts` has `added`, `removed`, `moved`, `changed`, and `features`: how many features differ at all. NotFound where there is no such
    version.
    """
    for version in (old, new):
        await load_versions(conn, layer, version=version)
    counts = dict.fromkeys(("features", "added", "removed", "moved", "changed"), 0)
    listed: list[Change] = []
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        async for records in stream_differences(conn, layer, old, new):
            changes = await asyncio.to_thread(lambda rows: [change_of(dict(row)) for row in rows], records)
            for kind, count in counts_of(changes).items():
                counts[kind] += count
            counts["features"] += len(changes)
            listed += changes[: limit - len(listed)]
    return counts, listed


def with_words(entry: CatalogueEntry, changed: dict[str, Any]) -> CatalogueEntry:
    """Return `entry` with the words `changed`; BadInput where one is not right."""
    try:
        return msgspec.convert(msgspec.to_builtins(entry) | changed, CatalogueEntry)
    except msgspec.ValidationError as error:
        raise BadInput(f"the entry of layer {entry.id} is wrong: {error}") from error


async def _known_areas(conn: Connection) -> Geometries:
    """Return the areas of the units that join: what a file without a coordinate system is held against."""
    areas = [area for _, area in await load_units(conn) if area is not None]
    return np.asarray(shapely.from_wkb(areas), dtype=np.object_)


async def entry_of(conn: Connection, layer: str, sdi_dir: Path) -> CatalogueEntry:
    """Return the entry of `layer`: as the catalogue has it now, else as it was last published."""
    entries = {name: decode_entry(entry) for name, entry in (await load_entries(conn)).items()}
    if (sdi_dir / CATALOGUE_FILE).exists():
        entries |= {entry.id: entry for entry in read_catalogue(sdi_dir / CATALOGUE_FILE)}
    if layer not in entries:
        raise BadInput(f"no layer {layer} is known: write its entry into {sdi_dir / CATALOGUE_FILE}")
    return entries[layer]


def _tell_nobody(layer: str, doing: str, share: float) -> None:
    """Take no notice."""
