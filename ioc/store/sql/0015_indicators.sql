-- Indicators: what came in since the facts were counted, facts by unit and day, cases, and the figures that were published.
CREATE INDEX event_subject ON event (subject, time) WHERE subject IS NOT NULL;

-- Days of which something came that the facts do not know yet; written in the transaction that stored it.
CREATE TABLE indicator_touch (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id int NOT NULL,                          -- 0: readings
  type      text NOT NULL,                         -- of events; empty: readings
  day       date NOT NULL                          -- where the centre is
);

-- Events that another event of the same source replaces (`corrects` in its data); they count no more.
CREATE TABLE event_correction (
  source_id int NOT NULL,
  id        text NOT NULL,
  by_id     text NOT NULL,
  PRIMARY KEY (source_id, id)
);

-- What facts are counted for, by the digest of its description; `filled_to` is how far history is counted, null when all is.
CREATE TABLE indicator_group (
  id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest    text NOT NULL UNIQUE,
  is_filled boolean NOT NULL DEFAULT false
);

CREATE TABLE indicator_fact (
  group_id  int NOT NULL,
  grain     "char" NOT NULL,                       -- D: a day, M: the month, which is the sum of its days
  begin     date NOT NULL,
  rolled    boolean NOT NULL,                      -- whether what the units below have is in it
  unit_id   int NOT NULL,                          -- 0: no unit of that day is known
  unit_code text NOT NULL,                         -- as the sender named it, where the unit is not known
  slice     text NOT NULL,                         -- the values of the group's dimensions, separated by U+001F; where rolled, the level before them
  key       text NOT NULL,                         -- what is told apart further: values, subjects
  amounts   numeric[] NOT NULL,                    -- one for each measure
  events    bigint NOT NULL,
  newest    timestamptz,
  PRIMARY KEY (group_id, grain, rolled, unit_id, begin, unit_code, slice, key)
) WITH (fillfactor = 80);
CREATE INDEX indicator_fact_begin ON indicator_fact (group_id, begin) WHERE grain = 'D' AND NOT rolled;
CREATE INDEX indicator_fact_unknown ON indicator_fact (group_id, begin) WHERE unit_id = 0 AND NOT rolled;

-- Every unit that was ever published with itself and each unit above it; `level` is that of the unit.
CREATE TABLE indicator_above (
  unit_id  int NOT NULL,
  above_id int NOT NULL,
  level    text NOT NULL,
  PRIMARY KEY (unit_id, above_id)
);
CREATE INDEX indicator_above_below ON indicator_above (above_id);

-- Months and units of which facts have changed and figures have not been computed yet.
CREATE TABLE indicator_due (
  group_id int NOT NULL,
  unit_id  int NOT NULL,
  month    date NOT NULL,
  PRIMARY KEY (group_id, unit_id, month)
);

-- The day on which what stands (open, overdue) and what targets of finished periods came to was computed last: one row.
CREATE TABLE indicator_turn (day date NOT NULL);

CREATE TABLE indicator_case_kind (
  id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest    text NOT NULL UNIQUE,
  is_filled boolean NOT NULL DEFAULT false
);

CREATE TABLE indicator_case (
  kind_id   int NOT NULL,
  source_id int NOT NULL,
  subject   text NOT NULL,
  nth       int NOT NULL,                          -- of the cases of one subject
  unit_id   int NOT NULL,
  unit_code text NOT NULL,
  times     timestamptz[] NOT NULL,                -- when each step came first, in the order of the definition; null: not yet
  due       timestamptz,
  closed    timestamptz,
  data      jsonb NOT NULL,                        -- of the event that opened it
  lon       double precision,
  lat       double precision,
  newest    timestamptz NOT NULL,
  PRIMARY KEY (kind_id, source_id, subject, nth)
);
CREATE INDEX indicator_case_open ON indicator_case (kind_id, due) WHERE closed IS NULL;
CREATE INDEX indicator_case_begun ON indicator_case (kind_id, newest DESC);

CREATE TABLE indicator_version (
  indicator  text NOT NULL,
  version    int NOT NULL,
  digest     text NOT NULL,
  definition jsonb NOT NULL,
  loaded_at  timestamptz NOT NULL,
  total      int,                                  -- months of history to be computed; null: not known yet
  done       int NOT NULL DEFAULT 0,
  ready_at   timestamptz,                          -- when all history was computed
  PRIMARY KEY (indicator, version)
);

-- Figures as they were published; what was superseded stays. Within a day the newest counts.
CREATE TABLE indicator_value (
  indicator  text NOT NULL,
  kind       text NOT NULL,                        -- of period
  begin      date NOT NULL,
  unit_id    int NOT NULL,                         -- 0: events of no known unit
  dimension  text NOT NULL,                        -- empty: in all
  member     text NOT NULL,
  published  date NOT NULL,
  superseded date,                                 -- null: it is the present one
  version    int NOT NULL,
  value      numeric,                              -- rounded; null: there is nothing to divide by
  part       numeric,
  "of"       numeric,
  events     bigint NOT NULL,
  reported   int,
  expected   int,
  newest     timestamptz,
  status     text,
  computed_at timestamptz NOT NULL,
  PRIMARY KEY (indicator, kind, begin, unit_id, dimension, member, published)
);
CREATE INDEX indicator_value_unit ON indicator_value (unit_id, kind, begin) WHERE superseded IS NULL AND dimension = '';

CREATE TABLE indicator_transition (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  indicator text NOT NULL,
  unit_id   int NOT NULL,
  kind      text NOT NULL,
  begin     date NOT NULL,
  "from"    text,
  "to"      text NOT NULL,
  value     numeric,
  "limit"   numeric,
  at        timestamptz NOT NULL
);
CREATE INDEX indicator_transition_at ON indicator_transition (at DESC);

-- The calendar of offices: `before_s` is the working time from the first day that is kept to the beginning of this one.
CREATE TABLE working_day (
  day      date PRIMARY KEY,
  before_s bigint NOT NULL,
  spans    int[] NOT NULL                          -- begin, end, begin, end in seconds of the day
);

CREATE FUNCTION working_seconds_until(instant timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT w.before_s
    + CASE WHEN w.spans[1] IS NULL THEN 0 ELSE least(greatest(s.s, w.spans[1]), w.spans[2]) - w.spans[1] END
    + CASE WHEN w.spans[3] IS NULL THEN 0 ELSE least(greatest(s.s, w.spans[3]), w.spans[4]) - w.spans[3] END
  FROM working_day w, (SELECT extract(epoch FROM (instant AT TIME ZONE 'Asia/Ho_Chi_Minh')::time)::bigint AS s) s
  WHERE w.day = (instant AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
$$;

-- An instant (RFC 3339) or a day (its end, where the centre is) that somebody wrote; null where it is neither.
CREATE FUNCTION told_instant_slowly(told text) RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN length(told) = 10 THEN ((told::date + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh') - interval '1 microsecond' ELSE told::timestamptz END;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$$;

CREATE FUNCTION told_instant(told text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN told ~ '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-](0\d|1[0-4]):[0-5]\d)$' THEN told::timestamptz
    WHEN told ~ '^[12]\d{3}-\d\d-\d\d([Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d))?$' THEN told_instant_slowly(told)
  END
$$;
