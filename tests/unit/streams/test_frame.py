import json
from typing import Any

import msgspec
import pytest

from ioc.streams import frame
from ioc.streams.view import View
from tests.support.examples import NOW, alert

VIEW = {"bbox": [105, 21, 107, 22], "z": 9}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"type": "hello"}, frame.Hello()),
        ({"type": "hello", "token": None, "resume": 1}, frame.Hello()),
        ({"type": "hello", "token": "ioc_x"}, frame.Hello("ioc_x")),
        ({"type": "sub", "id": "s", "ch": "state"}, frame.Subscribe("s", "state", None, 2.0)),
        ({"type": "sub", "id": "s" * 32, "ch": "alerts", "rate_hz": 10}, frame.Subscribe("s" * 32, "alerts", None, 10)),
        (
            {"type": "sub", "id": "s", "ch": "state", "view": VIEW, "rate_hz": 0.1},
            frame.Subscribe("s", "state", frame.ViewIn((105, 21, 107, 22), 9), 0.1),
        ),
        ({"type": "view", "id": "s", "view": VIEW}, frame.ChangeView("s", frame.ViewIn((105, 21, 107, 22), 9))),
        ({"type": "unsub", "id": "s"}, frame.Unsubscribe("s")),
        ({"type": "pong"}, frame.Pong()),
    ],
)
def test_what_a_client_may_say(told: dict[str, Any], expected: frame.ClientFrame) -> None:
    assert frame.decode_frame(json.dumps(told)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '"hello"',
        "{",
        '{"type":"shout"}',
        '{"type":5}',
        '{"type":"hello","token":5}',
        '{"type":"sub","id":"s"}',
        '{"type":"sub","id":"","ch":"state"}',
        '{"type":"sub","id":"%s","ch":"state"}' % ("s" * 33),
        '{"type":"sub","id":"s","ch":"weather"}',
        '{"type":"sub","id":"s","ch":"state","rate_hz":0}',
        '{"type":"sub","id":"s","ch":"state","rate_hz":11}',
        '{"type":"sub","id":"s","ch":"state","rate_hz":NaN}',
        '{"type":"sub","id":"s","ch":"state","rate_hz":1e999}',
        '{"type":"view","id":"s"}',
        '{"type":"view","id":"s","view":{"bbox":[1,2,3]}}',
        '{"type":"view","id":"s","view":{"bbox":[1,2,3,"4"]}}',
        '{"type":"view","id":"s","view":{"bbox":[1,2,3,Infinity]}}',
        '{"type":"hello","token":"\\ud800"}',
        '{"type":"hello","x":"\ud800"}',
        '{"type":"hello","x":' + "[" * 30_000 + "]" * 30_000 + "}",
    ],
)
def test_what_is_no_frame(text: str) -> None:
    with pytest.raises((msgspec.MsgspecError, RecursionError, UnicodeError)):
        frame.decode_frame(text)


def test_latitudes_are_put_in_order_and_longitudes_keep_theirs() -> None:
    assert frame.ViewIn((170, 20, -170, -20)).view() == View(170, -20, -170, 20)


def test_frames_of_state_join_rows_that_are_encoded_already() -> None:
    rows = [b'["a",1]', b'["b",2]']
    snap = json.loads(frame.state_snapshot("s", rows, page=1, last=True, epoch="e", position=7, now=NOW))
    assert snap.pop("cols")[0] == "id"
    head = {"type": "snap", "id": "s", "page": 1, "last": True, "seq": 0, "epoch": "e", "pos": 7, "t": "2026-11-22T05:00:00Z"}
    assert snap == head | {"rows": [["a", 1], ["b", 2]]}
    delta = json.loads(frame.state_delta("s", rows[:1], ["c"], seq=3, position=9, now=NOW))
    assert delta.pop("cols")[-1] == "values"
    assert delta == {"type": "d", "id": "s", "seq": 3, "prev": 2, "pos": 9, "t": "2026-11-22T05:00:00Z", "rows": [["a", 1]], "rm": ["c"]}


def test_frames_without_rows_are_whole_too() -> None:
    assert json.loads(frame.state_snapshot("s", [], page=0, last=True, epoch="e", position=0, now=NOW))["rows"] == []
    assert json.loads(frame.state_delta("s", [], ["a"], seq=1, position=1, now=NOW))["rows"] == []


def test_name_of_a_subscription_cannot_break_out_of_its_frame() -> None:
    name = '"},{"x":"'
    assert json.loads(frame.state_snapshot(name, [], page=0, last=True, epoch="e", position=0, now=NOW))["id"] == name


def test_frames_of_alerts() -> None:
    snap = json.loads(frame.alert_snapshot("a", [alert(1)], page=0, last=True, epoch="e", position=4, now=NOW))
    assert (snap["type"], snap["seq"], snap["pos"]) == ("snap", 0, 4)
    assert snap["alerts"][0]["title"] == {"vi": "Lũ", "en": "Flood"}
    assert snap["alerts"][0]["started_at"] == "2026-11-22T05:00:00Z"
    event = json.loads(frame.alert_event("a", alert(1, version=3), seq=5, position=8, now=NOW))
    assert (event["type"], event["prev"], event["seq"], event["pos"], event["alert"]["version"]) == ("ev", 4, 5, 8, 3)
