import json
from typing import Any

import msgspec
import pytest

from ioc.streams import frame
from ioc.streams.alert_log import AlertEvent
from ioc.streams.filter import EVERYTHING, Filter
from ioc.streams.mirror import Mirror
from ioc.streams.view import WHOLE, View
from ioc.streams.window import NOTHING, Part, Window
from tests.support.examples import NOW, alert

VIEW = {"bbox": [105, 21, 107, 22], "z": 9}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"type": "hello"}, frame.Hello()),
        ({"type": "hello", "token": None, "later": 1}, frame.Hello()),
        ({"type": "hello", "resume": {"epoch": "e", "pos": {"s": 7}}}, frame.Hello(None, frame.ResumeFrom("e", {"s": 7}))),
        ({"type": "hello", "token": "ioc_x"}, frame.Hello("ioc_x")),
        ({"type": "sub", "id": "s", "ch": "state"}, frame.Subscribe("s", "state")),
        ({"type": "sub", "id": "s" * 32, "ch": "alerts", "rate_hz": 10}, frame.Subscribe("s" * 32, "alerts", rate_hz=10)),
        (
            {"type": "sub", "id": "s", "ch": "state", "view": VIEW, "rate_hz": 0.1},
            frame.Subscribe("s", "state", view=frame.ViewIn((105, 21, 107, 22), 9), rate_hz=0.1),
        ),
        ({"type": "view", "id": "s", "view": VIEW}, frame.ChangeView("s", frame.ViewIn((105, 21, 107, 22), 9))),
        ({"type": "unsub", "id": "s"}, frame.Unsubscribe("s")),
        ({"type": "sub", "id": "s", "ch": "state", "filter": {"kind": ["bus"]}}, frame.Subscribe("s", "state", Filter(kind=("bus",)))),
        ({"type": "pause"}, frame.Pause()),
        ({"type": "resume", "id": "s"}, frame.Resume("s")),
        (
            {"type": "cmd", "id": "c", "idem": "k" * 8, "op": "alert.ack", "args": {"id": "x"}, "if_version": 2},
            frame.Command("c", "k" * 8, "alert.ack", {"id": "x"}, 2),
        ),
        ({"type": "replay"}, frame.Replay()),
        (
            {"type": "replay", "from": "2026-11-22T05:00:00Z", "to": "2026-11-22T12:00:00+07:00", "speed": 60, "known": "now"},
            frame.Replay(NOW, NOW, 60, "now"),
        ),
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
        '{"type":"sub","id":"s","ch":"state","filter":{"colour":["red"]}}',
        '{"type":"hello","resume":{"epoch":"e","pos":{"s":-1}}}',
        '{"type":"cmd","id":"c","idem":"short","op":"alert.ack"}',
        '{"type":"cmd","id":"c","idem":"long enough","op":"alert.ack","if_version":0}',
        '{"type":"replay","from":"2026-11-22T05:00:00"}',
        '{"type":"replay","speed":0}',
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
    assert frame.ViewIn((170, 20, -170, -20)).view() == View(170, -20, -170, 20, 22)


WINDOW = Window(Mirror(), WHOLE, EVERYTHING)


def snapshot(name: str, part: Part) -> frame.Text:
    return frame.state_snapshot(name, WINDOW, part, page=1, last=True, epoch="e", position=7, now=NOW, vseq=None)


def test_frames_of_state_join_rows_that_are_encoded_already() -> None:
    snap = json.loads(bytes(snapshot("s", Part([b'["a",1]', b'["b",2]'], 2, ()))))
    assert snap.pop("cols")[0] == "id"
    head = {"type": "snap", "id": "s", "page": 1, "last": True, "seq": 7, "epoch": "e", "pos": 7, "t": "2026-11-22T05:00:00Z"}
    assert snap == head | {"rows": [["a", 1], ["b", 2]], "rm": []}
    delta = json.loads(bytes(frame.state_delta("s", WINDOW, Part([b'["a",1]'], 1, ("c",)), prev=2, position=9, now=NOW, vseq=4)))
    assert delta.pop("cols")[-1] == "values"
    head = {"type": "d", "id": "s", "seq": 9, "prev": 2, "pos": 9, "t": "2026-11-22T05:00:00Z", "vseq": 4}
    assert delta == head | {"rows": [["a", 1]], "rm": ["c"]}


def test_frames_without_rows_are_whole_too() -> None:
    assert json.loads(bytes(snapshot("s", NOTHING)))["rows"] == []
    resumed = json.loads(bytes(frame.state_delta("s", WINDOW, NOTHING, prev=9, position=9, now=NOW, resumed=True)))
    assert (resumed["rows"], resumed["resumed"]) == ([], True)


def test_name_of_a_subscription_cannot_break_out_of_its_frame() -> None:
    name = '"},{"x":"'
    assert json.loads(bytes(snapshot(name, NOTHING)))["id"] == name


def test_frames_of_alerts() -> None:
    snap = json.loads(bytes(frame.alert_snapshot("a", [b'{"id":"x"}'], page=0, last=True, epoch="e", position=4, now=NOW)))
    assert (snap["type"], snap["seq"], snap["pos"], snap["alerts"]) == ("snap", 4, 4, [{"id": "x"}])
    event = AlertEvent(alert(1, version=3), None, 8)
    made = frame.alert_event("a", event, prev=4, listed=True, now=NOW)
    told = json.loads(bytes(made))
    assert (told["type"], told["prev"], told["seq"], told["pos"], told["listed"], told["alert"]["version"]) == ("ev", 4, 8, 8, True, 3)
    assert told["alert"]["title"] == {"vi": "Lũ", "en": "Flood"}
    assert frame.alert_event("a", event, prev=4, listed=True, now=NOW) is made, "made once for all who are told alike"
    assert frame.alert_event("a", event, prev=5, listed=True, now=NOW) is not made


@pytest.mark.parametrize(
    ("size", "head"), [(0, b"\x81\x14"), (200, b"\x81\x7e\x00\xdc"), (70_000, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x11\x84")]
)
def test_text_is_a_websocket_frame(size: int, head: bytes) -> None:
    told = frame.encode("hb", w="x" * size, nothing=None)
    assert told.framed == head + bytes(told)
    assert json.loads(bytes(told)) == {"type": "hb", "w": "x" * size}
