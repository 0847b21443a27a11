-- Facts stand in pages: what a unit has in a month of a group and slice is one row, with the month's sum and its days. A row for each day, and for each
-- key of it, was several times as many rows as events, and writing them was most of the work. What was counted is counted again; of readings that were dropped since
-- it cannot be, so that the facts that there are stay.
CREATE TEMP TABLE fact_row ON COMMIT DROP AS
  SELECT f.*, date_trunc('month', begin::timestamp)::date AS month, extract(day FROM begin)::smallint AS day, k.is_keyed
  FROM indicator_fact f JOIN (SELECT group_id, bool_or(key <> '') AS is_keyed FROM indicator_fact GROUP BY group_id) k USING (group_id) WHERE grain = 'D';
DROP TABLE indicator_fact;

CREATE TYPE indicator_day AS (
  day     smallint,                                -- of the month
  amounts numeric[],                               -- one for each measure; null: of a group with keys
  keys    text[],                                  -- what is told apart further: values, subjects; null: of a group without keys
  counts  int[],                                   -- how many rows each key has
  events  bigint,
  newest  timestamptz
);

CREATE TABLE indicator_fact (
  group_id  int NOT NULL,
  below     boolean NOT NULL,                      -- whether it is what the units below the unit have, or what it has itself
  unit_id   int NOT NULL,                          -- 0: no unit of that day is known
  month     date NOT NULL,
  unit_code text COLLATE "C" NOT NULL,             -- as the sender named it, where the unit is not known
  slice     text COLLATE "C" NOT NULL,             -- the level of the unit that it comes from, then the values of the dimensions, each after U+001F
  amounts   numeric[],                             -- these five of the whole month, as of a day
  keys      text[],
  counts    int[],
  events    bigint NOT NULL,
  newest    timestamptz,
  days      indicator_day[] NOT NULL,              -- those on which there was anything
  PRIMARY KEY (group_id, below, unit_id, month, unit_code, slice)
) WITH (fillfactor = 80);
INSERT INTO indicator_fact (group_id, below, unit_id, month, unit_code, slice, amounts, events, newest, days)
SELECT group_id, below, unit_id, month, unit_code, slice, m.amounts, d.events, d.newest, d.days
FROM (
  SELECT group_id, below, unit_id, month, unit_code, slice, array_agg(total ORDER BY place) AS amounts FROM (
    SELECT group_id, below, unit_id, month, unit_code, slice, place, sum(n) AS total
    FROM fact_row CROSS JOIN unnest(amounts) WITH ORDINALITY AS u (n, place) WHERE NOT is_keyed GROUP BY 1, 2, 3, 4, 5, 6, 7) x
  GROUP BY 1, 2, 3, 4, 5, 6) m
JOIN (
  SELECT group_id, below, unit_id, month, unit_code, slice, sum(events)::bigint AS events, max(newest) AS newest,
    array_agg(ROW(day, amounts, NULL, NULL, events, newest)::indicator_day) AS days
  FROM fact_row WHERE NOT is_keyed GROUP BY 1, 2, 3, 4, 5, 6) d USING (group_id, below, unit_id, month, unit_code, slice);
INSERT INTO indicator_fact (group_id, below, unit_id, month, unit_code, slice, keys, counts, events, newest, days)
SELECT group_id, below, unit_id, month, unit_code, slice, m.keys, m.counts, d.events, d.newest, d.days
FROM (
  SELECT group_id, below, unit_id, month, unit_code, slice, array_agg(key) AS keys, array_agg(n) AS counts FROM (
    SELECT group_id, below, unit_id, month, unit_code, slice, key, sum(amounts[1])::int AS n FROM fact_row WHERE is_keyed GROUP BY 1, 2, 3, 4, 5, 6, 7) x
  GROUP BY 1, 2, 3, 4, 5, 6) m
JOIN (
  SELECT group_id, below, unit_id, month, unit_code, slice, sum(events)::bigint AS events, max(newest) AS newest,
    array_agg(ROW(day, NULL, keys, counts, events, newest)::indicator_day) AS days
  FROM (
    SELECT group_id, below, unit_id, month, unit_code, slice, day, array_agg(key) AS keys, array_agg(amounts[1]::int) AS counts, sum(events)::bigint AS events,
      max(newest) AS newest
    FROM fact_row WHERE is_keyed GROUP BY 1, 2, 3, 4, 5, 6, 7) x
  GROUP BY 1, 2, 3, 4, 5, 6) d USING (group_id, below, unit_id, month, unit_code, slice);
CREATE INDEX indicator_fact_month ON indicator_fact (group_id, month) WHERE NOT below;
CREATE INDEX indicator_fact_unknown ON indicator_fact (group_id, month) WHERE unit_id = 0;
UPDATE indicator_group SET is_filled = false;

-- The time that offices have worked is joined to cases, day by day.
DROP FUNCTION working_seconds_until(timestamptz);
