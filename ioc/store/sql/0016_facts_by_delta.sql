-- What was touched is told by unit and subject, so that a few events have a few numbers counted anew; null: any of that day.
ALTER TABLE indicator_touch ADD COLUMN units int[], ADD COLUMN subjects text[];

-- Facts are kept once: a unit's own, and beside them those of the units below it. What was counted is counted again.
DROP TABLE indicator_fact;
CREATE TABLE indicator_fact (
  group_id  int NOT NULL,
  grain     "char" NOT NULL,                       -- D: a day, M: the month, which is the sum of its days
  below     boolean NOT NULL,                      -- whether it is what the units below the unit have, or what it has itself
  unit_id   int NOT NULL,                          -- 0: no unit of that day is known
  begin     date NOT NULL,
  unit_code text COLLATE "C" NOT NULL,                         -- as the sender named it, where the unit is not known
  slice     text COLLATE "C" NOT NULL,                         -- the level of the unit that it comes from, then the values of the dimensions, each after U+001F
  key       text COLLATE "C" NOT NULL,                         -- what is told apart further: values, subjects
  amounts   numeric[] NOT NULL,                    -- one for each measure
  events    bigint NOT NULL,
  newest    timestamptz,
  PRIMARY KEY (group_id, grain, below, unit_id, begin, unit_code, slice, key)
) WITH (fillfactor = 80);
CREATE INDEX indicator_fact_begin ON indicator_fact (group_id, begin, unit_id) WHERE grain = 'D' AND NOT below;
CREATE INDEX indicator_fact_unknown ON indicator_fact (group_id, begin) WHERE unit_id = 0 AND grain = 'D';
UPDATE indicator_group SET is_filled = false;

-- Grows with each publication of figures that changed any: who looks at figures sees that there are others. One row.
CREATE TABLE indicator_edition (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  number bigint NOT NULL
);
