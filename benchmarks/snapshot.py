"""What it costs the server to show 50,000 stations to somebody new, and to somebody who was away for ten seconds. `make bench NAME=snapshot`.

Seconds of CPU of the server alone, all pages of a snapshot together; pages go one at a time, others have their turn in between.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from time import process_time

from benchmarks.rig import report
from ioc.domain.live import Changes, ObservationChange, StationView
from ioc.streams.outbox import StateSubscription
from ioc.streams.scene import Scene
from ioc.streams.view import View

STATIONS, AWAY_S, CHANGED_A_SECOND = 50_000, 10, 200
START = datetime(2026, 11, 22, 5, tzinfo=UTC)
COUNTRY = (102.2, 8.5, 109.5, 23.4)
AFAR = View(*COUNTRY, 5)


def fill() -> Scene:
    """Return a scene of described stations all over the country, each with a reading of two properties."""
    chance, (west, south, east, north) = random.Random(3), COUNTRY
    scene = Scene(now=lambda: START, told=dict)
    views = [
        StationView(
            source="bench",
            station=f"s{n}",
            name=f"Trạm {n}",
            kind="rain_gauge",
            lon=chance.uniform(west, east),
            lat=chance.uniform(south, north),
        )
        for n in range(STATIONS)
    ]
    scene.mirror.apply(Changes(stations=views))
    for name in ("rain_1h", "battery"):
        scene.mirror.apply(Changes(observations=[ObservationChange("bench", f"s{n}", name, START, 1.5) for n in range(STATIONS)]))
    return scene


def taken(subscription: StateSubscription) -> tuple[float, float, int, int]:
    """Return the seconds until there is nothing more to send, the longest of a single frame, the bytes of all, and the rows."""
    seconds, longest, size, rows, at = 0.0, 0.0, 0, 0, 1000.0
    while True:
        began = process_time()
        data = subscription.next_frame(at)
        spent = process_time() - began
        seconds, longest = seconds + spent, max(longest, spent)
        if data is None:
            return seconds, longest, size, rows
        size += len(data.framed)
        rows += len(json.loads(bytes(data)).get("rows", ()))


def main() -> None:
    """Measure and print goals."""
    scene = fill()
    mirror = scene.mirror
    far = StateSubscription("state", scene, view=AFAR)
    seconds, _, size, cells = taken(far)
    print(f"from afar: {cells} cells, {size:,} bytes, {seconds * 1000:.0f} ms")
    report("snapshot_50000_low_zoom_ms", seconds * 1000, 300, at_most=True)
    whole = StateSubscription("state", scene)
    seconds, longest, size, rows = taken(whole)
    print(f"whole: {rows:,} rows, {size:,} bytes, {seconds * 1000:.0f} ms, the longest page {longest * 1000:.1f} ms")
    report("snapshot_50000_whole_ms", seconds * 1000, 1500, at_most=True)
    again, _, _, _ = taken(StateSubscription("state", scene))
    print(f"whole once more, with rows that are encoded: {again * 1000:.0f} ms")
    told, chance = mirror.position, random.Random(5)
    changed: set[int] = set()
    for second in range(1, AWAY_S + 1):
        some = chance.choices(range(STATIONS), k=CHANGED_A_SECOND)
        changed |= set(some)
        now = START + timedelta(seconds=second)
        mirror.apply(Changes(observations=[ObservationChange("bench", f"s{n}", "rain_1h", now, 2.5) for n in some]))
    seconds, _, size, rows = taken(StateSubscription("state", scene, resume_at=told))
    print(f"away for {AWAY_S} s: {len(changed)} stations changed, {rows} rows, {size:,} bytes, {seconds * 1000:.1f} ms")
    report("resume_rows_per_changed_station", rows / len(changed), 1, at_most=True)


if __name__ == "__main__":
    main()
