"""The operators and functions that filters may use, with how many arguments each takes."""

from __future__ import annotations

from collections.abc import Mapping

SPATIAL = ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
TEMPORAL = (
    "after",
    "before",
    "contains",
    "disjoint",
    "during",
    "equals",
    "finishedby",
    "finishes",
    "intersects",
    "meets",
    "metby",
    "overlappedby",
    "overlaps",
    "startedby",
    "starts",
)
ARRAY = ("contains", "containedby", "equals", "overlaps")

FUNCTIONS: Mapping[str, int] = {
    "casei": 1,
    "accenti": 1,
    **{f"s_{name}": 2 for name in SPATIAL},
    "s_dwithin": 3,
    "s_beyond": 3,
    **{f"t_{name}": 2 for name in TEMPORAL},
    **{f"a_{name}": 2 for name in ARRAY},
}
# None: any number from 2.
OPERATORS: Mapping[str, int | None] = {
    "and": None,
    "or": None,
    "not": 1,
    **dict.fromkeys(("=", "<>", "<", ">", "<=", ">=", "like", "in"), 2),
    "between": 3,
    "isnull": 1,
    **dict.fromkeys(("+", "-", "*", "/", "%", "div", "^"), 2),
}
