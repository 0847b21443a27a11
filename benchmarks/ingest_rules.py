"""What a thousand rules cost ingest: the load of `ingest` with no rule, with those that we ship, and with 1,000. `make bench NAME=ingest_rules`.

Three services in turn over the same broker and database, some rounds of it; each is another source, so that none finds the series of another. Of
the 1,000 rules ten look at every series, the others at one station each, with limits beyond the usual, as limits of alarms are. Every hundredth
of those of one station is crossed by one reading in 97 of it, so that one reading in ten thousand raises an alert: at full speed, one or two
alerts a second. The goal is for speed and for CPU.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

import yaml

from benchmarks.rig import SERIES, Cost, Load, Rig, open_rig, report
from tests.support.services import SDI_DIRECTORY, Service

_GOAL = 0.8
_HIGHEST = 97.0
"""No reading of the load is higher."""
_NONE, _SHIPPED, _MANY = "no rule", "shipped rules", "1,000 rules"


def written_rules(number: int, rng: Random) -> dict[str, object]:
    """Return a rule file with `number` thresholds."""
    wide = [{"property": "level"}] * 10
    narrow = [{"property": "level", "station": f"s{place}"} for place in rng.sample(range(SERIES), number - len(wide))]
    made = []
    for place, select in enumerate([*wide, *narrow]):
        limit = _HIGHEST - 1 if place % 100 == 99 and len(wide) <= place else round(_HIGHEST + rng.uniform(1, 300), 1)
        made.append(
            {
                "id": f"limit-{place}",
                "title": {"vi": "Mức cao", "en": "High level"},
                "description": {"vi": "Mức cao", "en": "High level"},
                "select": select,
                "above": [{"severity": "minor", "limit": limit, "clear": limit - 2}],
            }
        )
    return {"rules": made}


def directories(place: Path) -> Mapping[str, Path]:
    """Return the directory of layers and rules for each service."""
    found = {_SHIPPED: SDI_DIRECTORY}
    for name in (_NONE, _MANY):
        found[name] = place / _word(name)
        shutil.copytree(SDI_DIRECTORY, found[name], ignore=shutil.ignore_patterns("rules"))
        (found[name] / "rules").mkdir()
    (found[_MANY] / "rules" / "limits.yaml").write_text(
        yaml.safe_dump(written_rules(1000, Random(3)), allow_unicode=True), encoding="utf-8"
    )
    return found


def measure(rig: Rig, name: str, directory: Path, place: Path, turn: int, messages: int, readings: int) -> Cost:
    """Return what a load costs a service that has the rules of `directory`."""
    rig.service = Service(rig.database, rig.broker, place, {"IOC_LOG_LEVEL": "warning", "IOC_SDI_DIR": str(directory)})
    rig.service.start()
    try:
        source = f"{_word(name)}-{readings}-{turn}"
        rig.warm(source)
        # Of now: a source whose readings are an hour old is silent for the rules that we ship.
        recent = datetime.now(UTC) - timedelta(minutes=1)
        cost = rig.measure(Load(rig.broker, source, messages, readings=readings, start=recent))
    finally:
        rig.service.stop()
    print(f"{name}, {readings} readings a message: {cost.in_words}", flush=True)
    return cost


def main() -> None:
    """Measure in turn and print the ratios to no rule: each within its round, the median of the rounds."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--messages", type=int, default=60_000, help="of one reading, in a round; of 100 readings a tenth of it is sent")
    words.add_argument("--rounds", type=int, default=3)
    told = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder, open_rig() as rig:
        found = directories(Path(folder))
        for readings, messages in ((1, told.messages), (100, told.messages // 10)):
            rates: dict[str, list[float]] = {_SHIPPED: [], _MANY: []}
            cpu: dict[str, list[float]] = {_SHIPPED: [], _MANY: []}
            for turn in range(told.rounds):
                costs = {name: measure(rig, name, directory, Path(folder), turn, messages, readings) for name, directory in found.items()}
                for name in (_SHIPPED, _MANY):
                    rates[name].append(costs[name].rate / costs[_NONE].rate)
                    cpu[name].append(_worked(costs[_NONE]) / _worked(costs[name]))
            what = "single" if readings == 1 else "arrays"
            for name in (_SHIPPED, _MANY):
                report(f"{what}_rate_with_{_word(name)}", median(rates[name]), _GOAL)
                report(f"{what}_cpu_with_{_word(name)}", median(cpu[name]), _GOAL)


def _word(name: str) -> str:
    return name.replace(" ", "-").replace(",", "")


def _worked(cost: Cost) -> float:
    return cost.cpu_per_1000("service", "database")


if __name__ == "__main__":
    main()
