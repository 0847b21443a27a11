from ioc.domain.evidence import Evidence, Reading, Readings, in_order
from tests.support.examples import GAUGE, at, series
from tests.support.judging import status

RIVER, RAIN = series(1), series(2, GAUGE._replace(property="rain"))


def array(arrived: float, subject: object, *seconds: float) -> Readings:
    return Readings(at(arrived), at(seconds[0]), subject, [at(n) for n in seconds], [float(n) for n in seconds])  # type: ignore[arg-type]


def test_what_arrived_first_comes_first_whatever_its_time() -> None:
    late, early = array(2, RIVER, 0, 1), Reading(at(1), at(1), RAIN, 5.0)
    assert in_order([late, early]) == [early, late]


def test_arrays_of_one_series_in_a_message_stay_together() -> None:
    told: list[Evidence] = [array(9, RIVER, 1, 3, 5), array(10, RAIN, 2, 4)]
    assert in_order(told) == told


def test_what_one_message_brought_of_several_series_is_in_order_of_time() -> None:
    told = in_order([array(9, RIVER, 1, 3, 5), array(9, RAIN, 2, 4), status(10, online=True)])
    assert [(one.time, type(one)) for one in told[:-1]] == [(at(n), Reading) for n in (1, 2, 3, 4, 5)]
    assert told[-1] == status(10, online=True)


def test_each_reading_of_an_array_has_its_arrival_and_series() -> None:
    assert list(array(9, RIVER, 1, 2).each()) == [Reading(at(9), at(1), RIVER, 1.0), Reading(at(9), at(2), RIVER, 2.0)]
