"""SenML in JSON (RFC 8428): a pack of records whose base fields hold for the records after them too."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from ioc.domain.observation import Observation, SeriesKey
from ioc.ingest import fields
from ioc.ingest.outcome import Reason
from ioc.ingest.shapes import SenmlRecord
from ioc.ingest.topics import Topic, shown
from ioc.ingest.wording import as_sent

_VERSION = 10
_RELATIVE_BELOW_S = 2.0**28
_SUM_SUFFIX = ".sum"
_BASE_FIELDS = frozenset({"bn", "bt", "bu", "bv", "bs", "bver"})
_OWN_FIELDS = frozenset({"n", "u", "v", "vs", "vb", "vd", "s", "t", "ut", "bv", "bs"})


@dataclass(frozen=True, slots=True)
class _Base:
    """The base fields in force; `value` and `sum` are None as long as no record told them."""

    name: str = ""
    time_s: float = 0.0
    value: float | None = None
    sum: float | None = None

    def after(self, told: SenmlRecord) -> _Base:
        """Return the base fields from this record on."""
        if told.bver is not None and told.bver != _VERSION:
            fields.refuse(Reason.SCHEMA, f"base version {as_sent(told.bver)} is not {_VERSION}")
        return replace(
            self,
            name=self.name if told.bn is None else told.bn,
            time_s=self.time_s if told.bt is None else _seconds(told.bt, "bt"),
            value=self.value if told.bv is None else fields.read_number(told.bv, "bv"),
            sum=self.sum if told.bs is None else fields.read_number(told.bs, "bs"),
        )


def recognises(body: Any) -> bool:
    """Return whether `body` is a pack, or a lone record: something in it bears a name or a base name as text."""
    if isinstance(body, list):
        return any(_is_named(one) for one in body)
    return _is_named(body)


def parts(topic: Topic, body: Any, arrived: datetime) -> Iterator[Callable[[], Observation]]:
    """Yield the observations of a pack; a record has one for its value and one, named `….sum`, for its sum.

    Raises:
        fields.Refusal: a base field cannot be read, so that nothing after it can be understood, or no record has a value.
    """
    base, is_empty = _Base(), True
    for entry in body if isinstance(body, list) else [body]:
        if not isinstance(entry, dict):
            is_empty = False
            yield partial(fields.refuse, Reason.SCHEMA, f"{as_sent(entry)} is not a SenML record")
            continue
        try:
            told = fields.read_shape(entry, SenmlRecord)
        except fields.Refusal as refusal:
            if not entry.keys().isdisjoint(_BASE_FIELDS):
                raise
            is_empty = False
            yield partial(fields.refuse, refusal.reason, refusal.detail)
            continue
        base = base.after(told)
        if not entry.keys().isdisjoint(_OWN_FIELDS) or _unknown_field(entry):
            is_empty = False
            yield from _of_record(topic, entry, told, base, arrived)
    if is_empty:
        fields.refuse(Reason.SCHEMA, "no record of the pack has a value")


def _is_named(entry: Any) -> bool:
    return isinstance(entry, dict) and (isinstance(entry.get("bn"), str) or isinstance(entry.get("n"), str))


def _of_record(
    topic: Topic, entry: dict[str, Any], told: SenmlRecord, base: _Base, arrived: datetime
) -> Iterable[Callable[[], Observation]]:
    """Return one part for the value and one for the sum, or one that says what is wrong."""
    if unknown := _unknown_field(entry):
        return [partial(fields.refuse, Reason.SCHEMA, f"field {shown(unknown)} must be understood and is not known")]
    values = sorted(entry.keys() & {"v", "vs", "vb", "vd"})
    has_sum = told.s is not None or base.sum is not None
    if len(values) > 1:
        return [partial(fields.refuse, Reason.SCHEMA, f"record has {' and '.join(values)}, not one value")]
    if not values and not has_sum and base.value is None:
        return [partial(fields.refuse, Reason.SCHEMA, "record has no value and no sum")]
    found: list[Callable[[], Observation]] = []
    if values or not has_sum:
        found.append(partial(_value, topic, told, base, arrived))
    if has_sum:
        found.append(partial(_sum, topic, told, base, arrived))
    return found


def _unknown_field(entry: dict[str, Any]) -> str | None:
    """Return the name of a field that a reader must understand: RFC 8428 ends such names with `_`, and defines none."""
    return next((name for name in entry if name.endswith("_")), None)


def _value(topic: Topic, told: SenmlRecord, base: _Base, arrived: datetime) -> Observation:
    for name, what in (("vs", "text"), ("vd", "binary")):
        if getattr(told, name) is not None:
            fields.refuse(Reason.VALUE, f"{name} is a {what} value; only numbers (v) and booleans (vb) are kept")
    if told.vb is not None:
        if not isinstance(told.vb, bool):
            fields.refuse(Reason.VALUE, f"vb {as_sent(told.vb)} is neither true nor false")
        number = float(told.vb)
    else:
        number = _added(told.v, base.value, "v")
    return Observation(_series(topic, told, base), _time(told, base, arrived), number)


def _sum(topic: Topic, told: SenmlRecord, base: _Base, arrived: datetime) -> Observation:
    return Observation(_series(topic, told, base, _SUM_SUFFIX), _time(told, base, arrived), _added(told.s, base.sum, "s"))


def _added(told: Any, base: float | None, name: str) -> float:
    """Return the number plus its base; whichever is missing counts as zero."""
    own = 0.0 if told is None and base is not None else fields.read_number(told, name)
    return fields.read_number(own + (base or 0.0), f"{name} with its base")


def _series(topic: Topic, told: SenmlRecord, base: _Base, suffix: str = "") -> SeriesKey:
    """Return the series: the resolved name without the station's own name and the `/` or `:` after it."""
    name = base.name + (told.n or "")
    if name.startswith((f"{topic.name}/", f"{topic.name}:")):
        name = name[len(topic.name) + 1 :]
    return SeriesKey(topic.source, topic.name, fields.read_property(name + suffix))


def _time(told: SenmlRecord, base: _Base, arrived: datetime) -> datetime:
    """Return the time of a record; below 2**28 seconds it counts from now (RFC 8428 section 4.5.3)."""
    seconds = base.time_s + (0.0 if told.t is None else _seconds(told.t, "t"))
    if seconds == 0:
        return arrived
    try:
        return arrived + timedelta(seconds=seconds) if seconds < _RELATIVE_BELOW_S else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        fields.refuse(Reason.TIME, f"time {seconds} s is not on the calendar")


def _seconds(told: Any, name: str) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not abs(told) < math.inf:
        fields.refuse(Reason.TIME, f"{name} {as_sent(told)} is not a number of seconds")
    try:
        return float(told)
    except OverflowError:
        fields.refuse(Reason.TIME, f"{name} {as_sent(told)} is not on the calendar")
