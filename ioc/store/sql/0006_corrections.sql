-- A reading that came again with another value is a correction: `observation` has the newest value, this table those that it had before.
CREATE TABLE corrected_observation (
  series_id    int NOT NULL,
  time         timestamptz NOT NULL,
  value        double precision NOT NULL,          -- the value that was replaced
  arrived      timestamptz NOT NULL,               -- when it had arrived
  corrected_at timestamptz NOT NULL,               -- when the value that replaced it arrived
  PRIMARY KEY (series_id, time, value)
);
