import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from ioc.domain.event import ServiceEvent
from ioc.ingest.formats import cloudevents
from ioc.ingest.outcome import Reason
from tests.support.examples import NOW, at
from tests.support.formats import judged

EVENT = "ioc/v1/egov/event/dossier.received"
LATER = "2026-11-22T05:00:10Z"


def cloud(**changed: Any) -> dict[str, Any]:
    told = {"specversion": "1.0", "id": "1", "source": "egov", "type": "dossier.received"} | changed
    return {name: value for name, value in told.items() if value is not ...}


def event(**changed: Any) -> ServiceEvent:
    return replace(ServiceEvent(source="egov", id="1", type="dossier.received", time=NOW), **changed)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_event_with_what_is_required() -> None:
    assert judged(EVENT, cloud()) == [event()]


def test_event_with_all_attributes() -> None:
    told = cloud(
        time=LATER, subject="Nguyễn", unit="07207", lon=106, lat=21, datacontenttype="application/json", data={"amount": 9}, other=1
    )
    assert judged(EVENT, told) == [event(time=at(10), subject="Nguyễn", unit_code="07207", lon=106, lat=21, data='{"amount":9}')]


def test_coordinates_may_be_text_as_strict_senders_write_them() -> None:
    assert judged(EVENT, cloud(lon="106.5", lat="21.25")) == [event(lon=106.5, lat=21.25)]


def test_batch_is_judged_event_by_event() -> None:
    assert judged(EVENT, [cloud(), {"id": "2"}, 7, cloud(id="4")]) == [event(), Reason.SCHEMA, Reason.SCHEMA, event(id="4")]


def test_events_of_another_source_keep_it_in_their_identity() -> None:
    found = judged(EVENT, [cloud(source="/desk/1"), cloud(source="/desk/2")])
    assert found == [event(id="/desk/1 1"), event(id="/desk/2 1")]


@pytest.mark.parametrize("kind", [..., "application/json", "application/json; charset=utf-8", "application/vnd.dossier+json", "Text/JSON"])
def test_json_in_base64_is_kept_as_json(kind: Any) -> None:
    (found,) = judged(EVENT, cloud(data_base64=encoded(b'{"amount": 9}'), datacontenttype=kind))
    assert found == event(data='{"amount":9}')


def test_other_bytes_are_kept_as_they_were_written() -> None:
    written = encoded(b"\x00\xff")
    (found,) = judged(EVENT, cloud(data_base64=written, datacontenttype="application/octet-stream"))
    assert json.loads(found.data) == {"datacontenttype": "application/octet-stream", "data_base64": written}


def test_text_of_another_type_is_kept_as_text() -> None:
    assert judged(EVENT, cloud(data="<a/>", datacontenttype="application/xml")) == [event(data='"<a/>"')]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"specversion": "0.3"}, Reason.SCHEMA),
        ({"specversion": 1.0}, Reason.SCHEMA),
        ({"id": ...}, Reason.SCHEMA),
        ({"id": ""}, Reason.SCHEMA),
        ({"source": ...}, Reason.SCHEMA),
        ({"source": ""}, Reason.SCHEMA),
        ({"source": "a b"}, Reason.SCHEMA),
        ({"source": "/" + "x" * 255}, Reason.SCHEMA),
        ({"type": ...}, Reason.SCHEMA),
        ({"type": "dossier.digitised"}, Reason.SCHEMA),
        ({"time": "noon"}, Reason.TIME),
        ({"subject": ""}, Reason.SCHEMA),
        ({"lon": 106}, Reason.SCHEMA),
        ({"lon": "east", "lat": "north"}, Reason.SCHEMA),
        ({"lon": 181, "lat": 21}, Reason.RANGE),
        ({"lon": "nan", "lat": "21"}, Reason.RANGE),
        ({"lon": "1e999", "lat": "21"}, Reason.RANGE),
        ({"data": {}, "data_base64": ""}, Reason.SCHEMA),
        ({"data_base64": "?"}, Reason.SCHEMA),
        ({"data_base64": "ü"}, Reason.SCHEMA),
        ({"data_base64": 7}, Reason.SCHEMA),
        ({"data_base64": encoded(b"{")}, Reason.PAYLOAD),
        ({"data_base64": ""}, Reason.PAYLOAD),
        ({"data": {"a": "\0"}}, Reason.PAYLOAD),
        ({"data": float("inf")}, Reason.VALUE),
    ],
)
def test_event_that_is_not_acceptable_has_its_reason(changed: dict[str, Any], reason: Reason) -> None:
    assert judged(EVENT, cloud(**changed)) == [reason]


@pytest.mark.parametrize("body", [4, None, [], {}, {"id": "1"}, [{"id": "1", "data": {"specversion": "1.0"}}]])
def test_our_own_payloads_are_not_cloudevents(body: Any) -> None:
    assert not cloudevents.recognises(body)
