"""Where the service spends its time while it takes readings, seen by py-spy. `make bench NAME=hotspots`, after `pip install -e '.[bench]'`.

Sampling slows the service and a sample says where it was, not what that cost: read shares, and take speeds from `ingest`.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.rig import SERIES, Load, Rig, open_rig

_SAMPLES_A_SECOND = 200
_OURS = re.compile(r"\((ioc|asyncpg)/")


def main() -> None:
    """Profile single readings and arrays."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--messages", type=int, default=100_000, help="single readings; of arrays of 100 a tenth of it is sent")
    words.add_argument("--series", type=int, default=SERIES)
    words.add_argument("--rate", type=int, help="messages a second; without it as many as the service takes")
    words.add_argument("--top", type=int, default=30)
    told = words.parse_args()
    with open_rig() as rig:
        rig.service.start()
        for name, messages, readings in (("single", told.messages, 1), ("arrays", told.messages // 10, 100)):
            rig.warm(name, told.series)
            profile(rig, Load(rig.broker, name, messages, readings=readings, series=told.series, rate=told.rate), told.top)


def profile(rig: Rig, load: Load, top: int) -> None:
    """Print what a load costs and which functions of the service are busy, by themselves and with all that they call."""
    raw = rig.service.log.with_suffix(f".{load.source}.raw")
    command: list[object] = [Path(sys.executable).with_name("py-spy"), "record", "--pid", rig.service.pid, "--nonblocking"]
    command += ["--rate", _SAMPLES_A_SECOND, "--format", "raw", "--output", raw, "--duration", 600]
    watching = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.5)
    cost = rig.measure(load)
    watching.send_signal(signal.SIGINT)
    watching.wait(30)
    print(f"\n{load.source}: {cost.in_words}")
    print("busy, of one core: " + ", ".join(f"{name} {cpu / cost.seconds:.0%}" for name, cpu in cost.cpu.items()))
    own, whole = _count(raw.read_text(encoding="utf-8"))
    for title, counts in (
        ("by itself", own),
        ("with what it calls", Counter({name: n for name, n in whole.items() if _OURS.search(name)})),
    ):
        print(f"\n{title}, of {own.total()} samples")
        for function, count in counts.most_common(top):
            print(f"  {count / own.total():6.1%}  {function}")


def _count(raw: str) -> tuple[Counter[str], Counter[str]]:
    """Return in how many samples of py-spy's raw format each function was the innermost, and in how many it was on the stack."""
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, count = line.rsplit(" ", 1)
        frames = [re.sub(r":\d+\)$", ")", frame) for frame in stack.split(";")]
        own[frames[-1]] += int(count)
        whole.update(dict.fromkeys(frames, int(count)))
    return own, whole


if __name__ == "__main__":
    main()
