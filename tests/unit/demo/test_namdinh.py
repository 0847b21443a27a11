import json
from collections import Counter
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ioc.demo.namdinh import messages, units
from ioc.demo.province import Message

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


@cache
def sent(seed: int = 1) -> list[Message]:
    return list(messages(seed))


@cache
def month(seed: int = 1) -> list[dict[str, Any]]:
    return [event | {"type": m.topic.rpartition("/")[2]} for m in sent(seed) for event in json.loads(m.payload)]


def of_type(type_: str) -> list[dict[str, Any]]:
    return [event for event in month() if event["type"] == type_]


def test_the_province_has_10_districts_and_226_communes() -> None:
    assert Counter(unit.level for unit in units()) == {"province": 1, "district": 10, "commune": 226}


def test_counts_are_the_published_ones() -> None:
    assert Counter((event["type"], event["data"].get("channel")) for event in month()) == {
        ("dossier.received", "online"): 54_786,
        ("dossier.received", "counter"): 9_317,
        ("dossier.digitised", None): 39_347,
        ("payment.received", "online"): 30_031,
        ("payment.land_tax", "online"): 323,
    }


def test_counts_do_not_depend_on_the_seed() -> None:
    assert Counter((e["type"], e["data"].get("channel")) for e in month(7)) == Counter(
        (e["type"], e["data"].get("channel")) for e in month()
    )


def test_ids_are_the_same_for_every_seed() -> None:
    assert {event["id"] for event in month()} == {event["id"] for event in month(7)}


def test_ids_are_unique() -> None:
    assert len({event["id"] for event in month()}) == len(month())


@pytest.mark.parametrize(("type_", "vnd"), [("payment.received", 603_212_000), ("payment.land_tax", 1_700_000_000)])
def test_amounts_add_up_to_the_published_sum(type_: str, vnd: int) -> None:
    amounts = [event["data"]["amount"] for event in of_type(type_)]
    assert all(isinstance(amount, int) and amount > 0 for amount in amounts)
    assert sum(amounts) == vnd


def test_every_unit_receives_dossiers() -> None:
    assert {event["unit"] for event in of_type("dossier.received")} == {unit.code for unit in units()}


def test_everything_happens_within_the_month() -> None:
    times = [datetime.fromisoformat(event["time"]).astimezone(LOCAL) for event in month()]
    assert min(times) >= datetime(2023, 4, 20, tzinfo=LOCAL)
    assert max(times) < datetime(2023, 5, 20, tzinfo=LOCAL)


def test_counters_are_closed_on_holidays_and_weekends() -> None:
    at_counters = [e["time"] for e in of_type("dossier.received") if e["data"]["channel"] == "counter"]
    days = {datetime.fromisoformat(time).astimezone(LOCAL).date() for time in at_counters}
    assert all(day.weekday() < 5 for day in days)
    assert datetime(2023, 5, 1, tzinfo=LOCAL).date() not in days


def test_what_follows_a_dossier_comes_after_it() -> None:
    received = {event["subject"]: event for event in of_type("dossier.received")}
    for event in month():
        origin = received[event["subject"]]
        assert event["time"] >= origin["time"]
        assert event["unit"] == origin["unit"]


def test_only_online_dossiers_are_paid_online() -> None:
    online = {event["subject"] for event in of_type("dossier.received") if event["data"]["channel"] == "online"}
    assert {event["subject"] for event in of_type("payment.received")} <= online


def test_messages_are_the_same_for_the_same_seed() -> None:
    assert list(messages(7)) == sent(7)


def test_messages_are_small_and_in_the_order_of_their_first_events() -> None:
    bodies = [json.loads(message.payload) for message in sent()]
    firsts = [body[0]["time"] for body in bodies]
    assert max(len(body) for body in bodies) == 200
    assert firsts == sorted(firsts)
