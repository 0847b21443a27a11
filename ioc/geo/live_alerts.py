"""Alerts as a collection: those that are open, and those of the last seven days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pyarrow as pa

from ioc.domain.live import AlertView
from ioc.geo.collection import Collection
from ioc.geo.entry import Text
from ioc.geo.live_columns import instant_column, live_entry, points, text_column, unit_columns

ALERTS = "alerts"
KEPT = timedelta(days=7)
MOST_ALERTS = 100_000
"""Of those that are no longer open."""
_TITLE = Text(vi="Cảnh báo (trực tiếp)", en="Alerts (live)")
_SUMMARY = Text(
    vi="Cảnh báo đang mở và cảnh báo của 7 ngày qua: mức độ, tình trạng, quy tắc, thời điểm, ai xác nhận, giao cho ai, tạm gác, trạm và đơn vị.",
    en="Open alerts and those of the last 7 days: severity, condition, rule, since when, acknowledged by and assigned to whom, shelved or silenced, station and unit.",
)
_TEXTS = ("rule", "kind", "severity", "condition", "quality", "subject", "station", "station_name", "property", "direction", "uom")
_OPERATORS = ("acknowledged_by", "assignee", "shelved_by", "closed_by", "close_reason")
_INSTANTS = ("started_at", "fired_at", "updated_at", "cleared_at", "acknowledged_at", "shelved_until", "closed_at")


def alerts(open_ones: Iterable[AlertView], recent: Iterable[AlertView], *, version: int, now: datetime, public: bool) -> Collection:
    """Return the alerts; of one that is in both the higher version counts."""
    newest: dict[str, AlertView] = {}
    for alert in (*recent, *open_ones):
        known = newest.get(alert.id)
        if known is None or known.version < alert.version:
            newest[alert.id] = alert
    rows = [newest[name] for name in sorted(newest)]
    return Collection(
        live_entry(ALERTS, _TITLE, _SUMMARY, public=public),
        fids=[row.id for row in rows],
        geometries=points([row.lon for row in rows], [row.lat for row in rows]),
        table=pa.table(_columns(rows)),
        version=version,
        published_at=now,
        changed_at=now,
    )


def _columns(rows: list[AlertView]) -> dict[str, pa.Array]:
    return {
        **{f"title_{language}": text_column([row.title.get(language) for row in rows]) for language in ("vi", "en")},
        **{name: text_column([getattr(row, name) for row in rows]) for name in (*_TEXTS, *_OPERATORS)},
        # Not `limit`: the items of a collection have a parameter of that name.
        **{
            column: pa.array([getattr(row, name) for row in rows], type=pa.float64())
            for column, name in (("value", "value"), ("limit_value", "limit"))
        },
        **{name: instant_column([getattr(row, name) for row in rows]) for name in _INSTANTS},
        "acknowledged": pa.array([row.acknowledged for row in rows], type=pa.bool_()),
        "flapping": pa.array([row.flapping for row in rows], type=pa.bool_()),
        "silenced": pa.array([bool(row.silenced_by) for row in rows], type=pa.bool_()),
        "comments": pa.array([row.comments for row in rows], type=pa.int64()),
        "open": pa.array([row.is_open() for row in rows], type=pa.bool_()),
        **unit_columns([row.unit for row in rows]),
    }
