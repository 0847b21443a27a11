"""Layers and their versions as JSON, for those who publish them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ioc.domain.clock import rfc3339
from ioc.geo.entry import decode_entry
from ioc.geo.freshness import freshness_of
from ioc.store.layer_versions import KnownLayer, VersionRow


def layer_document(row: KnownLayer, now: datetime) -> dict[str, Any]:
    """Return what is known of a layer: its entry, which version is served, and whether that is as new as promised."""
    entry = decode_entry(row.entry)
    return {
        "id": row.id,
        "entry": msgspec.to_builtins(entry),
        "served": row.version,
        "newest": row.newest,
        "versions": row.versions,
        "features": row.feature_count,
        "bbox": row.bbox,
        "published_at": _time(row.published_at),
        "published_by": row.published_by,
        "checked_at": _time(row.checked_at),
        "served_at": _time(row.served_at),
        **freshness_of(entry, row.checked_at, now),
        **_tiles(row),
    }


def version_document(row: VersionRow, *, whole: bool = False) -> dict[str, Any]:
    """Return a version; `whole` adds its entry and the report of what was found and repaired."""
    told = {
        "version": row.version,
        "state": state_of(row),
        "features": row.feature_count,
        "bbox": row.bbox,
        "valid_from": _day(row.valid_from),
        "valid_to": _day(row.valid_to),
        "published_at": _time(row.published_at),
        "published_by": row.published_by,
        "checked_at": _time(row.checked_at),
        "served_at": _time(row.served_at),
        "served_by": row.served_by,
        **_tiles(row),
    }
    if whole:
        told |= {"entry": msgspec.json.decode(row.entry), "report": msgspec.json.decode(row.report)}
    return told


def state_of(row: VersionRow) -> str:
    """Return `served`, `earlier` (it was served once) or `preview` (it never was)."""
    if row.is_served:
        return "served"
    return "preview" if row.served_at is None else "earlier"


def diff_document(layer: str, against: int, version: int, counts: dict[str, int], changes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the head of a difference with the changes that are listed; `truncated` says whether there are more."""
    return {"layer": layer, "against": against, "version": version, "counts": counts, "changes": list(changes)}


def _tiles(row: KnownLayer | VersionRow) -> dict[str, str]:
    return {"tiles": row.tiles} | ({"tiles_trouble": row.tiles_trouble} if row.tiles_trouble else {})


def _time(instant: datetime | None) -> str | None:
    return rfc3339(instant) if instant else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
