"""Which rules a change of value can concern: those with a limit or a clear value between the old value and the new one.

What a rule makes of a value depends only on which of its edges the value is beyond. So the cost of a reading does not grow with the number
of rules, but with the number of edges that it crosses.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf

from ioc.alerts.rule import Rule


class Crossing:
    """The edges of many rules over one kind of values, sorted; what it returns is in the order of the rules."""

    __slots__ = ("_above", "_above_rules", "_below", "_below_rules", "_rules")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        above: list[tuple[float, int]] = []
        below: list[tuple[float, int]] = []
        for number, rule in enumerate(rules):
            edges = {edge for threshold in rule.thresholds for edge in (threshold.limit, threshold.clear) if edge is not None}
            (above if rule.sign > 0 else below).extend((edge, number) for edge in edges)
        above.sort()
        below.sort()
        self._above, self._above_rules = [edge for edge, _ in above], [number for _, number in above]
        self._below, self._below_rules = [edge for edge, _ in below], [number for _, number in below]

    def around(self, value: float) -> tuple[float, float]:
        """Return the edges next to `value`: while a value stays between them, neither of them included, it crosses none. Nothing on an edge."""
        low, high = -inf, inf
        for edges in (self._above, self._below):
            at = bisect_left(edges, value)
            if at < len(edges):
                high = min(high, edges[at])
            if at:
                low = max(low, edges[at - 1])
        return (low, high) if low < value < high else (inf, -inf)

    def between(self, before: float, after: float) -> Sequence[Rule]:
        """Return the rules of which a value that goes from `before` to `after` crosses an edge."""
        # Above an edge is what is greater, below it what is less: on the edge itself a value is neither.
        a, b = bisect_left(self._above, before), bisect_left(self._above, after)
        c, d = bisect_right(self._below, before), bisect_right(self._below, after)
        if a == b and c == d:
            return ()
        crossed = self._above_rules[min(a, b) : max(a, b)] + self._below_rules[min(c, d) : max(c, d)]
        return [self._rules[number] for number in sorted(set(crossed))]
