"""What a tick costs with many viewers: a frame made once, joined from ready rows for each, or encoded anew. `make bench NAME=frames`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter

import msgspec

from ioc.domain.live import Changes, ObservationChange, StationView
from ioc.streams.mirror import COLUMNS, Entity, Mirror
from ioc.streams.outbox import StateSubscription
from ioc.streams.scene import Scene

STATIONS, CHANGED, VIEWERS, TICKS = 10_000, 200, 100, 20
START = datetime(2026, 11, 22, 5, tzinfo=UTC)
_ENCODE = msgspec.json.Encoder().encode


def fill() -> Scene:
    """Return a scene of described stations, each with a reading of two properties."""
    scene = Scene(now=lambda: START, told=dict)
    views = [
        StationView(source="bench", station=f"s{n}", name=f"Station {n}", kind="rain_gauge", lon=106 + n % 100 / 100, lat=21 + n / 20_000)
        for n in range(STATIONS)
    ]
    scene.mirror.apply(Changes(stations=views))
    for name in ("rain_1h", "battery"):
        scene.mirror.apply(Changes(observations=[ObservationChange("bench", f"s{n}", name, START, 1.5) for n in range(STATIONS)]))
    return scene


def change(mirror: Mirror, tick: int) -> None:
    """Give `CHANGED` stations a new reading."""
    time = START + timedelta(seconds=tick)
    some = [ObservationChange("bench", f"s{(tick * CHANGED + n) % STATIONS}", "rain_1h", time, tick + n / 10) for n in range(CHANGED)]
    mirror.apply(Changes(observations=some))


def cells(entity: Entity) -> list[object]:
    """Return the row of an entity as values: what each viewer's frame would be encoded from."""
    place = entity.view.id, entity.view.kind, entity.view.name, entity.lon, entity.lat, False, None, None
    return [*place, entity.state, entity.newest, None, None, entity.values()]


def shared(scene: Scene, *, alike: bool) -> tuple[float, int]:
    """Return seconds a tick for all viewers, and the bytes of one frame, as the service does it; not alike: no two share a frame."""
    viewers = [StateSubscription("a" if alike else f"a{number}", scene) for number in range(VIEWERS)]
    for viewer in viewers:
        while viewer.next_frame(0) is not None:
            pass
    spent, size = 0.0, 0
    for tick in range(1, TICKS + 1):
        change(scene.mirror, tick)
        began = perf_counter()
        frames = [viewer.next_frame(tick) for viewer in viewers]
        spent += perf_counter() - began
        size = len(bytes(frames[0])) if frames[0] else 0
    return spent / TICKS, size


def anew(mirror: Mirror, *, by_column: bool) -> tuple[float, int]:
    """Return the same when each viewer's frame is encoded from values, by row or by column."""
    told, spent, size = [mirror.position] * VIEWERS, 0.0, 0
    for tick in range(TICKS + 1, 2 * TICKS + 1):
        change(mirror, tick)
        began = perf_counter()
        for viewer in range(VIEWERS):
            rows = [cells(entity) for entity in mirror.since(told[viewer])]
            body: object = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)) if by_column else rows
            size = len(_ENCODE({"type": "d", "id": "a", "seq": tick, "prev": tick - 1, "pos": mirror.position, "t": START, "cols": body}))
            told[viewer] = mirror.position
        spent += perf_counter() - began
    return spent / TICKS, size


if __name__ == "__main__":
    print(f"{STATIONS} stations, {CHANGED} change in a tick, {VIEWERS} viewers of everything")
    base, size = shared(fill(), alike=True)
    print(f"one frame for all who are told alike: {base * 1e3:.2f} ms a tick, frame of {size} bytes")
    seconds, size = shared(fill(), alike=False)
    print(f"joined rows for each: {seconds * 1e3:.1f} ms a tick, ratio {seconds / base:.1f}, frame of {size} bytes")
    for name, by_column in (("encoded anew by row", False), ("encoded anew by column", True)):
        seconds, size = anew(fill().mirror, by_column=by_column)
        print(f"{name}: {seconds * 1e3:.1f} ms a tick, ratio {seconds / base:.1f}, frame of {size} bytes")
