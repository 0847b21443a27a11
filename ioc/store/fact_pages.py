"""SQL that adds what has changed (the table `fact_change`) to the pages of facts: days and months, of units and of those above them.

A page is what a unit has in a month of a group and slice. Groups with keys count rows by key; the others add up measures.
"""

from __future__ import annotations

PAGE = "group_id, below, unit_id, month, unit_code, slice"
SAYS_SOMETHING = "(events <> 0 OR NOT 0 = ALL(amounts))"
_MONTH = "date_trunc('month', {0}::timestamp)::date"
_DAY = "extract(day FROM {0})::smallint"
_SAME = " AND ".join(f"f.{name} = t.{name}" for name in PAGE.split(", "))
_STORED = f"touched t CROSS JOIN LATERAL (SELECT * FROM indicator_fact f WHERE {_SAME} OFFSET 0) f"
_OF_PAGE = ", ".join(f"f.{name}" for name in PAGE.split(", "))
_PUT = f"""
INSERT INTO indicator_fact AS f ({PAGE}, amounts, keys, counts, events, newest, days) SELECT * FROM pages
ON CONFLICT ({PAGE}) DO UPDATE SET amounts = excluded.amounts, keys = excluded.keys, counts = excluded.counts, events = excluded.events,
  newest = excluded.newest, days = excluded.days"""
# What is left of a page is nothing: the page goes.
_DROP_EMPTY = f"""
gone AS (DELETE FROM indicator_fact f USING touched t WHERE {_SAME} AND NOT EXISTS (SELECT FROM pages p WHERE ({PAGE}) = ({", ".join(f"t.{name}" for name in PAGE.split(", "))})))
"""


def month_of(day: str) -> str:
    """Return the SQL of the first day of the month of a day."""
    return _MONTH.format(day)


def sums(width: int) -> str:
    """Return the SQL of arrays of numbers added up, place by place; groups have as many measures as they have, up to `width`."""
    return f"(ARRAY[{', '.join(f'sum(amounts[{place}])' for place in range(1, width + 1))}])[1:max(cardinality(amounts))]"


def add_amounts(width: int, *, known: bool) -> str:
    """Return the statement for groups without keys; not `known`: where nothing is stored of them yet."""
    merged = f"SELECT {PAGE}, day, amounts, events, newest FROM days"
    if known:
        merged = f"""
  SELECT {PAGE}, day, {sums(width)} AS amounts, sum(events)::bigint AS events, max(newest) AS newest
  FROM ({merged} UNION ALL SELECT {_OF_PAGE}, d.day, d.amounts, d.events, d.newest FROM {_STORED} CROSS JOIN unnest(f.days) d) x GROUP BY {PAGE}, day"""
    return f"""
WITH {_days(f"{sums(width)} AS amounts, sum(d.events)::bigint AS events, max(d.newest) AS newest", "d.amounts, d.events, d.newest", keyed=False)},
merged AS ({merged}),
pages AS MATERIALIZED (
  SELECT {PAGE}, {sums(width)}, NULL::text[], NULL::int[], sum(events)::bigint, max(newest),
    array_agg(ROW(day, amounts, NULL, NULL, events, newest)::indicator_day)
  FROM merged WHERE {SAYS_SOMETHING} GROUP BY {PAGE}){f", {_DROP_EMPTY}" if known else ""} {_PUT}"""


def add_counts(*, known: bool) -> str:
    """Return the statement for groups with keys. Day 0 stands for the whole month; a null key tells of the newest event alone."""
    days = _days("d.key, sum(d.amounts[1])::int AS n, sum(d.events)::bigint AS events, max(d.newest) AS newest", "d.key, d.amounts[1]::int AS n, d.events, d.newest", keyed=True)  # fmt: skip
    return f"""
WITH {days},{_COUNTS_KNOWN if known else _COUNTS_NEW}
pages AS MATERIALIZED (
  SELECT {PAGE}, NULL::numeric[], m.keys, m.counts, m.events, d.newest, d.days FROM merged m JOIN (
    SELECT {PAGE}, max(newest) AS newest, array_agg(ROW(day, NULL, keys, counts, events, newest)::indicator_day) AS days
    FROM merged WHERE day > 0 GROUP BY {PAGE}) d USING ({PAGE})
  WHERE m.day = 0){f", {_DROP_EMPTY}" if known else ""} {_PUT}"""


_COUNTS_NEW = f"""
merged AS MATERIALIZED (
  SELECT {PAGE}, day, coalesce(array_agg(key) FILTER (WHERE n <> 0), '{{}}') AS keys, coalesce(array_agg(n) FILTER (WHERE n <> 0), '{{}}') AS counts,
    sum(events)::bigint AS events, max(newest) AS newest
  FROM days GROUP BY {PAGE}, day),"""
# Only days that are touched are taken apart into their keys.
_COUNTS_KNOWN = f"""
old AS MATERIALIZED (
  SELECT {_OF_PAGE}, d.day, d.keys, d.counts, d.events, d.newest FROM {_STORED}
  CROSS JOIN LATERAL (SELECT 0::smallint AS day, f.keys, f.counts, f.events, f.newest UNION ALL SELECT d.day, d.keys, d.counts, d.events, d.newest FROM unnest(f.days) d) d),
moved AS (SELECT DISTINCT {PAGE}, day FROM days),
by_key AS (
  SELECT {PAGE}, day, array_agg(key) AS keys, array_agg(n) AS counts FROM (
    SELECT {PAGE}, day, key, sum(n)::int AS n FROM (
      SELECT {PAGE}, day, key, n FROM days WHERE key IS NOT NULL
      UNION ALL SELECT {PAGE}, day, k.key, k.n FROM old JOIN moved USING ({PAGE}, day) CROSS JOIN unnest(old.keys, old.counts) AS k (key, n)) x
    GROUP BY {PAGE}, day, key HAVING sum(n) <> 0) x
  GROUP BY {PAGE}, day),
total AS (
  SELECT {PAGE}, day, sum(events)::bigint AS events, max(newest) AS newest FROM (
    SELECT {PAGE}, day, events, newest FROM days UNION ALL SELECT {PAGE}, day, events, newest FROM old JOIN moved USING ({PAGE}, day)) x
  GROUP BY {PAGE}, day),
merged AS MATERIALIZED (
  SELECT {PAGE}, day, coalesce(keys, '{{}}') AS keys, coalesce(counts, '{{}}') AS counts, events, newest FROM total LEFT JOIN by_key USING ({PAGE}, day)
  WHERE events <> 0 OR keys IS NOT NULL
  UNION ALL SELECT {PAGE}, day, keys, counts, events, newest FROM old WHERE ({PAGE}, day) NOT IN (SELECT {PAGE}, day FROM moved)),"""


def _days(summed: str, told: str, *, keyed: bool) -> str:
    """Return the SQL of what changes on which day, of units and above them, and of the pages that this touches; with keys also of the month (day 0)."""
    key, of_groups = ", d.key" if keyed else "", f"d.is_keyed = {keyed}"
    # A unit that was published a moment ago has nothing above it yet.
    days = f"""
  SELECT d.group_id, false AS below, d.unit_id, {month_of("d.begin")} AS month, d.unit_code, coalesce(a.level, '') || d.slice AS slice, {_DAY.format("d.begin")} AS day, {told}
  FROM fact_change d LEFT JOIN indicator_above a ON a.unit_id = d.unit_id AND a.above_id = d.unit_id WHERE {of_groups}
  UNION ALL
  SELECT d.group_id, true, a.above_id, {month_of("d.begin")}, '', a.level || d.slice, {_DAY.format("d.begin")}, {summed}
  FROM fact_change d JOIN indicator_above a ON a.unit_id = d.unit_id AND a.above_id <> d.unit_id WHERE {of_groups}
  GROUP BY d.group_id, a.above_id, d.begin, a.level, d.slice{key}"""
    touched = f"touched AS MATERIALIZED (SELECT DISTINCT {PAGE} FROM days)"
    if not keyed:
        return f"days AS ({days}), {touched}"
    return f"""
one AS MATERIALIZED ({days}),
days AS MATERIALIZED (
  SELECT * FROM one UNION ALL
  SELECT {PAGE}, 0::smallint, key, sum(n)::int, sum(events)::bigint, max(newest) FROM one GROUP BY {PAGE}, key), {touched}"""


def renew_newest(told: str) -> str:
    """Return the statement that sets when the newest event of some days was; `told` is a query of (page, day, newest)."""
    return f"""
WITH told AS MATERIALIZED ({told}), touched AS (SELECT DISTINCT {PAGE} FROM told),
days AS (SELECT {_OF_PAGE}, d.day, d.amounts, d.keys, d.counts, d.events, d.newest FROM {_STORED} CROSS JOIN unnest(f.days) d),
pages AS (
  SELECT {PAGE}, array_agg(ROW(day, amounts, keys, counts, events, newest)::indicator_day) AS days, max(newest) AS newest
  FROM (SELECT {PAGE}, day, amounts, keys, counts, events, CASE WHEN told.is_told THEN told.newest ELSE days.newest END AS newest
    FROM days LEFT JOIN (SELECT *, true AS is_told FROM told) told USING ({PAGE}, day)) x GROUP BY {PAGE})
UPDATE indicator_fact f SET days = t.days, newest = t.newest FROM pages t WHERE {_SAME}"""
