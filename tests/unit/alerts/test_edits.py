import pytest

from ioc.alerts.conditions import Geofence
from ioc.alerts.edits import Edit, close, edit_of, hold_again
from ioc.alerts.machine import Condition
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standings, Subject
from tests.support.examples import at, rule, threshold

FLOOD = rule(threshold("minor", 10))
SUBJECT = Subject("hydro/g1/level", "hydro", "g1", "level")


@pytest.mark.parametrize(
    ("after", "edit"),
    [
        (FLOOD, None),
        (rule(threshold("minor", 11)), Edit.PARAMETERS),
        (rule(threshold("minor", 10), hold_s=60), Edit.PARAMETERS),
        (rule(threshold("minor", 10), station="g2"), Edit.SCOPE),
        (rule(threshold("minor", 0), condition=Geofence("zones", "enter")), Edit.SCOPE),
    ],
)
def test_edit_is_told_by_what_differs(after: Rule, edit: Edit | None) -> None:
    assert edit_of(FLOOD.definition(), after.definition()) == edit


def test_words_are_cosmetic_and_the_first_version_is_new() -> None:
    definition = FLOOD.definition()
    assert edit_of(definition, definition | {"title": {"vi": "x", "en": "y"}, "template": "t"}) is Edit.COSMETIC
    assert edit_of(None, definition) is Edit.NEW


def firing() -> Standings:
    standings = Standings()
    standings.move(FLOOD, SUBJECT, at(0), 12)
    standings.settle()
    return standings


def test_longer_wait_withdraws_what_has_not_lasted_so_long_and_it_goes_on_when_it_has() -> None:
    standings, patient = firing(), rule(threshold("minor", 10), hold_s=3600)
    hold_again(standings, patient, SUBJECT, at(600))
    (cleared,) = standings.transitions
    assert (cleared.kind, cleared.reason) == ("cleared", "the rule now waits longer")
    assert standings.at("flood", SUBJECT.key).state.condition is Condition.PENDING
    standings.elapse(patient, SUBJECT)
    again = standings.transitions[1]
    assert (again.kind, again.time, again.alert_id, again.reopens) == ("relapsed", at(3600), cleared.alert_id, True)


def test_longer_wait_that_is_over_already_changes_nothing() -> None:
    standings = firing()
    hold_again(standings, rule(threshold("minor", 10), hold_s=3600), SUBJECT, at(3600))
    assert standings.transitions == []


@pytest.mark.parametrize(("edit", "reason"), [(Edit.DELETED, "the rule was removed"), (Edit.SCOPE, "the rule looks at this no more")])
def test_what_is_closed_says_why(edit: Edit, reason: str) -> None:
    standings = firing()
    close(standings, FLOOD, SUBJECT, at(60), edit)
    (cleared,) = standings.transitions
    assert (cleared.kind, cleared.reason, cleared.time, cleared.value) == ("cleared", reason, at(60), 12)
    assert len(standings) == 0
