"""A year of a province as events of all 22 systems, the same for the same size: 612,030 dossiers with what became of them, times `size`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DOSSIERS = 612_030
BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
_SECONDS = 364 * 86_400
_SCHEMA = pa.schema([(name, pa.string()) for name in ("source", "type", "id")] + [("time", pa.timestamp("us", tz="UTC"))] + [(n, pa.string()) for n in ("subject", "unit", "data")])  # fmt: skip

Columns = tuple[str, str, Sequence[str], Any, Sequence[str], Any, Sequence[str]]


def write_year(file: Path, communes: Sequence[str], *, size: float) -> int:
    """Write the events as Parquet in order of time; return how many there are."""
    random = np.random.default_rng(20_230_000)
    tables = [
        _table(*columns)
        for columns in [*_dossiers(random, np.array(communes), round(DOSSIERS * size)), *_others(random, np.array(communes), size)]
    ]
    whole = pa.concat_tables(tables).sort_by("time")
    pq.write_table(whole, file, row_group_size=100_000, compression="zstd")
    return whole.num_rows


def _table(source: str, kind: str, ids: Sequence[str], seconds: Any, subjects: Sequence[str], units: Any, data: Sequence[str]) -> pa.Table:
    n = len(ids)
    micros = (np.asarray(seconds, dtype=np.int64) * 1_000_000) + int(BEGIN.timestamp()) * 1_000_000
    times = pa.array(micros).cast(pa.timestamp("us", tz="UTC"))
    columns = [pa.array([source] * n), pa.array([kind] * n), pa.array(ids), times, pa.array(subjects), pa.array(units), pa.array(data)]
    return pa.Table.from_arrays(columns, schema=_SCHEMA)


def _worked(random: Any, n: int) -> Any:
    """Seconds since the beginning at which people hand things in: by day, on the five days of a week (2023 began on a Sunday)."""
    week, day = random.integers(0, 52, n), random.integers(1, 6, n)
    return np.minimum((week * 7 + day) * 86_400 + random.integers(3_600, 36_000, n), _SECONDS)


def _dossiers(random: Any, communes: Any, n: int) -> Iterator[Columns]:
    received = np.sort(_worked(random, n))
    units = communes[random.integers(0, len(communes), n)]
    online, late = random.random(n) < 0.239, random.random(n) < 0.001
    due_days = random.integers(3, 21, n)
    took = np.where(late, (due_days + 2) * 86_400, (random.random(n) * due_days * 86_400).astype(np.int64))
    days = [f"{BEGIN + timedelta(days=day):%Y-%m-%d}" for day in range(400)]
    due = ((received + 25_200) // 86_400 + due_days).tolist()
    subjects = [f"H{number}" for number in range(n)]
    ways = np.where(online, "online", "counter").tolist()
    full = np.where(random.random(n) < 0.75, "true", "false").tolist()
    data = [
        f'{{"channel":"{way}","full":{whole},"remote":{whole},"due":"{days[day]}"}}'
        for way, whole, day in zip(ways, full, due, strict=True)
    ]
    yield "nd-dvc", "dossier.received", [f"R{k}" for k in range(n)], received, subjects, units, data
    resolved = received + took
    done = np.flatnonzero(resolved < _SECONDS)
    yield _some("nd-dvc", "dossier.resolved", "Z", done, resolved, subjects, units, "{}")
    yield _some("nd-dvc", "result.issued", "I", done, resolved, subjects, units, '{"form":"electronic"}')
    for letter, kind, share, after, body in (
        ("S", "dossier.supplemented", 0.1, 40_000, "{}"),
        ("D", "dossier.digitised", 0.614, 9_000, "{}"),
        ("P", "payment.received", 0.47, 5_000, '{"channel":"online","kind":"fee","amount":20000}'),
        ("M", "message.sent", 0.99, 600, '{"number":1}'),
        ("N", "message.sent", 0.98, 5_600, '{"number":2}'),
    ):
        chosen = np.flatnonzero(random.random(n) < share)
        yield _some("nd-dvc", kind, letter, chosen, np.minimum(received + after, _SECONDS), subjects, units, body)
    yield _some("nd-dvc", "message.sent", "O", done, resolved - 60, subjects, units, '{"number":3}')


def _some(source: str, kind: str, letter: str, chosen: Any, seconds: Any, subjects: Sequence[str], units: Any, body: str) -> Columns:
    places = chosen.tolist()
    return (
        source,
        kind,
        [f"{letter}{k}" for k in places],
        seconds[chosen],
        [subjects[k] for k in places],
        units[chosen],
        [body] * len(places),
    )


_OTHERS: tuple[tuple[str, str, int, int, tuple[str, ...]], ...] = (
    # source, type, how many a year, how many subjects (0: one for each), data
    ("ioc", "alert.fired", 4_000, 0, ('{"severity":"severe"}', '{"severity":"minor"}')),
    ("ioc", "layer.replaced", 120, 12, ('{"layer":"units","version":2}',)),
    ("nd-kho", "dataset.refreshed", 2_500, 7, ('{"dataset":"a","rows":1000,"rejected":5}', '{"dataset":"b","rows":500,"rejected":1}')),
    (
        "nd-lgsp",
        "call.made",
        300_000,
        0,
        tuple(f'{{"service":"s{k % 13}","ministry":"m{k % 4}","ok":{"true" if k else "false"},"ms":{40 + 11 * k}}}' for k in range(52)),
    ),
    ("nd-opendata", "dataset.downloaded", 8_000, 92, ('{"category":"education"}', '{"category":"health"}')),
    ("nd-kyso", "certificate.granted", 600, 0, ('{"agency":"a"}', '{"agency":"b"}')),
    (
        "nd-tdoffice",
        "document.sent",
        220_000,
        0,
        ('{"form":"electronic","signed":true}', '{"form":"electronic","signed":false}', '{"form":"both","signed":true}'),
    ),
    ("nd-tdoffice", "work.processed", 150_000, 0, ('{"online":true}', '{"online":true}', '{"online":false}')),
    ("nd-nhiemvu", "task.assigned", 6_000, 0, ('{"owner":"A","due":"2023-09-01"}', '{"owner":"B","due":"2023-12-31"}')),
    ("nd-1022", "report.received", 30_000, 0, ('{"category":"waste","channel":"app"}', '{"category":"road","channel":"1022"}')),
    ("nd-1022", "report.rated", 12_000, 0, ('{"score":4}', '{"score":5}', '{"score":2}')),
    ("nd-mc", "desk.rated", 50_000, 0, ('{"desk":"d1","score":5}', '{"desk":"d2","score":3}', '{"desk":"d3","score":4}')),
    ("nd-mc", "visitor.served", 90_000, 0, ('{"desk":"d1"}',)),
    ("nd-baocao", "score.assessed", 300, 240, ('{"score":81}', '{"score":77}')),
    ("nd-baocao", "periodic-report.due", 3_000, 0, ('{"due":"2023-06-20"}', '{"due":"2023-11-20"}')),
    ("nd-hntt", "endpoint.quality", 11_000, 215, ('{"reachable":true}', '{"reachable":false}')),
    ("nd-vt", "link.probed", 90_000, 500, ('{"up":true}',) * 99 + ('{"up":false}',)),
    ("nd-vt", "link.down", 3_000, 500, ('{"kind":"bts"}', '{"kind":"fibre"}')),
    ("nd-vt", "link.up", 3_000, 500, ('{"kind":"bts"}', '{"kind":"fibre"}')),
    ("nd-ecabinet", "meeting.held", 900, 0, ('{"paperless":true,"documents":5}', '{"paperless":false}')),
    ("nd-portal", "portal.probed", 86_000, 240, ('{"status":200,"ms":90}',) * 49 + ('{"status":503}',)),
    ("nd-portal", "article.published", 24_000, 240, ('{"portal":"p1"}', '{"portal":"p2"}')),
    ("nd-attt", "security.incident", 400, 0, ('{"severity":"minor"}', '{"severity":"severe"}')),
    ("nd-attt", "security.component", 2_900, 240, ('{"protected":true}', '{"protected":false}')),
    ("nd-edu", "school.stage", 800, 600, ('{"stage":"piloting"}', '{"stage":"done"}')),
    ("nd-kts", "team.formed", 2_000, 0, ('{"members":7}',)),
)


def _others(random: Any, communes: Any, size: float) -> Iterator[Columns]:
    for source, kind, yearly, different, bodies in _OTHERS:
        n = max(1, round(yearly * size))
        names = [f"{kind}-{k % different if different else k}" for k in range(n)]
        at = random.integers(0, len(communes), n)
        if different:  # a portal stays where it is
            at = np.arange(n) % different % len(communes)
        data = [bodies[k] for k in random.integers(0, len(bodies), n).tolist()]
        yield source, kind, [f"{kind}{k}" for k in range(n)], np.sort(_worked(random, n)), names, communes[at], data
