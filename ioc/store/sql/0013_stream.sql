-- What was commanded over the stream, so that the same key has one effect; and a way to what arrived in a while, for replays.
CREATE TABLE command (
  actor    text NOT NULL,
  idem     text NOT NULL,                          -- the caller's own key for this command
  op       text NOT NULL,
  digest   bytea NOT NULL,                         -- SHA-256 of operation, arguments and version: another command under the same key is refused
  result   jsonb,                                  -- null only inside the transaction that carries it out
  recorded timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (actor, idem)
);
CREATE INDEX command_recorded ON command (recorded);

CREATE INDEX observation_arrived ON observation USING brin (arrived) WITH (pages_per_range = 32);
CREATE INDEX position_arrived ON position USING brin (arrived) WITH (pages_per_range = 32);
CREATE INDEX corrected_observation_arrived ON corrected_observation (arrived);
CREATE INDEX alert_transition_recorded ON alert_transition (recorded);
