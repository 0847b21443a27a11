from typing import Any

import pytest

from ioc.cli_stream import _bbox, lines
from ioc.errors import BadInput
from ioc.streams.cells import CELL_COLUMNS
from ioc.streams.entity import COLUMNS

ROW = [
    "hydro/a",
    "river_gauge",
    "Đáp Cầu",
    106,
    21,
    False,
    None,
    None,
    "severe",
    "2026-11-22T05:00:00Z",
    None,
    None,
    {"level": ["t", 4.5, "severe"]},
]
CELL = ["7/1/2", [1, 2, 3, 4], 106.1, 21.2, 12, "minor", [11, 1, 0, 0, 0], "2026-11-22T05:00:00Z"]
ALERT = {"severity": "severe", "title": {"en": "Flood"}, "station": "hydro/a", "condition": "firing", "acknowledged": False}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            {"type": "snap", "cols": list(COLUMNS), "rows": [ROW], "rm": ["hydro/b"]},
            ["severe    hydro/a Đáp Cầu: level 4.5 (2026-11-22T05:00:00Z)", "gone      hydro/b"],
        ),
        (
            {"type": "d", "cols": list(CELL_COLUMNS), "rows": [CELL]},
            ["minor     12 stations around 21.200, 106.100 (2026-11-22T05:00:00Z)"],
        ),
        ({"type": "ev", "alert": ALERT, "listed": True}, ["severe    ALERT Flood at hydro/a: firing, not seen"]),
        ({"type": "ev", "alert": ALERT, "listed": False}, ["severe    ALERT Flood at hydro/a: firing, not seen · leaves the list"]),
        ({"type": "hb", "t": "now", "mode": "live"}, []),
        ({"type": "hb", "t": "now", "mode": "degraded", "why": "the broker is away"}, ["-- now degraded: the broker is away"]),
        ({"type": "reset", "id": "s", "why": "horizon"}, ["-- reset horizon"]),
        ({"type": "err", "code": "frame", "detail": "no"}, ["-- err frame no"]),
        ({"type": "bye", "code": 1001, "after_ms": 1500}, ["-- the service closes with 1001; back in 1.5 s"]),
    ],
)
def test_frames_in_words(told: dict[str, Any], expected: list[str]) -> None:
    assert list(lines(told)) == expected


@pytest.mark.parametrize("told", ["", "1,2,3", "1,2,3,x", "1,2,3,4,5"])
def test_bbox_that_is_none_is_named(told: str) -> None:
    with pytest.raises(BadInput, match="is not west,south,east,north in degrees"):
        _bbox(told)
