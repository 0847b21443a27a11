"""Whether a message costs the same however many series there are, and however many readings are stored. `make bench NAME=growth`.

ARGS="--rows 0 1000000 10000000 100000000 --draw" goes further than the default; 100 million readings take some 15 GB and ten minutes.
Two speeds: as fast as the service can, when a batch holds several readings of the same series if these are few; and 2,000 messages a second,
when it holds one of each, as it is at rest.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from benchmarks.curves import draw
from benchmarks.rig import SERIES, Cost, Load, Rig, execute, open_rig, report, typical

_GOAL = 1.3
_SOURCE = "growth"
_RATE = 2000
_STATIONS = """
INSERT INTO station (source_id, code, name)
SELECT s.id, 's' || n, 's' || n FROM source s, generate_series($2::int, $3::int - 1) AS n WHERE s.name = $1
"""
_SERIES_OF_STATIONS = """
INSERT INTO series (station_id, property)
SELECT st.id, 'level' FROM station st JOIN source s ON s.id = st.source_id WHERE s.name = $1 ORDER BY st.id ON CONFLICT DO NOTHING
"""
_LATEST = "INSERT INTO latest_observation (series_id, time, value) SELECT id, $1, 0.5 FROM series ON CONFLICT DO NOTHING"
# A reading of each series every minute, a part of a day at a time, as the days would have brought them.
_READINGS = """
INSERT INTO observation (series_id, time, value, arrived)
SELECT se.id, m, 10 + sin(se.id + extract(epoch FROM m) / 7000), m + interval '1 second'
FROM generate_series($1::timestamptz, $2::timestamptz, interval '1 minute') AS m, (SELECT id FROM series ORDER BY id LIMIT $3) AS se
"""
_SIZE = {
    True: "SELECT hypertable_size('observation'), (SELECT count(*) FROM show_chunks('observation'))",
    False: "SELECT pg_total_relation_size('observation'), 0",
}
Curve = dict[int, Cost]


class Growth:
    """A store that grows, and what a message costs in it."""

    def __init__(self, rig: Rig, messages: int, rounds: int) -> None:
        self._rig, self._messages, self._rounds = rig, messages, rounds
        self._series = 0
        self._began = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)
        self._filled, self._rows = self._began, 0
        self._next = self._began + timedelta(seconds=1)

    def have_series(self, series: int) -> None:
        """Register stations until there are so many series, each with a newest observation."""
        execute(self._rig.database.dsn, lambda conn: self._register(conn, series))

    def have_rows(self, rows: int) -> None:
        """Store readings of the time before, until there are so many, and put the tables in order."""
        execute(self._rig.database.dsn, lambda conn: self._fill(conn, rows))

    def cost(self, *, rate: float | None) -> Cost:
        """Return what a message costs in the store as it is now, the median of some rounds."""
        messages = int(rate * 10) if rate else self._messages
        costs = [self._rig.measure(self._load(messages, rate)) for _ in range(self._rounds)]
        return typical(costs)

    def run(self, sizes: Sequence[int], grow: Callable[[int], None], what: str) -> tuple[Curve, Curve]:
        """Return the cost at full speed and at a steady rate for each size; the service starts anew for each, as it would after a day."""
        fast, steady = {}, {}
        for size in sizes:
            grow(size)
            self._rig.service.start()
            self._rig.measure(self._load(max(5000, 2 * self._series), None))  # so that everything is known and prepared
            fast[size], steady[size] = self.cost(rate=None), self.cost(rate=_RATE)
            self._rig.service.stop()
            print(f"{size:,} {what}, full speed: {fast[size].in_words}")
            print(f"{size:,} {what}, at {_RATE} msg/s: {steady[size].in_words}", flush=True)
        return fast, steady

    def _load(self, messages: int, rate: float | None) -> Load:
        start = self._next
        self._next += timedelta(seconds=1 + messages // self._series // 1000)
        return Load(self._rig.broker, _SOURCE, messages, series=self._series, rate=rate, start=start)

    async def _register(self, conn: asyncpg.Connection, series: int) -> None:
        await conn.execute("INSERT INTO source (name) VALUES ($1) ON CONFLICT DO NOTHING", _SOURCE)
        await conn.execute(_STATIONS, _SOURCE, self._series, series)
        await conn.execute(_SERIES_OF_STATIONS, _SOURCE)
        await conn.execute(_LATEST, self._began)
        await _put_in_order(conn)
        self._series = series

    async def _fill(self, conn: asyncpg.Connection, rows: int) -> None:
        step = timedelta(hours=6)
        while self._rows < rows:
            minutes = min(step // timedelta(minutes=1), -(-(rows - self._rows) // self._series))
            first = self._filled - timedelta(minutes=minutes)
            done = await conn.execute(_READINGS, first, self._filled - timedelta(minutes=1), self._series, timeout=600)
            self._filled, self._rows = first, self._rows + int(done.split()[-1])
        await _put_in_order(conn)
        is_hypertable = self._rig.database.level.value != "plain"
        size, chunks = await conn.fetchrow(_SIZE[is_hypertable]) or (0, 0)
        print(f"{self._rows:,} readings filled in, {size / 2**30:.2f} GiB in {chunks} chunks", flush=True)


def main() -> None:
    """Measure both ways of growing, print the costs and how they compare."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--series", type=int, nargs="*", default=[100, 1000, 10_000, 100_000], help="from few to many")
    words.add_argument("--rows", type=int, nargs="*", default=[0, 1_000_000, 10_000_000], help="from few to many")
    words.add_argument("--messages", type=int, default=60_000, help="of a round at full speed")
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--draw", action="store_true", help="write docs/benchmarks/growth_….png")
    told = words.parse_args()
    for what, sizes in (("series", told.series), ("readings", told.rows)):
        if not sizes:
            continue
        with open_rig() as rig:
            growth = Growth(rig, told.messages, told.rounds)
            if what == "readings":
                growth.have_series(SERIES)
            fast, steady = growth.run(sizes, growth.have_series if what == "series" else growth.have_rows, what)
        if told.draw:
            _draw(what, fast, steady)
        for name, curve in (("full_speed", fast), ("steady", steady)):
            cost = {size: one.cpu_per_1000("service", "database") for size, one in curve.items()}
            report(f"cost_{name}_at_{sizes[-1]}_of_{sizes[0]}_{what}", cost[sizes[-1]] / cost[sizes[0]], _GOAL, at_most=True)


async def _put_in_order(conn: asyncpg.Connection) -> None:
    """Do now what autovacuum would do during the measurement."""
    await conn.execute("VACUUM ANALYZE", timeout=1800)
    await conn.execute("CHECKPOINT", timeout=600)


def _draw(what: str, fast: Curve, steady: Curve) -> None:
    sizes = list(fast)
    costs = {
        f"{who}, {name}": (sizes, [one.cpu_per_1000(who) for one in curve.values()])
        for name, curve in (("full speed", fast), (f"{_RATE} msg/s", steady))
        for who in ("service", "database")
    }
    x_name = "series that are known" if what == "series" else f"readings that are stored, of {SERIES:,} series, one a minute"
    speed = {"committed, full speed": (sizes, [one.rate for one in fast.values()])}
    draw(
        f"growth_{what}",
        f"What a message costs with more {what}",
        [(x_name, "ms of CPU for 1,000 messages", costs), (x_name, "messages a second", speed)],
        by_decades=True,
    )


if __name__ == "__main__":
    main()
