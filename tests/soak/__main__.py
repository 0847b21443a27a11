"""The long soak, as a program: `make soak`; ends with 0 when no viewer was ever wrong and memory stayed flat, else with 1."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from ioc.demo.broker import start_broker
from tests.soak.run import RULES, Result, soak
from tests.support.databases import DatabaseServers, available_levels
from tests.support.services import Service

_GROWTH = 1.15
_FLAT_AFTER = 0.5


def main() -> int:
    """Run it, print what came of it, draw the curves of memory."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=10)
    words.add_argument("--viewers", type=int, default=200)
    words.add_argument("--rate", type=float, default=300, help="messages a second")
    words.add_argument("--draw", action="store_true", help="write docs/benchmarks/soak.png")
    told = words.parse_args()
    servers = DatabaseServers()
    try:
        with tempfile.TemporaryDirectory(prefix="ioc-soak-") as folder, servers.fresh(max(available_levels())) as database:
            place = Path(folder)
            (place / "sdi" / "rules").mkdir(parents=True)
            (place / "sdi" / "rules" / "soak.yaml").write_text(RULES, encoding="utf-8")
            broker, started = start_broker(place / "broker"), []

            def start() -> Service:
                service = Service(database, broker, place, {"IOC_SDI_DIR": str(place / "sdi"), "IOC_LOG_LEVEL": "warning"})
                started.append(service)
                service.start()
                return service

            try:
                result = asyncio.run(
                    soak(
                        database,
                        broker,
                        start,
                        seconds=told.minutes * 60,
                        viewers=told.viewers,
                        rate=told.rate,
                        stations=2000,
                        calm_every_s=30,
                    )
                )
            finally:
                for service in started:
                    service.stop()
                broker.stop()
    finally:
        servers.stop()
    return _report(result, told.draw)


def _report(result: Result, draw: bool) -> int:
    print(f"{result.sent:,} messages sent; {result.compared} comparisons of a viewer with the store; seen: {dict(result.seen)}")
    for fault in result.faults[:20]:
        print(f"fault: {fault}")
    grown = {}
    for name, samples in result.memory.items():
        half = [size for at, size in samples if at >= samples[-1][0] * _FLAT_AFTER]
        tenth = max(1, len(half) // 5)
        grown[name] = (sum(half[-tenth:]) / tenth) / (sum(half[:tenth]) / tenth)
        print(
            f"{name}: {samples[0][1]:.0f} MiB at first, {half[0]:.0f} after half of the time, {half[-1]:.0f} at the end: x {grown[name]:.3f}"
        )
    if draw:
        from benchmarks.curves import draw as draw_curves

        curves = {name: ([at / 60 for at, _ in samples], [size for _, size in samples]) for name, samples in result.memory.items()}
        title = f"{result.sent:,} messages, {len(result.faults)} faults in {result.compared} comparisons"
        draw_curves("soak", title, [("minutes", "resident memory, MiB", curves)], by_decades=False)
    is_flat = all(growth <= _GROWTH for growth in grown.values())
    print(f"soak_wrong_states {len(result.faults)} 0 {'met' if not result.faults else 'short'}")
    print(f"soak_memory_growth_of_second_half {max(grown.values()):.3f} {_GROWTH} {'met' if is_flat else 'short'}")
    return 0 if is_flat and not result.faults else 1


if __name__ == "__main__":
    sys.exit(main())
