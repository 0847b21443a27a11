-- What somebody closed too early can be opened again.
ALTER TABLE alert_transition DROP CONSTRAINT alert_transition_kind_check, ADD CONSTRAINT alert_transition_kind_check CHECK (kind IN (
  'fired', 'worsened', 'eased', 'recovering', 'relapsed', 'cleared', 'stale', 'fresh', 'late_correction', 'rule_changed', 'flapping', 'settled',
  'acknowledged', 'unacknowledged', 'assigned', 'commented', 'shelved', 'unshelved', 'closed', 'reopened', 'silenced', 'unsilenced')) NOT VALID;
ALTER TABLE alert_transition VALIDATE CONSTRAINT alert_transition_kind_check;
