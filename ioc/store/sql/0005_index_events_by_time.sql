-- The newest events of all types, which `GET /v1/events` shows when no type is named.
CREATE INDEX IF NOT EXISTS event_time ON event (time DESC, id);
