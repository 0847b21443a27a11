"""Whether the service's memory stays where it is at full speed. `make bench NAME=memory ARGS="--minutes 10 --draw"`."""

from __future__ import annotations

import argparse
import threading
import time
from datetime import UTC, datetime, timedelta

import psutil

from benchmarks.curves import draw
from benchmarks.rig import Load, Meter, Rig, execute, ledger, open_rig, report

_GOAL = 1.1
_ROUND = 40_000
_PAUSE_S = 0.2
_PATIENCE_S = 60


def main() -> None:
    """Measure and print how much larger the service is at the end than after the first fifth."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=2)
    words.add_argument("--draw", action="store_true", help="write docs/benchmarks/memory.png")
    told = words.parse_args()
    with open_rig() as rig:
        rig.service.start()
        rig.warm("memory")
        samples: list[tuple[float, float]] = []
        over = threading.Event()
        sampler = threading.Thread(target=_sample, args=(rig.service.pid, samples, over), daemon=True)
        sampler.start()
        in_words = send_for(rig, told.minutes * 60)
        over.set()
        sampler.join()
    if told.draw:
        curve = [seconds / 60 for seconds, _ in samples], [size for _, size in samples]
        draw("memory", in_words.split(";")[0], [("minutes at full speed", "resident memory, MiB", {"service": curve})], by_decades=False)
    fifth, end = _around(samples, 0.2), _around(samples, 1)
    print(
        f"{in_words}\nresident memory of the service: {samples[0][1]:.0f} MiB before, {fifth:.0f} after the first fifth, {end:.0f} at the end"
    )
    print(f"largest: {max(size for _, size in samples):.0f} MiB")
    report("memory_end_of_first_fifth", end / fifth, _GOAL, at_most=True)


def send_for(rig: Rig, seconds: float) -> str:
    """Keep the service busy for some seconds and return in words what that cost; the broker's queue is kept short, it is not measured here."""
    meter = Meter(rig.cpu)
    before = _received(rig)
    sent, start = 0, datetime.now(UTC) - timedelta(hours=1)
    coming = _load(rig, start)
    sending: list[Load] = []
    while True:
        coming.wait_ready()
        _wait_until(rig, before + sent - _ROUND)
        coming.go()
        sent += _ROUND
        for load in sending:
            load.finish()
        sending = [coming]
        if time.monotonic() - meter.began > seconds:
            break
        start += timedelta(seconds=1)
        coming = _load(rig, start)
    coming.finish()
    _wait_until(rig, before + sent)
    return meter.stop(sent, time.monotonic()).in_words


def _wait_until(rig: Rig, received: int) -> None:
    """Wait until the service has committed so much."""
    end = time.monotonic() + _PATIENCE_S
    while (now := _received(rig)) < received:
        if time.monotonic() > end:
            raise TimeoutError(f"{now} of {received} messages were committed in {_PATIENCE_S} s")
        time.sleep(_PAUSE_S)


def _load(rig: Rig, start: datetime) -> Load:
    return Load(rig.broker, "memory", _ROUND, start=start)


def _received(rig: Rig) -> int:
    return execute(rig.database.dsn, lambda conn: ledger(conn, "memory"))[0]


def _sample(pid: int, samples: list[tuple[float, float]], over: threading.Event) -> None:
    """Note the resident memory each second: (seconds since the beginning, MiB)."""
    process, began = psutil.Process(pid), time.monotonic()
    while True:
        samples.append((time.monotonic() - began, process.memory_info().rss / 2**20))
        if over.wait(1):
            return


def _around(samples: list[tuple[float, float]], share: float) -> float:
    """Return the mean of the twentieth of the samples before `share` of the time."""
    last = round(len(samples) * share)
    some = [size for _, size in samples[max(0, last - max(1, len(samples) // 20)) : last]]
    return sum(some) / len(some)


if __name__ == "__main__":
    main()
