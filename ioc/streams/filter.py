"""Which stations or alerts a subscription is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from ioc.domain.live import AlertView
from ioc.streams.entity import SEVERITIES, Entity

_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Words = Annotated[tuple[_Word, ...], msgspec.Meta(max_length=64)]
Codes = Annotated[frozenset[_Word], msgspec.Meta(max_length=64)]
UnitsBelow = Callable[[str], frozenset[str]]
"""Returns a code of a unit and those of all units below it."""


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is named must fit; an empty list fits everything. `state` is the mildest that is shown.

    `indicator` and `period` (kinds of period) are for figures, which are chosen by them and by `unit`.
    """

    kind: Words = ()
    source: Words = ()
    unit: Codes = frozenset()
    property: Words = ()
    state: Literal["minor", "moderate", "severe", "extreme"] | None = None
    indicator: Words = ()
    period: Words = ()

    def unfit(self, channel: str) -> list[str]:
        """Return the members that are told and mean nothing on a channel."""
        return [name for name in self.__struct_fields__ if getattr(self, name) and name not in FITTING[channel]]

    def with_units_below(self, below: UnitsBelow) -> Filter:
        """Return the filter that names every unit below those that are named."""
        return msgspec.structs.replace(self, unit=frozenset[str]().union(*map(below, self.unit))) if self.unit else self

    def fits(self, entity: Entity) -> bool:
        """Return whether a station is shown."""
        view, unit = entity.view, entity.unit
        return (
            (not self.kind or view.kind in self.kind)
            and (not self.source or view.source in self.source)
            and (not self.unit or (unit is not None and unit["code"] in self.unit))
            and (not self.property or any(name in entity.readings for name in self.property))
            and (self.state is None or _is_at_least(entity.state, self.state))
        )

    def fits_alert(self, alert: AlertView) -> bool:
        """Return whether an alert is listed; `kind` and `property` are about stations and have no say."""
        return (
            (not self.source or _source_of(alert) in self.source)
            and (not self.unit or (alert.unit is not None and alert.unit["code"] in self.unit))
            and (self.state is None or _is_at_least(alert.severity, self.state))
        )


EVERYTHING = Filter()
FITTING = {
    "state": ("kind", "source", "unit", "property", "state"),
    "alerts": ("source", "unit", "state"),
    "indicators": ("indicator", "unit", "period"),
}
"""By which members each channel is filtered."""


def _source_of(alert: AlertView) -> str:
    """Return the source of what an alert is about; a cluster of events has none."""
    return (alert.station or alert.subject.replace(":", "/")).partition("/")[0]


def _is_at_least(state: str, mildest: str) -> bool:
    return state in SEVERITIES and SEVERITIES.index(state) >= SEVERITIES.index(mildest)
