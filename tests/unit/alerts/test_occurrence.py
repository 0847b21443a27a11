from ioc.alerts.rule import Selector
from tests.support.judging import occurrence


def test_event_is_chosen_by_source_and_unit() -> None:
    one = occurrence(0, "report", "r1", units=["07", "07207"])
    assert one.fits(Selector())
    assert one.fits(Selector(source="desk", unit="07"))
    assert not one.fits(Selector(source="other"))
    assert not one.fits(Selector(unit="08"))
