"""Who is let in under which policy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Position, SeriesKey, StationKey
from ioc.domain.station import SourceStatus, StationDescription
from ioc.ingest.decode import Item
from ioc.ingest.outcome import Reason
from ioc.ingest.policy import Policies, Policy, admit, station_of

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
STATION = StationKey("s", "g")
OF_A_STATION: list[Item] = [
    Observation(SeriesKey("s", "g", "level"), NOW, 1.0),
    Position(STATION, NOW, 106.0, 21.0),
    StationDescription(STATION, "G", "gauge"),
]
OF_A_SOURCE: list[Item] = [ServiceEvent("s", "1", "report", NOW), SourceStatus("s", online=True)]
RESERVED = [Policy.PENDING, Policy.CLOSED]


def admitted(item: Item, policies: Policies, *known: StationKey) -> bool:
    return admit(item, 3, is_known=known.__contains__, policies=policies) is None


@pytest.mark.parametrize("item", OF_A_STATION)
def test_the_station_of_a_reading_a_position_and_a_description_is_known(item: Item) -> None:
    assert station_of(item) == STATION


@pytest.mark.parametrize("item", OF_A_STATION + OF_A_SOURCE)
@pytest.mark.parametrize("policies", [Policies(), Policies(Policy.OPEN, {"s": None}), Policies(Policy.CLOSED, {"s": Policy.OPEN})])
def test_an_open_source_registers_itself(item: Item, policies: Policies) -> None:
    assert admitted(item, policies)


@pytest.mark.parametrize("item", OF_A_STATION)
@pytest.mark.parametrize("policy", RESERVED)
def test_of_other_sources_only_registered_stations_are_let_in(item: Item, policy: Policy) -> None:
    policies = Policies(Policy.OPEN, {"s": policy})
    assert admitted(item, policies, STATION)
    assert not admitted(item, policies, StationKey("t", "g"), StationKey("s", "other"))


@pytest.mark.parametrize("item", OF_A_SOURCE)
@pytest.mark.parametrize("policy", RESERVED)
def test_what_is_of_no_station_is_let_in_where_the_source_is_registered(item: Item, policy: Policy) -> None:
    assert admitted(item, Policies(policy, {"s": None}))
    assert not admitted(item, Policies(policy, {"t": None}))


@pytest.mark.parametrize(("policy", "remedy"), [(Policy.PENDING, "approve"), (Policy.CLOSED, "import")])
def test_the_rejection_names_the_station_the_policy_and_the_remedy(policy: Policy, remedy: str) -> None:
    rejection = admit(OF_A_STATION[0], 3, is_known=lambda _: False, policies=Policies(policy))
    assert rejection is not None
    assert (rejection.reason, rejection.item) == (Reason.UNKNOWN_STATION, 3)
    assert all(word in rejection.detail for word in ("s/g", policy, remedy))


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (Policies(), True),
        (Policies(Policy.OPEN, {"a": None, "b": Policy.OPEN}), True),
        (Policies(Policy.OPEN, {"a": None, "b": Policy.PENDING}), False),
        (Policies(Policy.CLOSED, {"a": Policy.OPEN}), False),
    ],
)
def test_all_open_says_whether_anything_can_be_turned_away(policies: Policies, expected: bool) -> None:
    assert policies.all_open is expected
