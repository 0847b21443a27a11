"""What a later run must know of the clocks of sources and no reading tells it: kept with the standings, by one of the rules on silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ioc.alerts.standings import Standing, Standings

_STILLS = 50
_CLOCK = "/#clock"


@dataclass(frozen=True, slots=True)
class KeptClock:
    """When the source last said that it is there, when it stopped on purpose, and when its clock stood still of late as (until, how long)."""

    heard: datetime | None
    stopped: datetime | None
    stills: tuple[tuple[datetime, timedelta], ...]


class KeptClocks:
    """The clocks of sources, kept with the standings of the rule `rule_id`."""

    def __init__(self, standings: Standings, rule_id: str) -> None:
        self._standings, self._rule_id = standings, rule_id

    def each(self) -> Iterator[tuple[str, KeptClock]]:
        """Yield what is kept by source; of one twice where another rule kept it before."""
        for _, key, one in self._standings.each():
            if key.endswith(_CLOCK):
                yield key.removesuffix(_CLOCK), _read(one)

    def of(self, source: str) -> KeptClock:
        """Return what this rule keeps of a source."""
        return _read(self._standings.at(self._rule_id, source + _CLOCK))

    def keep(
        self, source: str, *, stopped: datetime | None, heard: datetime | None = None, stood: tuple[datetime, timedelta] | None = None
    ) -> None:
        """Keep when a source stopped (None: it did not); when it was heard and how long its clock stood still only where told."""
        kept = self.of(source)
        stills = [*kept.stills, *([stood] if stood else [])][-_STILLS:]
        context = {
            "stood_still": [[until.isoformat(), length.total_seconds()] for until, length in stills],
            "heard": _iso(heard or kept.heard),
            "stopped": _iso(stopped),
        }
        self._standings.remember(self._rule_id, source + _CLOCK, Standing(context=context))


def _read(standing: Standing) -> KeptClock:
    told = standing.context
    stills = tuple((datetime.fromisoformat(until), timedelta(seconds=seconds)) for until, seconds in told.get("stood_still", ()))
    return KeptClock(_time(told.get("heard")), _time(told.get("stopped")), stills)


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _time(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
