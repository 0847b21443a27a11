-- Rules as loaded, the state of each rule and series (judged up to the series' newest observation), alerts with their history; API keys.
CREATE TABLE rule_version (
  rule_id    text NOT NULL,
  version    int NOT NULL,
  definition jsonb NOT NULL,
  loaded_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (rule_id, version)
);

CREATE TABLE alert_state (
  rule_id     text NOT NULL,
  series_id   int NOT NULL REFERENCES series,
  condition   text NOT NULL CHECK (condition IN ('normal', 'pending', 'firing', 'recovering')),
  severity    text,                                -- the level that holds; null while normal
  since       timestamptz,                         -- when the present breach began
  quiet_since timestamptz,                         -- when a firing one first looked well again
  alert_id    uuid,                                -- the open alert, null before it fires
  PRIMARY KEY (rule_id, series_id)
) WITH (fillfactor = 60);

CREATE TABLE alert (
  id              uuid PRIMARY KEY,
  rule_id         text NOT NULL,
  rule_version    int NOT NULL,
  series_id       int NOT NULL REFERENCES series,
  severity        text NOT NULL CHECK (severity IN ('minor', 'moderate', 'severe', 'extreme')),
  condition       text NOT NULL CHECK (condition IN ('normal', 'firing', 'recovering')),
  value           double precision NOT NULL,
  "limit"         double precision NOT NULL,
  direction       text NOT NULL CHECK (direction IN ('above', 'below')),
  lon             double precision,                -- where the station was when it fired
  lat             double precision,
  unit_id         int,
  started_at      timestamptz NOT NULL,
  fired_at        timestamptz NOT NULL,
  cleared_at      timestamptz,
  updated_at      timestamptz NOT NULL,
  acknowledged_by text,
  acknowledged_at timestamptz,
  version         int NOT NULL                     -- counts the transitions; a command names the version that it saw
);
CREATE INDEX alert_open ON alert (fired_at DESC) WHERE condition <> 'normal' OR acknowledged_at IS NULL;
CREATE INDEX alert_fired ON alert (fired_at DESC);

CREATE TABLE alert_transition (
  alert_id uuid NOT NULL REFERENCES alert,
  seq      int NOT NULL,                           -- the alert's version after this transition
  time     timestamptz NOT NULL,                   -- event time of the observation, or when the operator acted
  recorded timestamptz NOT NULL DEFAULT now(),
  kind     text NOT NULL CHECK (kind IN ('fired', 'worsened', 'eased', 'recovering', 'relapsed', 'cleared', 'acknowledged')),
  severity text NOT NULL,
  value    double precision,
  actor    text NOT NULL,                          -- 'engine', or who acted
  note     text,
  PRIMARY KEY (alert_id, seq)
);

CREATE TABLE api_key (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  role       text NOT NULL CHECK (role IN ('viewer', 'planner', 'operator', 'administrator')),
  hash       bytea NOT NULL UNIQUE,                -- SHA-256 of the key; the key itself is shown once and never stored
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used  timestamptz,
  revoked_at timestamptz
);
