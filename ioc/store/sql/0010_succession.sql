-- What became of administrative units, and former units of which no boundary is known.
CREATE TABLE unit_succession (
  old_unit     int NOT NULL REFERENCES unit,
  new_unit     int NOT NULL REFERENCES unit,
  share        double precision NOT NULL CHECK (share > 0 AND share <= 1),                -- of the old unit
  share_of_new double precision NOT NULL CHECK (share_of_new > 0 AND share_of_new <= 1),  -- what the old unit is of the new one
  kind         text NOT NULL CHECK (kind IN ('whole', 'part')),
  source       text NOT NULL,
  PRIMARY KEY (old_unit, new_unit),
  CHECK (old_unit <> new_unit)
);
CREATE INDEX unit_succession_new ON unit_succession (new_unit);

-- Known by code and name only: they have ended and are in no version of their layer.
CREATE TABLE former_unit (unit_id int PRIMARY KEY REFERENCES unit);

CREATE INDEX unit_code ON unit (code, valid_from);
