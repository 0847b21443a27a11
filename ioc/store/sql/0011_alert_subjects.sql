-- Rules of every kind: an alert is of a subject, which is a series, a station, a station in an area, a source, a cluster, a dossier or a unit.
-- The operator's axis (assigned, shelved, closed) and quality stand beside the condition.
ALTER TABLE alert
  ADD COLUMN kind             text NOT NULL DEFAULT 'threshold',
  ADD COLUMN subject          text,
  ADD COLUMN station_id       int REFERENCES station,       -- null where the subject is no station
  ADD COLUMN property         text,
  ADD COLUMN context          jsonb NOT NULL DEFAULT '{}',  -- what belongs to the kind: the area, the members of a cluster, the due time
  ADD COLUMN reason           text,                         -- why the last transition of the engine happened
  ADD COLUMN quality          text NOT NULL DEFAULT 'ok' CHECK (quality IN ('ok', 'stale', 'error')),
  ADD COLUMN flapping         bool NOT NULL DEFAULT false,
  ADD COLUMN late_corrections int  NOT NULL DEFAULT 0,      -- late readings that would have changed its history
  ADD COLUMN assignee         text,
  ADD COLUMN shelved_until    timestamptz,
  ADD COLUMN shelved_by       text,
  ADD COLUMN closed_at        timestamptz,
  ADD COLUMN closed_by        text,
  ADD COLUMN close_reason     text,
  ADD COLUMN comments         int    NOT NULL DEFAULT 0,
  ADD COLUMN silenced_by      text[] NOT NULL DEFAULT '{}'; -- ids of the silences that hide it now
UPDATE alert a SET subject = s.name || '/' || st.code || '/' || se.property, station_id = st.id, property = se.property
FROM series se JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id WHERE se.id = a.series_id;
ALTER TABLE alert ALTER COLUMN subject SET NOT NULL, ALTER COLUMN kind DROP DEFAULT, DROP COLUMN series_id;
DROP INDEX alert_open;
CREATE INDEX alert_open ON alert (fired_at DESC) WHERE closed_at IS NULL AND (condition <> 'normal' OR acknowledged_at IS NULL);
CREATE INDEX alert_updated ON alert (updated_at DESC);
CREATE INDEX alert_rule ON alert (rule_id, fired_at DESC);
CREATE INDEX alert_subject ON alert (subject, fired_at DESC);
CREATE INDEX alert_shelved ON alert (shelved_until) WHERE shelved_until IS NOT NULL;

ALTER TABLE alert_transition DROP CONSTRAINT alert_transition_kind_check, ADD COLUMN detail jsonb, ADD CONSTRAINT alert_transition_kind_check CHECK (kind IN (
  'fired', 'worsened', 'eased', 'recovering', 'relapsed', 'cleared', 'stale', 'fresh', 'late_correction', 'rule_changed', 'flapping', 'settled',
  'acknowledged', 'unacknowledged', 'assigned', 'commented', 'shelved', 'unshelved', 'closed', 'silenced', 'unsilenced'));
CREATE INDEX alert_transition_time ON alert_transition (recorded);

-- How each rule stands for each subject that is not simply normal.
CREATE TABLE alert_standing (
  rule_id     text NOT NULL,
  subject     text NOT NULL,
  condition   text NOT NULL CHECK (condition IN ('normal', 'pending', 'firing', 'recovering')),
  severity    text,                                -- the level that holds; null while normal
  since       timestamptz,                         -- when the present breach began
  quiet_since timestamptz,                         -- when a firing one first looked well again
  moved_at    timestamptz,                         -- time of the newest transition: those of a subject never go back
  stale       bool NOT NULL DEFAULT false,
  alert_id    uuid,                                -- the open alert, or the one that flapping would open again
  value       double precision NOT NULL DEFAULT 0, -- that of the newest step
  context     jsonb NOT NULL DEFAULT '{}',         -- what the kind remembers, and when it fired of late
  PRIMARY KEY (rule_id, subject)
) WITH (fillfactor = 60);
INSERT INTO alert_standing (rule_id, subject, condition, severity, since, quiet_since, moved_at, alert_id)
SELECT a.rule_id, s.name || '/' || st.code || '/' || se.property, a.condition, a.severity, a.since, a.quiet_since, a.since, a.alert_id
FROM alert_state a JOIN series se ON se.id = a.series_id JOIN station st ON st.id = se.station_id JOIN source s ON s.id = st.source_id
WHERE a.condition <> 'normal';
DROP TABLE alert_state;
ALTER TABLE alert_standing RENAME TO alert_state;
ALTER INDEX alert_standing_pkey RENAME TO alert_state_pkey;

-- Rules that were given over REST; those of files are read from the files.
CREATE TABLE rule_document (
  rule_id    text PRIMARY KEY,
  document   jsonb NOT NULL,                        -- one rule as a rule file tells it
  version    int NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE rule_version ADD COLUMN origin text NOT NULL DEFAULT 'file', ADD COLUMN edit text NOT NULL DEFAULT 'new'
  CHECK (edit IN ('new', 'cosmetic', 'parameters', 'scope', 'deleted'));
