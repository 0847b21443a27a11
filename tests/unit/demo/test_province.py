import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from ioc.demo.province import Message, Province
from ioc.demo.province_stations import LIGHTING

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def play(seconds: int, *, seed: int = 1, rate: float = 40.0, speed: float = 1.0, step: float = 1.0) -> list[tuple[datetime, Message]]:
    province = Province(seed, START, rate=rate, speed=speed)
    moments = [START + timedelta(seconds=step * n) for n in range(1, int(seconds / step) + 1)]
    return [(now, message) for now in moments for message in province.messages(now)]


def part(message: Message, index: int) -> str:
    return message.topic.split("/")[index]


def sample(message: Message) -> dict[str, float] | None:
    """The values of an observation, or None where the message is broken."""
    try:
        body = json.loads(message.payload)
    except ValueError:
        return None
    if "value" in body:
        return {part(message, 5): body["value"]}
    return body.get("values") or {name: value for name, value in body.items() if name != "time"}


def test_same_seed_tells_the_same_story_however_often_it_is_asked() -> None:
    assert [m for _, m in play(30, step=1.0)] == [m for _, m in play(30, step=0.5)]


def test_another_seed_tells_another_story() -> None:
    assert [m for _, m in play(10)] != [m for _, m in play(10, seed=2)]


@pytest.mark.parametrize("rate", [4.0, 40.0, 400.0])
def test_rate_is_kept(rate: float) -> None:
    assert len(play(120, rate=rate)) == pytest.approx(120 * rate, rel=0.05)


def test_rate_or_speed_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"rate 0 and speed 1\.0 must be above 0"):
        Province(1, START, rate=0)


def test_introductions_name_every_station_that_reports() -> None:
    province = Province(1, START)
    introduced = {(source, part(message, 4)) for source in province.sources for message in province.introductions(source)}
    reporting = {(message.source, part(message, 4)) for _, message in play(120) if part(message, 3) in ("obs", "pos")}
    assert reporting == introduced
    assert len(introduced) == 448


def test_introductions_are_retained_and_carry_units_and_ranges() -> None:
    message = next(m for m in Province(1, START).introductions("bg-hydro") if m.topic.endswith("/luc-nam"))
    body = json.loads(message.payload)
    assert message.retain
    assert body["kind"] == "river_gauge"
    assert body["properties"]["water_level"] == {"unit": "m", "name": "Mực nước", "min": -5.0, "max": 30.0}


def test_interval_follows_the_rate() -> None:
    slow = next(iter(Province(1, START, rate=4.0).introductions("bg-air")))
    assert json.loads(slow.payload)["interval_s"] == pytest.approx(10 * 20, rel=0.15)


def test_topics_are_in_the_room_of_their_source() -> None:
    assert all(message.topic.startswith(f"ioc/v1/{message.source}/") for _, message in play(60))


def test_times_are_never_ahead_of_the_clock() -> None:
    broken = next(m for _, m in play(60) if part(m, 4) == f"{LIGHTING.prefix}-07201-1").topic
    for now, message in play(300, speed=60.0):
        if message.topic == broken:
            continue
        body = json.loads(message.payload)
        for item in body if isinstance(body, list) else [body]:
            time = item["time"]
            stamp = datetime.fromtimestamp(time / 1000, UTC) if isinstance(time, int) else datetime.fromisoformat(time)
            # A late sample of the slowest stations is one and a half minutes old.
            assert now - timedelta(seconds=95) < stamp <= now


def test_values_stay_within_the_ranges_that_stations_state() -> None:
    province = Province(3, START)
    introductions = [json.loads(m.payload) | {"id": m.topic.split("/", 4)[4]} for s in province.sources for m in province.introductions(s)]
    ranges = {body["id"]: body.get("properties", {}) for body in introductions}
    for _, message in play(600, seed=3, speed=20.0):
        if part(message, 3) != "obs" or part(message, 4) == "cs-07201-1":
            continue
        for name, value in (sample(message) or {}).items():
            limits = ranges[part(message, 4)][name]
            assert limits["min"] <= value <= limits["max"], (message.topic, value)


def test_one_cabinet_sends_rubbish_now_and_then() -> None:
    rubbish = [message for _, message in play(1200) if part(message, 3) == "obs" and sample(message) is None]
    assert {part(message, 4) for message in rubbish} == {"cs-07201-1"}


def test_some_messages_come_twice() -> None:
    sent = Counter((message.topic, message.payload) for _, message in play(300) if part(message, 3) == "pos")
    twice = sum(count > 1 for count in sent.values())
    assert 0.001 < twice / len(sent) < 0.02


def test_some_samples_are_older_than_what_their_station_sent_before() -> None:
    newest: dict[str, str] = defaultdict(str)
    late = 0
    for _, message in play(900):
        if part(message, 2) == "bg-air":
            time = json.loads(message.payload)["time"]
            late += time < newest[message.topic]
            newest[message.topic] = max(newest[message.topic], time)
    assert 1 <= late < 30


def test_vehicles_move_at_the_speed_that_they_state() -> None:
    track: dict[str, list[dict[str, float]]] = defaultdict(list)
    for _, message in play(60):
        if part(message, 2) == "bg-transit":
            track[part(message, 4)].append(json.loads(message.payload))
    moved = 0
    for fixes in track.values():
        for a, b in pairwise(fixes):
            km = (((b["lon"] - a["lon"]) * 103.7) ** 2 + ((b["lat"] - a["lat"]) * 110.9) ** 2) ** 0.5
            seconds = (datetime.fromisoformat(str(b["time"])) - datetime.fromisoformat(str(a["time"]))).total_seconds()
            if seconds > 0 and a["speed"] > 20:
                moved += 1
                assert km / seconds * 3600 == pytest.approx(a["speed"], abs=12.0)
    assert moved > 100


def test_reports_of_citizens_are_received_forwarded_and_answered_in_order() -> None:
    times: dict[str, dict[str, str]] = defaultdict(dict)
    for _, message in play(300, speed=60.0):
        if message.source == "bg-1022":
            body = json.loads(message.payload)
            for event in body if isinstance(body, list) else [body]:
                times[event["subject"]][part(message, 4)] = event["time"]
    done = [steps for steps in times.values() if len(steps) == 3]
    assert len(done) > 100
    assert all(s["report.received"] < s["report.forwarded"] < s["report.answered"] for s in done)


LIMITS = {"water_level": 4.3, "rain_1h": 30.0, "pm2_5": 75.0, "fill": 90.0}


def is_over(name: str, value: float) -> bool:
    return value < 10.0 if name == "speed" else value < 1.0 if name == "up" else value > LIMITS.get(name, float("inf"))


@pytest.mark.parametrize("seed", [1, 2])
def test_alert_limits_are_crossed_soon_and_recover_without_a_storm(seed: int) -> None:
    kinds = {m.topic.split("/")[4]: json.loads(m.payload)["kind"] for s in ("bg-hydro",) for m in Province(seed, START).introductions(s)}
    over: set[tuple[str, str]] = set()
    first: datetime | None = None
    open_at: dict[int, int] = {}
    recovered = 0
    for now, message in play(2400, seed=seed):
        if part(message, 3) != "obs" or part(message, 4) == "cs-07201-1" or kinds.get(part(message, 4)) == "stream_gauge":
            continue
        for name, value in (sample(message) or {}).items():
            series = (part(message, 4), name)
            if is_over(name, value):
                first = first or now
                over.add(series)
            elif series in over:
                over.remove(series)
                recovered += 1
        open_at[int((now - START).total_seconds()) // 60] = len(over)
    assert first is not None
    assert first < START + timedelta(minutes=2)
    assert recovered > 10
    assert max(open_at.values()) <= 25
    assert sum(open_at.values()) / len(open_at) >= 3


def test_a_stalled_reader_is_not_flooded() -> None:
    province = Province(1, START)
    late = list(province.messages(START + timedelta(hours=1)))
    assert len(late) < 1000
