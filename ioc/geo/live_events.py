"""Events of a time as a collection; those without a place have no geometry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

from ioc.domain.clock import LOCAL_ZONE
from ioc.domain.unit import UnitRef
from ioc.errors import BadInput
from ioc.geo.collection import Collection
from ioc.geo.entry import Text
from ioc.geo.live_columns import instant_column, live_entry, points, text_column, unit_columns
from ioc.geo.parameters import DAY, INSTANT
from ioc.geo.table import JSON_TYPE

EVENTS = "events"
USUAL = timedelta(days=1)
MOST_EVENTS = 100_000
_TITLE = Text(vi="Sự kiện dịch vụ (trực tiếp)", en="Service events (live)")
_SUMMARY = Text(
    vi="Sự kiện của 24 giờ qua; datetime= chọn khoảng thời gian khác. Sự kiện không có vị trí thì không có hình học.",
    en="Events of the last 24 hours; datetime= names another time. Those without a place have no geometry.",
)


class Window(NamedTuple):
    """A time from `begin` to `end`, the latter exclusive; None: open."""

    begin: datetime | None
    end: datetime | None


def read_window(text: str) -> Window:
    """Return the time that the parameter `datetime` names: an instant, a day in Viet Nam, or an interval of these, `..` open.

    Raises:
        BadInput: it is none of these.
    """
    first, slash, last = text.partition("/")
    begin, end = _moment(first, text, is_end=False), _moment(last if slash else first, text, is_end=True)
    if begin is not None and end is not None and begin >= end:
        raise BadInput(f"datetime {text:.100} begins after it ends")
    return Window(begin, end)


def events(rows: Sequence[Any], unit_of: Callable[[int], UnitRef | None], *, version: int, now: datetime, public: bool) -> Collection:
    """Return the events `rows`, the newest first, as the store has them; one more than `MOST_EVENTS` says that there are others."""
    is_cut, kept = len(rows) > MOST_EVENTS, sorted(rows[:MOST_EVENTS], key=_fid)
    units = {number: ref.as_json() for number in {row["unit_id"] for row in kept} - {None} if (ref := unit_of(number))}
    placed = unit_columns([units.get(row["unit_id"]) for row in kept])
    columns = {
        **{name: text_column([row[name] for row in kept]) for name in ("source", "type", "subject")},
        "event_id": text_column([row["id"] for row in kept]),
        "time": instant_column([row["time"] for row in kept]),
        **placed,
        "named_unit_code": text_column([row["unit_code"] for row in kept]),
        "data": pa.ExtensionArray.from_storage(JSON_TYPE, text_column([row["data"] for row in kept])),
    }
    return Collection(
        live_entry(EVENTS, _TITLE, _SUMMARY, public=public, note=_cut(kept) if is_cut else None),
        fids=[_fid(row) for row in kept],
        geometries=points([row["lon"] for row in kept], [row["lat"] for row in kept]),
        table=pa.table(columns),
        version=version,
        published_at=now,
        changed_at=now,
    )


def _fid(row: Mapping[str, Any]) -> str:
    return f"{row['source']}/{row['id']}"


def _cut(kept: Sequence[Mapping[str, Any]]) -> Text:
    oldest = min(row["time"] for row in kept).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Text(
        vi=f"Chỉ {MOST_EVENTS} sự kiện mới nhất, từ {oldest}: hãy hỏi một khoảng thời gian ngắn hơn bằng datetime=.",
        en=f"Only the newest {MOST_EVENTS} events, since {oldest}: ask for a shorter time with datetime=.",
    )


def _moment(part: str, text: str, *, is_end: bool) -> datetime | None:
    if part in {"", ".."} and "/" in text:
        return None
    try:
        if day := DAY.fullmatch(part):
            return datetime.combine(date.fromisoformat(day[1]), time(), LOCAL_ZONE) + timedelta(days=1 if is_end else 0)
        if INSTANT.fullmatch(part):
            # An interval holds its end.
            return datetime.fromisoformat(part.upper()).astimezone(UTC) + timedelta(microseconds=1 if is_end else 0)
    except (ValueError, OverflowError):
        pass
    raise BadInput(f"datetime {text:.100} is not an instant such as 2025-07-01T00:00:00Z, a day, or two of them with / between")
