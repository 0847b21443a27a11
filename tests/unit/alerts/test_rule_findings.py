from typing import Any

import pytest

from ioc.alerts.rule_findings import Figures, findings

MONTH_S = 30 * 86_400.0
WELL: dict[str, Any] = {"matches": 4, "fired": 10, "firing_s": 3600.0, "acknowledged": 10, "without_action": 2, "shelved": 1}


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ({}, []),
        ({"missing_layer": "zones", "matches": 0, "fired": 0}, ["lacks_layer"]),
        ({"missing_indicator": "dossiers-on-tim", "matches": None, "fired": 0}, ["lacks_indicator"]),
        ({"matches": 0, "fired": 0}, ["matches_nothing"]),
        ({"fired": 0}, ["never_fired"]),
        ({"fired": 0, "standing": 1, "matches": 1, "firing_s": MONTH_S}, ["always_fires"]),
        ({"matches": 4, "firing_s": 3.5 * MONTH_S}, []),
        ({"matches": 4, "firing_s": 3.6 * MONTH_S}, ["always_fires"]),
        ({"flapping": 1}, []),
        ({"flapping": 2}, ["flaps"]),
        ({"shelved": 9}, ["always_shelved"]),
        ({"fired": 4, "shelved": 4}, []),
        ({"without_action": 9}, ["no_action"]),
        ({"matches": None, "firing_s": 99 * MONTH_S}, []),
    ],
)
def test_what_is_said_of_a_rule(told: dict[str, Any], codes: list[str]) -> None:
    found = findings(Figures(30, **{**WELL, **told}))
    assert [one.code for one in found] == codes
    for one in found:
        assert one.text.vi != one.text.en
        assert one.told()["text"] == {"vi": one.text.vi, "en": one.text.en}
