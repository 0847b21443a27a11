-- The registry of sources, stations and series; readings and events; quarantine and ledger.
CREATE TABLE store_level (level text NOT NULL CHECK (level IN ('plain', 'apache', 'community')));
CREATE UNIQUE INDEX store_level_single ON store_level ((true));

CREATE TABLE source (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE,                 -- the {source} of the topics
  online     boolean,                              -- by its own word or its last will; null: it never said
  status_at  timestamptz,
  first_seen timestamptz NOT NULL DEFAULT now(),
  last_seen  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE station (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id  int NOT NULL REFERENCES source,
  code       text NOT NULL,                        -- the {station} of the topics
  name       text NOT NULL,
  kind       text NOT NULL DEFAULT 'unknown',      -- 'unknown' until the station describes itself
  lon        double precision,                     -- null: unplaced or moving
  lat        double precision,
  properties jsonb NOT NULL DEFAULT '{}',          -- property -> {unit, name, min, max}
  interval_s double precision,                     -- usual seconds between reports; null: not said
  unit_id    int,                                  -- the unit that it stands in; null: none or unplaced
  UNIQUE (source_id, code),
  CHECK ((lon IS NULL) = (lat IS NULL))
);

CREATE TABLE series (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  station_id int NOT NULL REFERENCES station,
  property   text NOT NULL,
  UNIQUE (station_id, property)
);

CREATE TABLE observation (
  series_id int NOT NULL,
  time      timestamptz NOT NULL,
  value     double precision NOT NULL,
  arrived   timestamptz NOT NULL,
  PRIMARY KEY (series_id, time)
);

CREATE TABLE position (
  station_id int NOT NULL,
  time       timestamptz NOT NULL,
  lon        double precision NOT NULL,
  lat        double precision NOT NULL,
  speed      real,                                 -- km/h
  heading    real,                                 -- degrees clockwise from north
  unit_id    int,
  arrived    timestamptz NOT NULL,
  PRIMARY KEY (station_id, time)
);

-- The newest of each series and station: what a start needs, without a scan of the big tables; also the watermark that tells what is late.
CREATE TABLE latest_observation (
  series_id int PRIMARY KEY,
  time      timestamptz NOT NULL,
  value     double precision NOT NULL
) WITH (fillfactor = 60);

CREATE TABLE latest_position (
  station_id int PRIMARY KEY,
  time       timestamptz NOT NULL,
  lon        double precision NOT NULL,
  lat        double precision NOT NULL,
  speed      real,
  heading    real,
  unit_id    int
) WITH (fillfactor = 60);

-- An event's identity is (source, id), whatever its time; a hypertable cannot promise that, this table does.
CREATE TABLE event_key (
  source_id int NOT NULL,
  id        text NOT NULL,
  time      timestamptz NOT NULL,
  PRIMARY KEY (source_id, id)
);

CREATE TABLE event (
  source_id int NOT NULL,
  id        text NOT NULL,
  time      timestamptz NOT NULL,
  type      text NOT NULL,
  subject   text,
  unit_code text,                                  -- as the sender named it
  unit_id   int,                                   -- by place, else by the sender's code at the event's time; null: unknown
  lon       double precision,
  lat       double precision,
  data      jsonb NOT NULL,
  arrived   timestamptz NOT NULL,
  PRIMARY KEY (source_id, id, time)
);
CREATE INDEX event_type_time ON event (type, time DESC);

CREATE TABLE quarantine (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  arrived timestamptz NOT NULL,
  source  text NOT NULL,                           -- '-' where the topic names none
  topic   text NOT NULL,
  items   int[],                                   -- which of the message's items, from 0; null: the message as a whole
  reason  text NOT NULL,
  detail  text NOT NULL,                           -- of the first of these items
  payload bytea NOT NULL                           -- the whole message, raw
);
CREATE INDEX quarantine_source ON quarantine (source, id DESC);

CREATE TABLE ledger (
  source      text NOT NULL,
  minute      timestamptz NOT NULL,                -- of arrival
  received    bigint NOT NULL,
  stored      bigint NOT NULL,
  duplicate   bigint NOT NULL,
  late        bigint NOT NULL,
  quarantined bigint NOT NULL,
  refused     bigint NOT NULL,
  PRIMARY KEY (source, minute),
  CONSTRAINT ledger_balances CHECK (received = stored + duplicate + late + quarantined + refused)
);
