-- What operators do: silences, and the record of every command.
CREATE TABLE silence (
  id         uuid PRIMARY KEY,
  version    int NOT NULL DEFAULT 1,               -- counts the edits; a command names the version that it saw
  matchers   jsonb NOT NULL,                       -- all of them have to hold
  area       jsonb,                                -- {"unit": CODE} with all below, or {"polygon": GeoJSON geometry}; null: everywhere
  recurrence jsonb,                                -- {"days", "from", "to", "zone"}: hides in these hours only; null: all the time
  starts_at  timestamptz NOT NULL,
  ends_at    timestamptz NOT NULL,
  comment    text NOT NULL CHECK (comment <> ''),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  replaces   uuid REFERENCES silence,              -- the one that ended when somebody edited what may not be edited
  CHECK (starts_at <= ends_at)
);
CREATE INDEX silence_end ON silence (ends_at);
CREATE INDEX alert_silenced ON alert (id) WHERE silenced_by <> '{}';

-- Every command of an operator or administrator, for ever.
CREATE TABLE audit (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  time      timestamptz NOT NULL,
  actor     text NOT NULL,                         -- name of the key
  came_from text,                                  -- address that the command came from
  op        text NOT NULL,                         -- such as alert.ack
  target    text NOT NULL,                         -- id of what it was done to
  args      jsonb NOT NULL,
  before    jsonb,                                 -- null where there was nothing before
  after     jsonb,
  idem      text                                   -- key by which a command that is sent again is known
);
CREATE UNIQUE INDEX audit_idem ON audit (actor, idem) WHERE idem IS NOT NULL;
CREATE INDEX audit_target ON audit (target, id DESC);
CREATE INDEX audit_actor ON audit (actor, id DESC);
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit record is only added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
