-- Who may register stations; what is in quarantine can be tried again and has a size that nobody has to count.
ALTER TABLE source ADD COLUMN policy text CHECK (policy IN ('open', 'pending', 'closed'));  -- null: as the setting says
ALTER TABLE source ALTER COLUMN last_seen DROP NOT NULL, ALTER COLUMN last_seen DROP DEFAULT;  -- null: known, never heard of

ALTER TABLE quarantine
  ADD COLUMN tries    int NOT NULL DEFAULT 0,      -- how often it was replayed in vain
  ADD COLUMN tried_at timestamptz,
  ADD COLUMN told_time text,                       -- what the message told besides its payload for items without a time
  ADD COLUMN size     int NOT NULL GENERATED ALWAYS AS (octet_length(payload) + octet_length(topic) + 200) STORED;  -- 200: the rest of a row
CREATE INDEX quarantine_reason ON quarantine (reason, id DESC);
CREATE INDEX quarantine_arrived ON quarantine (arrived);

CREATE TABLE quarantine_size (
  messages      bigint NOT NULL,
  bytes         bigint NOT NULL,                   -- sum of quarantine.size
  max_bytes     bigint NOT NULL DEFAULT 1073741824,  -- over it the oldest go
  lost_messages bigint NOT NULL DEFAULT 0,         -- what went that way, ever
  lost_items    bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
CREATE UNIQUE INDEX quarantine_size_single ON quarantine_size ((true));
INSERT INTO quarantine_size (messages, bytes) SELECT count(*), coalesce(sum(size), 0) FROM quarantine;

-- Counts the changes that come from elsewhere than messages (imports, replays by command), so that running services read their registry anew.
CREATE TABLE registry_version (version bigint NOT NULL);
CREATE UNIQUE INDEX registry_version_single ON registry_version ((true));
INSERT INTO registry_version VALUES (1);
