from ioc.demo.province_stations import AIR
from ioc.domain.measure import Condition
from ioc.indicators.catalogue import load_plan
from ioc.indicators.plan import conditions
from ioc.indicators.system import Bound
from tests.unit.indicators.support import SDI, SMALL


def test_what_is_counted_of_the_same_rows_stands_together() -> None:
    plan = load_plan(SMALL)
    groups = {plan.indicators[name].refs()[0].group for name in ("online-rate", "fees", "mean-fee")}
    assert len(groups) == 1


def test_conditions_are_told_in_one_order() -> None:
    told = conditions({"b": 1, "a": ["x", "y"], "c": Bound(at_least=4, under=9)})
    assert told == (
        Condition("a", "in", ("x", "y")),
        Condition("b", "in", (1,)),
        Condition("c", "at_least", (4,)),
        Condition("c", "under", (9,)),
    )


def test_indicators_come_after_what_they_are_made_of() -> None:
    plan = load_plan(SDI)
    for name in plan.order:
        assert all(plan.order.index(other) < plan.order.index(name) for other in plan.indicators[name].indicators())


def test_events_of_another_system_come_from_its_sources() -> None:
    plan = load_plan(SDI)
    assert plan.cases["three-messages"].sources == ("*-dvc", "*-sms")
    (part, of) = plan.indicators["digitisation-rate"].refs()
    assert plan.groups[of.group].sources == ("*-dvc",)
    assert "*-sohoa" in plan.groups[part.group].sources


def test_what_no_station_sends_is_named_also_of_what_is_made_of_it() -> None:
    plan = load_plan(SDI)
    sent = [("bg-air", "air_quality", "pm10"), ("bg-air", "river_gauge", "pm2_5"), ("bg-traffic", "air_quality", "pm2_5")]
    assert plan.unsent("pm10-mean", sent) == []
    assert plan.unsent("pm25-mean", sent) == ["pm2_5"], "another kind and another source are not those that are counted"
    assert plan.unsent("vn-aqi", sent) == ["pm2_5"]
    assert plan.unsent("dossiers-received", ()) == []


def test_what_shipped_indicators_are_made_of_is_what_the_simulated_stations_send() -> None:
    plan = load_plan(SDI)
    sent = [(AIR.source, AIR.name, name) for name in AIR.measures]
    assert {name: unsent for name in plan.indicators if (unsent := plan.unsent(name, sent))} == {}
