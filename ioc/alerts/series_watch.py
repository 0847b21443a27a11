"""Rules over the values of series: limits, rates and windows. What a reading costs does not depend on how many rules there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

from ioc.alerts.machine import Kind, due, holding
from ioc.alerts.plan import NOTHING, Plan, Plans, Signal
from ioc.alerts.rule import Rule
from ioc.alerts.standings import Standing, Standings, Subject
from ioc.alerts.windows import Window, within_numbers
from ioc.domain.evidence import Series
from ioc.domain.live import StationView

GAP_INTERVALS = 3
"""After so many of its intervals without a reading the data of a series is stale."""
_NO_MARKS = (None,)
_AT_ONCE, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Track:
    """What is known of one series: the newest value of each signal and the newest time, the windows; `is_new` lets every rule look once."""

    __slots__ = ("before", "calm_until", "due", "gap", "high", "is_new", "last", "low", "plan", "stamp", "subject", "view", "windows")

    def __init__(self, subject: Subject, view: StationView, plan: Plan) -> None:
        self.subject, self.view, self.plan = subject, view, plan
        self.before: list[float | None] = [None] * max(1, len(plan.signals))
        self.windows: list[Window | None] = [signal.window.make() if signal.window else None for signal in plan.signals]
        self.last: datetime | None = None
        self.stamp, self.is_new = -1, True
        self.due = self.calm_until = _AT_ONCE  # when a wait is over; until when no rule has to look for the sake of time
        self.low, self.high = inf, -inf  # between these a plain value crosses nothing; so it is never between them at first
        self.gap = gap_of(view)

    def fresh_until(self) -> datetime | None:
        """Until when the newest reading stands for the present, None where nothing says so."""
        return None if self.gap is None or self.last is None else self.last + self.gap

    def is_calm(self, time: datetime) -> bool:
        """Return whether neither a wait nor a hole in the data has ended at `time`; looks again only when it may have."""
        if time >= self.due or self.is_gap(time):
            return False
        self.calm_until = self.due if self.gap is None else min(self.due, time + self.gap)
        return True

    def is_gap(self, time: datetime) -> bool:
        """Return whether nothing was heard for too long before `time`."""
        return self.gap is not None and self.last is not None and time - self.last > self.gap


class SeriesWatch:
    """All series that rules look at."""

    def __init__(self, plans: Plans, rules: Mapping[str, Rule], standings: Standings, *, wake: Callable[[str, datetime], None]) -> None:
        self._plans, self._rules, self._standings, self._wake = plans, rules, standings, wake
        self._tracks: dict[int, Track] = {}
        self._by_key: dict[str, Track] = {}
        self._batch = 0
        self._marks: list[tuple[Track, tuple[float | None, ...], datetime | None, bool, Sequence[tuple[int, int] | None]]] = []

    def track(self, series: Series) -> Track:
        """Return what is known of a series; its plan is made anew when its station has described itself anew."""
        track = self._tracks.get(series.id)
        if track is None or track.view is not series.description:
            track = self._renew(series, track)
        return track

    def restore(self, series: Series, readings: Iterable[tuple[datetime, float]]) -> None:
        """Take up what was judged of a series before: the newest reading, and those in its windows, in order of time."""
        track = self.track(series)
        for time, value in readings:
            for number, (signal, window) in enumerate(zip(track.plan.signals, track.windows, strict=True)):
                now: float | None = value
                if window is not None and signal.window is not None:
                    now = window.push(time, value)
                    now = None if now is None else within_numbers(now * signal.window.factor)
                track.before[number] = now
            track.last = time
        self.schedule(track)

    def is_watched(self, series: Series) -> bool:
        """Return whether a rule looks at the series, or has an alert open for it."""
        track = self.track(series)
        return track.plan is not NOTHING or bool(self._standings.of(track.subject.key))

    def see(self, series: Series, time: datetime, value: float) -> None:
        """Judge a reading that is newer than all before it in its series."""
        track = self._tracks.get(series.id)
        if track is None or track.view is not series.description:
            track = self._renew(series, track)
        if track.stamp != self._batch:
            self._mark(track)
        # Most readings cross no limit, and nothing was waited for: then no rule has to look.
        if track.low < value < track.high and (time < track.calm_until or track.is_calm(time)):
            track.before[0], track.last = value, time
            return
        self._judge(track, self._standings.of(track.subject.key), time, value)

    def see_calmly(self, series: Series, times: Sequence[datetime], values: Sequence[float]) -> bool:
        """Take in readings, in order of time, if no rule has to look at any of them; return whether they were."""
        track = self._tracks.get(series.id)
        if track is None or track.view is not series.description or not (track.low < min(values) and max(values) < track.high):
            return False
        if times[-1] >= track.calm_until and not track.is_calm(times[-1]):
            return False
        if track.stamp != self._batch:
            self._mark(track)
        track.before[0], track.last = values[-1], times[-1]
        return True

    def _judge(self, track: Track, standing: Mapping[str, Standing], time: datetime, value: float) -> None:
        """Let every rule look whom the reading, or time, may concern."""
        is_due = bool(standing) and self._is_due(track, standing, time)
        fresh_until = track.fresh_until() if standing else None
        if is_due and fresh_until is not None:
            self._tell_of_gap(track, time, fresh_until)
        for number, signal in enumerate(track.plan.signals):
            window, before = track.windows[number], track.before[number]
            now: float | None = value
            if window is not None:
                assert signal.window is not None
                now = window.push(time, value)
                now = None if now is None else within_numbers(now * signal.window.factor)
            track.before[number] = now
            if now is None:
                if standing:
                    self._do_without(track, signal, time, fresh_until, before)
                continue
            for rule in signal.rules if track.is_new or before is None or is_due else signal.crossing.between(before, now):
                self._standings.move(rule, track.subject, time, now, fresh_until=fresh_until, last=before)
        track.last, track.is_new = time, False
        if track.plan.is_plain:
            track.low, track.high = track.plan.signals[0].crossing.around(value)
        elif not track.plan.signals:
            track.low, track.high = -inf, inf
        if standing := self._standings.of(track.subject.key):
            self._let_go(track, standing, time, value)
            self.schedule(track)
        else:
            track.due = track.calm_until = _NEVER

    def _do_without(self, track: Track, signal: Signal, time: datetime, fresh_until: datetime | None, last: float | None) -> None:
        """Let what was due happen though a window has too few readings to say anything now, and keep the last value that it had."""
        for rule in signal.rules:
            if rule.id in self._standings.of(track.subject.key):
                self._standings.catch_up(rule, track.subject, time, fresh_until=fresh_until, last=last)
                standing = self._standings.at(rule.id, track.subject.key)
                self._standings.remember(rule.id, track.subject.key, standing if last is None else replace(standing, value=last))

    def see_late(self, series: Series, time: datetime, value: float) -> None:
        """Note on open alerts a late reading or a correction that would have made another level hold; it moves nothing."""
        track = self.track(series)
        for rule_id, standing in tuple(self._standings.of(track.subject.key).items()):
            rule = self._rules.get(rule_id)
            if rule is None or rule.condition is not None or standing.alert_id is None or standing.moved_at is None:
                continue
            would_hold = holding(rule, value, None)
            began = standing.state.since
            if would_hold != (None if began is not None and time < began else standing.state.severity):
                detail = {"time": time.isoformat(), "value": value}
                reason = "a late reading tells otherwise"
                newest = self._newest(track, rule)
                self._standings.note(
                    rule, track.subject, standing.moved_at, Kind.LATE_CORRECTION, value=newest, reason=reason, detail=detail
                )

    def elapse(self, key: str, now: datetime) -> bool:
        """Let happen what time alone makes happen up to `now`; return whether `key` is one of these subjects."""
        track = self._by_key.get(key)
        if track is None:
            return False
        fresh_until = track.fresh_until()
        for rule_id, standing in tuple(self._standings.of(key).items()):
            rule = self._rules.get(rule_id)
            when = due(standing.state, rule) if rule else None
            if rule and when is not None and when <= now and (fresh_until is None or when <= fresh_until):
                self._standings.elapse(rule, track.subject, last=self._newest(track, rule))
        if fresh_until is not None and fresh_until <= now:
            for rule_id, standing in tuple(self._standings.of(key).items()):
                if standing.alert_id is not None and not standing.stale and rule_id in self._rules:
                    self._standings.note(
                        self._rules[rule_id], track.subject, fresh_until, Kind.STALE, value=self._newest(track, self._rules[rule_id])
                    )
        self.schedule(track)
        return True

    def schedule(self, track: Track) -> None:
        """Ask to be woken when time alone moves something of the series."""
        fresh_until = track.fresh_until()
        times: list[datetime] = []
        track.due, track.calm_until = _NEVER, _AT_ONCE
        for rule_id, standing in self._standings.of(track.subject.key).items():
            rule = self._rules.get(rule_id)
            if rule is None:
                continue
            when = due(standing.state, rule)
            track.due = _AT_ONCE if standing.stale else min(track.due, when or _NEVER)
            if when is not None and (fresh_until is None or when <= fresh_until):
                times.append(when)
            if fresh_until is not None and standing.alert_id is not None and not standing.stale:
                times.append(fresh_until)
        if times:
            self._wake(track.subject.key, min(times))

    def settle(self) -> None:
        """Make what was seen since the last time final."""
        for track, *_ in self._marks:
            for window in track.windows:
                if window is not None:
                    window.settle()
        self._marks.clear()
        self._batch += 1

    def take_back(self) -> None:
        """Undo what was seen since the last time."""
        for track, before, last, is_new, marks in reversed(self._marks):
            track.before, track.last, track.is_new = list(before), last, is_new
            track.low, track.high, track.due, track.calm_until = inf, -inf, _AT_ONCE, _AT_ONCE
            for window, mark in zip(track.windows, marks, strict=True):
                if window is not None and mark is not None:
                    window.take_back(mark)
        self._marks.clear()
        self._batch += 1

    def _mark(self, track: Track) -> None:
        track.stamp = self._batch
        marks = _NO_MARKS if track.plan.is_plain else [None if window is None else window.mark() for window in track.windows]
        self._marks.append((track, tuple(track.before), track.last, track.is_new, marks))

    def _renew(self, series: Series, known: Track | None) -> Track:
        """Make the plan of a series; what is known of its past stays where its windows stay the same."""
        view = series.description
        key = known.subject if known else Subject(str(series.key), series.key.source, series.key.station, series.key.property)
        track = Track(key, view, self._plans.of(view, series.key.property))
        if known is not None:
            track.last = known.last
            past = {signal.window: place for place, signal in enumerate(known.plan.signals)}
            for number, signal in enumerate(track.plan.signals):
                if (place := past.get(signal.window)) is not None:
                    track.windows[number], track.before[number] = known.windows[place], known.before[place]
        self._tracks[series.id] = self._by_key[key.key] = track
        return track

    def _is_due(self, track: Track, standing: Mapping[str, Standing], time: datetime) -> bool:
        """Return whether every rule is to look, since time has moved something: a wait is over, or the data had a hole."""
        if track.is_gap(time):
            return True
        for rule_id, one in standing.items():
            rule = self._rules.get(rule_id)
            when = due(one.state, rule) if rule else None
            if one.stale or (when is not None and when <= time):
                return True
        return False

    def _tell_of_gap(self, track: Track, time: datetime, fresh_until: datetime) -> None:
        """Tell of open alerts that their data was stale for a while, and is fresh again; what was due before that comes first."""
        for rule_id in tuple(self._standings.of(track.subject.key)):
            rule = self._rules.get(rule_id)
            if rule is None:
                continue
            self._standings.catch_up(rule, track.subject, time, fresh_until=fresh_until, last=self._newest(track, rule))
            standing = self._standings.at(rule_id, track.subject.key)
            if standing.alert_id is not None and not standing.stale and time > fresh_until:
                self._standings.note(rule, track.subject, fresh_until, Kind.STALE, value=self._newest(track, rule))
            if self._standings.at(rule_id, track.subject.key).stale:
                self._standings.note(rule, track.subject, time, Kind.FRESH, value=self._newest(track, rule))

    def _let_go(self, track: Track, standing: Mapping[str, Standing], time: datetime, value: float) -> None:
        """Clear the alerts of rules that look at the series no more: the station has described itself anew."""
        for rule_id in [rule_id for rule_id in standing if rule_id not in track.plan.rules]:
            rule = self._rules.get(rule_id)
            if rule is not None and rule.kind in ("threshold", "rate", "window"):
                self._standings.drop(rule, track.subject, time, "the rule looks at this series no more", value=value)

    def _newest(self, track: Track, rule: Rule) -> float | None:
        """Return the value that a rule saw last."""
        return next((track.before[number] for number, signal in enumerate(track.plan.signals) if rule in signal.rules), None)


def gap_of(view: StationView) -> timedelta | None:
    """Return how long a station may be silent before its data is stale, None where it does not say how often it reports."""
    return None if view.interval_s is None else timedelta(seconds=GAP_INTERVALS * view.interval_s)
