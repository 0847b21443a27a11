from datetime import UTC

import msgspec
import pytest

from ioc.domain.live import Changes, decode_changes, encode_changes
from tests.support.examples import NOW, alert, observation, position, station

EVERYTHING = Changes(
    publisher="p",
    number=7,
    time=NOW,
    stations=[station(unit={"code": "07207"}, properties={"rain": {"unit": "mm/h"}}, interval_s=60)],
    observations=[observation(0.25, 4.5)],
    positions=[position(0, 106, 21)],
    alerts=[alert(1), alert(2, condition="normal", cleared_at=NOW, acknowledged=True, acknowledged_by="Nguyễn", acknowledged_at=NOW)],
)


@pytest.mark.parametrize("changes", [Changes(), Changes(publisher="p", number=2**40), EVERYTHING])
def test_changes_come_back_as_they_were_sent(changes: Changes) -> None:
    assert decode_changes(encode_changes(changes)) == changes


def test_times_come_back_in_utc() -> None:
    (told,) = decode_changes(encode_changes(Changes(observations=[observation(0, 1)]))).observations
    assert told.time.tzinfo is UTC


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b'{"number":"x"}', b'{"observations":[{}]}', b'{"alerts":[{}]}', b"\xff", b"[" * 9999]
)
def test_what_is_not_ours_is_refused(payload: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, RecursionError, UnicodeDecodeError)):
        decode_changes(payload)


@pytest.mark.parametrize(
    ("changes", "empty"),
    [
        (Changes(publisher="p", number=7, time=NOW), True),
        (Changes(stations=[station()]), False),
        (Changes(observations=[observation(0, 1)]), False),
        (Changes(positions=[position(0, 1, 1)]), False),
        (Changes(alerts=[alert(1)]), False),
    ],
)
def test_changes_that_tell_nothing_are_empty(changes: Changes, empty: bool) -> None:
    assert changes.is_empty is empty


@pytest.mark.parametrize(
    ("condition", "acknowledged", "is_open"),
    [("firing", False, True), ("firing", True, True), ("recovering", True, True), ("normal", False, True), ("normal", True, False)],
)
def test_alert_asks_for_somebody_until_it_is_over_and_seen(condition: str, acknowledged: bool, is_open: bool) -> None:
    assert alert(condition=condition, acknowledged=acknowledged).is_open() is is_open


def test_station_is_named_by_source_and_station() -> None:
    assert station("dap-cau", source="hydro").id == "hydro/dap-cau"
