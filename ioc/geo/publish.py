"""Publish layers: read, check, repair, and make visible in one transaction, or change nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ioc.errors import BadInput
from ioc.geo.entry import CatalogueEntry, decode_entry, read_catalogue
from ioc.geo.layer import Repair
from ioc.geo.publication import prepare
from ioc.geo.source import read_source
from ioc.store.layers import load_layers, save_publication
from ioc.store.pool import Connection, open_pool

CATALOGUE_FILE = "catalogue.yaml"

Progress: TypeAlias = Callable[[str, str, float], None]
"""Told the layer, what is being done, and how much of the layer is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class PublicationReport:
    """What publishing a layer came to; `is_new` is False where the same content was served already."""

    layer: str
    version: int
    is_new: bool
    features: int
    crs: str
    repairs: tuple[Repair, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)


async def sdi_publish(
    dsn: str, *, sdi_dir: Path, layer: str | None = None, file: Path | None = None, on_progress: Progress | None = None
) -> list[PublicationReport]:
    """Publish the catalogue of `sdi_dir`, only `layer` of it, or `file` as that layer, into the database at `dsn`.

    Raises:
        ConfigurationError: the catalogue is wrong.
        BadInput: a file cannot be read, a layer is not known or refused; the layers before it are published.
    """
    if file is not None and layer is None:
        raise BadInput(f"name the layer that {file} is published as")
    async with await open_pool(dsn, size=1) as pool, pool.acquire() as conn:
        if file is None:
            return await publish_catalogue(conn, sdi_dir, only=None if layer is None else [layer], on_progress=on_progress)
        entry = await _entry_of(conn, str(layer), sdi_dir)
        return [await publish_layer(conn, file, entry, on_progress=on_progress)]


async def publish_catalogue(
    conn: Connection, sdi_dir: Path, *, only: Sequence[str] | None = None, on_progress: Progress | None = None
) -> list[PublicationReport]:
    """Publish the layers of the catalogue in `sdi_dir` in its order, or `only` those named; raises as `sdi_publish` does."""
    entries = read_catalogue(sdi_dir / CATALOGUE_FILE)
    known = [entry.id for entry in entries]
    if unknown := sorted(set(only or ()) - set(known)):
        raise BadInput(f"the catalogue has no layer {', '.join(unknown)}: it has {', '.join(known)}")
    return [
        await publish_layer(conn, sdi_dir / entry.file, entry, position=position, on_progress=on_progress)
        for position, entry in enumerate(entries)
        if only is None or entry.id in only
    ]


async def publish_layer(
    conn: Connection, file: Path, entry: CatalogueEntry, *, position: int | None = None, on_progress: Progress | None = None
) -> PublicationReport:
    """Publish the content of `file` as the layer that `entry` describes.

    `position` is its place in the order of precedence; None keeps the place that it has, or puts a new layer last.

    Raises:
        BadInput: the file cannot be read, or (as `LayerRefused`) its content cannot be published; nothing has changed then.
    """
    tell = on_progress or _tell_nobody
    tell(entry.id, "read", 0.0)
    source = await asyncio.to_thread(read_source, file, entry)
    tell(entry.id, "check", 0.3)
    publication, repairs = await asyncio.to_thread(prepare, source, entry)
    tell(entry.id, "store", 0.6)
    saved = await save_publication(conn, publication, position=position)
    tell(entry.id, "done", 1.0)
    return PublicationReport(entry.id, saved.version, saved.is_new, len(publication.features), source.crs, repairs)


async def _entry_of(conn: Connection, layer: str, sdi_dir: Path) -> CatalogueEntry:
    """Return the entry of `layer`: as the catalogue has it now, else as it was last published."""
    entries = {row.id: decode_entry(row.entry) for row in await load_layers(conn)}
    if (sdi_dir / CATALOGUE_FILE).exists():
        entries |= {entry.id: entry for entry in read_catalogue(sdi_dir / CATALOGUE_FILE)}
    if layer not in entries:
        raise BadInput(f"no layer {layer} is known: write its entry into {sdi_dir / CATALOGUE_FILE}")
    return entries[layer]


def _tell_nobody(layer: str, doing: str, share: float) -> None:
    """Take no notice."""
