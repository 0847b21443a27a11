import pytest

from ioc.indicators.catalogue import load_plan
from ioc.indicators.system import first_term, seconds
from tests.unit.indicators.support import SMALL


@pytest.mark.parametrize(("told", "wanted"), [("1h", 3600), ("15m", 900), ("30d", 2_592_000)])
def test_a_rhythm_is_told_in_seconds(told: str, wanted: int) -> None:
    assert seconds(told) == wanted


def test_the_first_term_is_what_is_mainly_counted() -> None:
    entries = {name: one.entry for name, one in load_plan(SMALL).indicators.items()}
    terms = {name: first_term(entry) for name, entry in entries.items()}
    assert terms["score"] is None
    assert {name: (term.event or term.case) for name, term in terms.items() if term} == {
        **dict.fromkeys(("received", "online-rate", "fees", "mean-fee", "fee-p50", "applicants", "applicants-online"), "dossier.received"),
        **dict.fromkeys(("open", "overdue", "on-time", "handling", "handling-median", "due-in-time"), "dossier"),
        **dict.fromkeys(("done", "share"), "stage"),
    }
