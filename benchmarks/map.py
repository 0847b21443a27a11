"""What 50,000 stations and 2,000 moving things cost the page that shows them, in Chromium without a graphics card. `make bench NAME=map`.

The province is looked at from afar (cells) and its city from near (single stations, and every vehicle): main-thread time (of the processor, so
that others on the machine do not count) of a second of live updates, longest task while somebody drags and zooms and time to the first map (by
the clock), script to be loaded, and whether memory stays, also when changes come at a multiple of that rate
(`ARGS="--minutes 15 --pace 4 --draw"`: an hour's worth of changes in a quarter of an hour). The first map is there when units and stations
are drawn.
"""

from __future__ import annotations

import argparse
import gzip
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.curves import draw
from benchmarks.map_server import ROOT
from benchmarks.rig import report
from ioc.demo.processes import free_port
from tests.support.requirements import find_chromium

_MIB = 1 << 20


@contextmanager
def _served(options: list[str]) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.map_server", str(port), *options], cwd=ROOT)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def bundle_bytes() -> tuple[int, int]:
    """Return how many bytes of script the page loads, packed by gzip: of ours and of what it needs besides MapLibre, and of MapLibre."""
    assets = [path for path in (ROOT / "ioc" / "static" / "assets").glob("*.js") if path.name != "ogc.js"]
    packed = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in assets}
    library = sum(size for name, size in packed.items() if name.startswith("maplibre"))
    return sum(packed.values()) - library, library


def _remembered(found: dict[str, Any], told: argparse.Namespace) -> None:
    """Print and judge what the page holds: the last samples against the first after a minute, in which what is drawn once has been drawn."""
    samples = [(at / 60, size / _MIB) for at, size in found["heaps"]]
    print(
        f"heap after garbage collection, {told.minutes:g} minutes at {told.pace:g} times the rate of changes, {told.minutes * told.pace:g} minutes' worth:"
    )
    print(" ".join(f"{size:.1f}" for _, size in samples), "MiB")
    warm = [size for at, size in samples if at >= 1] or [size for _, size in samples]
    few = max(1, min(4, len(warm) // 2))
    report("map_heap_growth_ratio", median(warm[-few:]) / median(warm[:few]), 1.1, at_most=True)
    if told.draw:
        minutes, sizes = zip(*((at * told.pace, size) for at, size in samples), strict=True)
        title = f"The page of the map near a town: {told.pace:g} times the usual rate for {told.minutes:g} minutes"
        draw(
            "map_heap",
            title,
            [("minutes' worth of changes", "heap after garbage collection, MiB", {"heap": (minutes, sizes)})],
            by_decades=False,
        )


def _measured(part: str, url: str, told: argparse.Namespace) -> dict[str, Any]:
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium is installed: make services")
    command = ["node", "e2e/measure.mjs", "--url", url, "--chromium", str(chromium), "--part", part, "--seconds", str(told.seconds)]
    command += ["--minutes", str(told.minutes), *(["--screens", told.screens] if told.screens else [])]
    run = subprocess.run(command, cwd=ROOT / "map-ui", capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    found: dict[str, Any] = json.loads(run.stdout)
    if found["problems"]:
        print("complaints:", *found["problems"], sep="\n  ")
    return found


def _measure_scenes(told: argparse.Namespace) -> None:
    """Print and judge what the page costs from afar and from near, and what is loaded."""
    with _served(["--changes", str(told.changes)]) as url:
        found = _measured("scenes", url, told)
    for name in ("far", "near"):
        scene = found[name]
        live, moving = scene["live"], scene["moving"]
        print(f"{name}: {live['stations']:,} stations in the view, {live['scriptMsPerSecond']:.0f} ms of script a second,")
        posted = live["postedBytesPerSecond"] / 1024
        print(
            f"  {live['postsPerSecond']:.1f} changes a second of {posted:.0f} KiB to the map's worker, tasks over 100 ms: {moving['tasks']}"
        )
        report(f"map_{name}_first_s", scene["mapAt"] / 1000, 2.5, at_most=True)
        report(f"map_{name}_live_main_thread_ms_per_s", live["msPerSecond"], 250, at_most=True)
        report(f"map_{name}_longest_task_moving_ms", moving["longest"], 200, at_most=True)
    ours, library = bundle_bytes()
    print(f"script: {ours / 1024:.0f} KiB besides {library / 1024:.0f} KiB of MapLibre, packed")
    report("map_bundle_kib", ours / 1024, 450, at_most=True)


def main() -> None:
    """Measure and print goals."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=int, default=20, help="how long live updates are watched")
    words.add_argument("--minutes", type=float, default=2, help="how long memory is watched")
    words.add_argument("--changes", type=int, default=500, help="readings a second")
    words.add_argument("--pace", type=float, default=1, help="while memory is watched: how many times as much changes in a second")
    words.add_argument("--draw", action="store_true", help="draw the curve of memory into docs/benchmarks")
    words.add_argument("--screens", help="a folder for pictures of both scenes")
    words.add_argument("--part", choices=("scenes", "memory"), help="only this part")
    told = words.parse_args()
    if told.part != "memory":
        _measure_scenes(told)
    if told.part != "scenes":
        with _served(["--changes", str(told.changes), "--pace", str(told.pace)]) as url:
            _remembered(_measured("memory", url, told), told)


if __name__ == "__main__":
    main()
