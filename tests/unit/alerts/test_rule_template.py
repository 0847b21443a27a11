import pytest

from ioc.alerts.rule_template import TemplateIn, TemplateUse, expand
from ioc.errors import ConfigurationError

TEMPLATE = TemplateIn(
    "high", ["station", "limit"], {"title": "Cao $station", "above": [{"limit": "$limit"}], "for": "${wait}"}, {"wait": "5m"}
)


def test_parameter_that_is_all_of_a_text_keeps_its_type() -> None:
    body = TemplateIn("high", ["limit"], {"above": [{"limit": "$limit"}], "title": "over $limit"})
    assert list(expand(body, TemplateUse("high", [{"id": "a", "limit": 4.5}]), "f:1")) == [
        {"id": "a", "above": [{"limit": 4.5}], "title": "over 4.5"}
    ]


def test_defaults_need_not_be_given() -> None:
    body = TemplateIn("t", ["x"], {"for": "$wait", "x": "$x"}, {"wait": "5m"})
    first, second = expand(body, TemplateUse("t", [{"id": "a", "x": 1}, {"id": "b", "x": 2, "wait": "1m"}]), "f:1")
    assert (first["for"], second["for"]) == ("5m", "1m")


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"id": "a", "station": "s"}, "f:1: template high, entry 1: lacks limit"),
        ({"id": "a", "station": "s", "limit": 1, "colour": 2}, "f:1: template high, entry 1: unknown parameter colour"),
        ({"station": "s", "limit": 1}, "f:1: template high, entry 1: lacks id"),
    ],
)
def test_entry_that_does_not_fit_is_named(entry: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        list(expand(TEMPLATE, TemplateUse("high", [entry]), "f:1"))
    assert error.value.detail.startswith(complaint)


def test_body_that_names_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'\$y' names y, which is no parameter"):
        list(expand(TemplateIn("t", ["x"], {"a": "$y"}), TemplateUse("t", [{"id": "a", "x": 1}]), "f:1"))
