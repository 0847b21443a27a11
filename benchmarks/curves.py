"""Curves as PNG files, for docs/benchmarks."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "benchmarks"


def draw(
    name: str, title: str, panels: Sequence[tuple[str, str, Mapping[str, tuple[Sequence[float], Sequence[float]]]]], *, by_decades: bool
) -> None:
    """Draw `panels` beside each other as FOLDER/NAME.png: each has a name for x, one for y, and curves as (xs, ys) by name.

    Args:
        name: of the file, without ending.
        title: what was measured, and where.
        panels: in this order from the left.
        by_decades: whether x grows by decades; a 0 among its values has its place left of them.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra that only those need who draw
    except ImportError:
        sys.exit("drawing needs matplotlib: pip install -e '.[bench]'")
    figure = Figure(figsize=(5.5 * len(panels), 4), layout="constrained")
    figure.suptitle(title, fontsize=10)
    for place, (x_name, y_name, curves) in enumerate(panels, 1):
        axes = figure.add_subplot(1, len(panels), place)
        for label, (xs, ys) in curves.items():
            axes.plot(xs, ys, marker="o" if by_decades else "", label=label)
        if by_decades:
            places = sorted({x for xs, _ in curves.values() for x in xs})
            axes.set_xscale("symlog", linthresh=min(x for x in places if x))
            axes.set_xticks(places, [f"{x:,.0f}" for x in places])
        axes.set_ylim(0, 1.05 * axes.get_ylim()[1])
        axes.set_xlabel(x_name)
        axes.set_ylabel(y_name)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize=8)
    FOLDER.mkdir(parents=True, exist_ok=True)
    figure.savefig(FOLDER / f"{name}.png", dpi=110)
    print(f"drawn: docs/benchmarks/{name}.png", flush=True)
