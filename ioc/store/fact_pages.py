"""SQL that adds what has changed (the table `fact_change`) to the pages of facts: days and months, of units and of those above them.

A page is what a unit has in a month of a group and slice. Groups with keys count rows by key; the others add up measures.
"""

from __future__ import annotations

PAGE = "group_id, below, unit_id, month, unit_code, slice"
_MONTH = "date_trunc('month', {0}::timestamp)::date"
_DAY = "extract(day FROM {0})::smallint"
_SAME = " AND ".join(f"f.{name} = t.{name}" for name in PAGE.split(", "))
_STORED = f"touched t CROSS JOIN LATERAL (SELECT * FROM indicator_fact f WHERE {_SAME} OFFSET 0) f"
_OF_PAGE = ", ".join(f"f.{name}" for name in PAGE.split(", "))
# Of what is stored only the days that move are taken apart (`moving`); the others stay as they are (`rest`).
_TAKE_APART = f"""
touched AS MATERIALIZED (SELECT {PAGE}, array_agg(DISTINCT day) AS moved FROM one GROUP BY {PAGE}),
old AS MATERIALIZED (
  SELECT {_OF_PAGE}, f.amounts, f.keys, f.counts, f.events, f.days, t.moved, r.rest, r.newest FROM {_STORED}
  CROSS JOIN LATERAL (SELECT array_agg(d) AS rest, max(d.newest) AS newest FROM unnest(f.days) d WHERE d.day <> ALL (t.moved)) r),
moving AS (SELECT {PAGE}, d.day, d.amounts, d.keys, d.counts, d.events, d.newest FROM old CROSS JOIN unnest(old.days) d WHERE d.day = ANY (old.moved)),"""
# What is left of a page is nothing: the page goes.
_PUT_TOGETHER = f"""
pages AS MATERIALIZED (
  SELECT {PAGE}, m.amounts, m.keys, m.counts, m.events, greatest(o.newest, n.newest) AS newest, coalesce(o.rest, '{{}}') || coalesce(n.days, '{{}}') AS days
  FROM by_month m LEFT JOIN old o USING ({PAGE}) LEFT JOIN fresh n USING ({PAGE})),
gone AS (DELETE FROM indicator_fact f USING pages t WHERE {_SAME} AND cardinality(t.days) = 0)"""
_PUT_NEW = f"""
pages AS (SELECT {PAGE}, m.amounts, m.keys, m.counts, m.events, n.newest, n.days FROM by_month m JOIN fresh n USING ({PAGE}))"""
_PUT = f"""
INSERT INTO indicator_fact AS f ({PAGE}, amounts, keys, counts, events, newest, days) SELECT * FROM pages WHERE cardinality(days) > 0
ON CONFLICT ({PAGE}) DO UPDATE SET amounts = excluded.amounts, keys = excluded.keys, counts = excluded.counts, events = excluded.events,
  newest = excluded.newest, days = excluded.days"""


def month_of(day: str) -> str:
    """Return the SQL of the first day of the month of a day."""
    return _MONTH.format(day)


def sums(width: int) -> str:
    """Return the SQL of arrays of numbers added up, place by place; groups have as many measures as they have, up to `width`."""
    return f"(ARRAY[{', '.join(f'sum(amounts[{place}])' for place in range(1, width + 1))}])[1:max(cardinality(amounts))]"


def add_amounts(width: int, *, known: bool) -> str:
    """Return the statement for groups without keys; not `known`: where nothing is stored of them yet."""
    one = _changes(f"{sums(width)} AS amounts, sum(d.events)::bigint AS events, max(d.newest) AS newest", "d.amounts, d.events, d.newest", keyed=False)  # fmt: skip
    days, months = f"SELECT {PAGE}, day, amounts, events, newest FROM one", f"SELECT {PAGE}, amounts, events FROM one"
    if known:
        days = f"{days} UNION ALL SELECT {PAGE}, day, amounts, events, newest FROM moving"
        months = f"{months} UNION ALL SELECT {PAGE}, amounts, events FROM old"
        days = f"SELECT {PAGE}, day, {sums(width)} AS amounts, sum(events)::bigint AS events, max(newest) AS newest FROM ({days}) x GROUP BY {PAGE}, day"
    by_day = f"SELECT {PAGE}, day, amounts, NULL::text[] AS keys, NULL::int[] AS counts, events, newest FROM ({days}) x WHERE events <> 0 OR NOT 0 = ALL (amounts)"
    by_month = f"SELECT {PAGE}, {sums(width)} AS amounts, NULL::text[] AS keys, NULL::int[] AS counts, sum(events)::bigint AS events FROM ({months}) x GROUP BY {PAGE}"
    return _add(one, by_day, by_month, known=known)


def add_counts(*, known: bool) -> str:
    """Return the statement for groups with keys. A null key tells of the newest event alone."""
    one = _changes("d.key, sum(d.amounts[1])::int AS n, sum(d.events)::bigint AS events, max(d.newest) AS newest", "d.key, d.amounts[1]::int AS n, d.events, d.newest", keyed=True)  # fmt: skip
    days = f"SELECT {PAGE}, day, key, n, events, newest FROM one"
    months = f"SELECT {PAGE}, key, n, events, newest FROM one"
    if known:
        days = f"""{days}
  UNION ALL SELECT {PAGE}, day, k.key, k.n, 0, NULL FROM moving CROSS JOIN unnest(keys, counts) AS k (key, n)
  UNION ALL SELECT {PAGE}, day, NULL, 0, events, newest FROM moving"""
        days = _by_key(f"{PAGE}, day", days)
        months = f"""{months}
  UNION ALL SELECT {PAGE}, k.key, k.n, 0, NULL FROM old CROSS JOIN unnest(keys, counts) AS k (key, n)
  UNION ALL SELECT {PAGE}, NULL, 0, events, NULL FROM old"""
    by_day = f"SELECT * FROM ({_listed(f'{PAGE}, day', days)}) x WHERE events <> 0 OR keys <> '{{}}'"
    return _add(one, by_day, _listed(PAGE, _by_key(PAGE, months)), known=known)


def _by_key(place: str, rows: str) -> str:
    """Return the query of how many rows there are by place and key."""
    return (
        f"SELECT {place}, key, sum(n)::int AS n, sum(events)::bigint AS events, max(newest) AS newest FROM ({rows}) x GROUP BY {place}, key"
    )


def _listed(place: str, rows: str) -> str:
    """Return the query of the keys and counts of each place as arrays."""
    return f"""
  SELECT {place}, NULL::numeric[] AS amounts, coalesce(array_agg(key) FILTER (WHERE n <> 0), '{{}}') AS keys,
    coalesce(array_agg(n) FILTER (WHERE n <> 0), '{{}}') AS counts, sum(events)::bigint AS events, max(newest) AS newest
  FROM ({rows}) x GROUP BY {place}"""


def _add(one: str, by_day: str, by_month: str, *, known: bool) -> str:
    """Return the statement that puts pages: of changes (`one`), of the days that they make or move, and of their months."""
    return f"""
WITH one AS MATERIALIZED ({one}),{_TAKE_APART if known else ""}
by_day AS ({by_day}),
by_month AS ({by_month}),
fresh AS (
  SELECT {PAGE}, array_agg(ROW(day, amounts, keys, counts, events, newest)::indicator_day) AS days, max(newest) AS newest FROM by_day GROUP BY {PAGE}),
{_PUT_TOGETHER if known else _PUT_NEW} {_PUT}"""


def _changes(summed: str, told: str, *, keyed: bool) -> str:
    """Return the query of what changes on which day, of units and of those above them."""
    key, of_groups = ", d.key" if keyed else "", f"d.is_keyed = {keyed}"
    # A unit that was published a moment ago has nothing above it yet.
    return f"""
  SELECT d.group_id, false AS below, d.unit_id, {month_of("d.begin")} AS month, d.unit_code, coalesce(a.level, '') || d.slice AS slice, {_DAY.format("d.begin")} AS day, {told}
  FROM fact_change d LEFT JOIN indicator_above a ON a.unit_id = d.unit_id AND a.above_id = d.unit_id WHERE {of_groups}
  UNION ALL
  SELECT d.group_id, true, a.above_id, {month_of("d.begin")}, '', a.level || d.slice, {_DAY.format("d.begin")}, {summed}
  FROM fact_change d JOIN indicator_above a ON a.unit_id = d.unit_id AND a.above_id <> d.unit_id WHERE {of_groups}
  GROUP BY d.group_id, a.above_id, d.begin, a.level, d.slice{key}"""


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
