"""Who may register stations: a source that is open registers its own, the others wait for somebody's word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ioc.domain.event import ServiceEvent
from ioc.domain.observation import Observation, Readings, StationKey
from ioc.domain.station import SourceStatus
from ioc.ingest.decode import Item
from ioc.ingest.outcome import Reason, Rejection


class Policy(StrEnum):
    """How the stations of a source become known."""

    OPEN = "open"
    """By themselves, with their first message."""
    PENDING = "pending"
    """When somebody approves them; until then what they send is in quarantine."""
    CLOSED = "closed"
    """By import only."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The sources that are known, each with its policy (None: the `usual` one), and the usual one, which unknown sources have too."""

    usual: Policy = Policy.OPEN
    by_source: Mapping[str, Policy | None] = field(default_factory=dict)

    @property
    def all_open(self) -> bool:
        """Whether nothing can be turned away."""
        return self.usual is Policy.OPEN and all(policy in (None, Policy.OPEN) for policy in self.by_source.values())

    def of(self, source: str) -> Policy:
        """Return the policy that holds for `source`."""
        return self.by_source.get(source) or self.usual

    def knows(self, source: str) -> bool:
        """Return whether `source` is registered."""
        return source in self.by_source


def station_of(item: Item) -> StationKey | None:
    """Return the station that `item` is about, None for events and for what a source says of itself."""
    if isinstance(item, Observation | Readings):
        return item.series.of_station()
    return None if isinstance(item, ServiceEvent | SourceStatus) else item.station


def admit(item: Item, number: int, *, is_known: Callable[[StationKey], bool], policies: Policies) -> Rejection | None:
    """Return why `item`, the message's `number`-th, is not let in, None where it is.

    `is_known` tells whether a station is registered. Events and the status of a source that is not open are let in when the source is
    registered.
    """
    station = station_of(item)
    source = station.source if station else item.source  # type: ignore[union-attr]
    policy = policies.of(source)
    if policy is Policy.OPEN:
        return None
    if station is None:
        if policies.knows(source):
            return None
        return Rejection(Reason.UNKNOWN_STATION, f"source {source} is not registered; new ones are {policy}", number)
    if is_known(station):
        return None
    remedy = "approve it" if policy is Policy.PENDING else "import it"
    return Rejection(
        Reason.UNKNOWN_STATION, f"station {station} is not registered and its source is {policy}: {remedy}, then replay", number
    )
