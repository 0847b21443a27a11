import unicodedata

import pytest

from ioc.ingest.outcome import Reason, Rejection
from ioc.ingest.topics import Kind, Topic, is_name, parse_topic, shown, source_of


@pytest.mark.parametrize(
    ("topic", "parsed"),
    [
        ("ioc/v1/hydro/obs/dap-cau", Topic(Kind.OBSERVATION, "hydro", "dap-cau")),
        ("ioc/v1/hydro/obs/dap-cau/water_level", Topic(Kind.OBSERVATION, "hydro", "dap-cau", "water_level")),
        ("ioc/v1/buses/pos/98B-012.34", Topic(Kind.POSITION, "buses", "98B-012.34")),
        ("ioc/v1/egov/event/dossier.received", Topic(Kind.EVENT, "egov", "dossier.received")),
        ("ioc/v1/hydro/station/dap-cau", Topic(Kind.STATION, "hydro", "dap-cau")),
        ("ioc/v1/hydro/status", Topic(Kind.STATUS, "hydro")),
        ("ioc/v1/hydro/feedback", Topic(Kind.FEEDBACK, "hydro")),
        ("ioc/v1/thủy-văn/obs/Đáp_Cầu", Topic(Kind.OBSERVATION, "thủy-văn", "Đáp_Cầu")),
        (f"ioc/v1/{'s' * 64}/obs/{'n' * 64}/{'p' * 64}", Topic(Kind.OBSERVATION, "s" * 64, "n" * 64, "p" * 64)),
    ],
)
def test_topic_of_the_grammar(topic: str, parsed: Topic) -> None:
    assert parse_topic(topic) == parsed


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "ioc",
        "ioc/v1",
        "ioc/v1/hydro",
        "ioc/v2/hydro/obs/a",
        "IOC/v1/hydro/obs/a",
        "/ioc/v1/hydro/obs/a",
        "ioc/v1/hydro/obs",
        "ioc/v1/hydro/obs/",
        "ioc/v1/hydro/obs/a/b/c",
        "ioc/v1/hydro/pos/a/b",
        "ioc/v1/hydro/status/a",
        "ioc/v1/hydro/OBS/a",
        "ioc/v1/hydro/__class__/a",
        "ioc/v1//obs/a",
        "ioc/v1/hydro/obs/..",
        "ioc/v1/hydro/obs/../../etc/passwd",
        "ioc/v1/../obs/a",
        "ioc/v1/hydro/obs/.hidden",
        "ioc/v1/hydro/obs/-a",
        "ioc/v1/hydro/obs/a b",
        "ioc/v1/hydro/obs/a\n",
        "ioc/v1/hydro/obs/a\0",
        "ioc/v1/hydro/obs/\x1b[31m",
        "ioc/v1/hydro/obs/a\u202e",
        "ioc/v1/hydro/obs/\ud800",
        "ioc/v1/hydro/obs/a#",
        "ioc/v1/hydro/obs/+",
        f"ioc/v1/hydro/obs/{'n' * 65}",
    ],
)
def test_topic_outside_the_grammar_is_rejected_in_words_that_can_be_logged(topic: str) -> None:
    rejection = parse_topic(topic)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.item) == (Reason.TOPIC, None)
    assert rejection.detail.isprintable()
    assert len(rejection.detail) < 300


def test_rejection_names_what_is_wrong() -> None:
    assert parse_topic("ioc/v1/hydro/obs/a\n") == Rejection(
        Reason.TOPIC, "name 'a\\n' is not 1 to 64 letters, digits, '.', '_', ':' or '-' beginning with a letter or digit"
    )
    assert parse_topic("ioc/v1/hydro/obs") == Rejection(Reason.TOPIC, "topic 'ioc/v1/hydro/obs' has 0 levels after obs, not 1 or 2")


def test_names_are_kept_in_one_normal_form() -> None:
    composed = parse_topic("ioc/v1/hydro/obs/Đáp-Cầu")
    assert parse_topic(unicodedata.normalize("NFD", "ioc/v1/hydro/obs/Đáp-Cầu")) == composed


@pytest.mark.parametrize(
    ("topic", "source"),
    [
        ("ioc/v1/hydro/obs/a", "hydro"),
        ("ioc/v1/hydro/nonsense", "hydro"),
        ("ioc/v1/hydro", "hydro"),
        ("ioc/v1/hydro/obs/\0", "hydro"),
        ("ioc/v1/../obs/a", "-"),
        ("ioc/v1/\0/obs/a", "-"),
        ("ioc/v2/hydro/obs/a", "-"),
        ("ioc/v1", "-"),
        ("", "-"),
    ],
)
def test_source_of_a_topic_as_far_as_it_can_be_trusted(topic: str, source: str) -> None:
    assert source_of(topic) == source


def test_source_is_the_same_in_the_books_and_with_the_items_whatever_the_normal_form() -> None:
    topic = unicodedata.normalize("NFD", "ioc/v1/thủy-văn/status")
    parsed = parse_topic(topic)
    assert isinstance(parsed, Topic)
    assert source_of(topic) == parsed.source == "thủy-văn"


def test_what_is_shown_is_short_and_printable() -> None:
    assert shown("a" * 500) == repr("a" * 80)
    assert shown("Đáp Cầu") == "'Đáp Cầu'"
    assert shown("a\0\u202e\ud800") == "'a\\x00\\u202e\\ud800'"


@pytest.mark.parametrize(("name", "allowed"), [("a", True), ("Đ9:.-_", True), ("", False), ("_a", False), ("a/b", False), ("a\n", False)])
def test_name(name: str, allowed: bool) -> None:
    assert is_name(name) is allowed
