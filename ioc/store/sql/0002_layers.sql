-- Published layers: the catalogue, every version with its features, and the units that stored rows refer to.
CREATE TABLE layer (
  id         text PRIMARY KEY,
  position   int NOT NULL,                         -- place in the catalogue; where join layers overlap the first one wins
  is_join    boolean NOT NULL,                     -- stations and events get their unit from it
  entry      jsonb NOT NULL,                       -- the catalogue entry as last published
  version    int NOT NULL,                         -- the version that is served
  changed_at timestamptz NOT NULL DEFAULT now()    -- when entry or version last changed
);

CREATE TABLE layer_version (
  layer        text NOT NULL REFERENCES layer DEFERRABLE INITIALLY DEFERRED,
  version      int NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  checksum     text NOT NULL,                      -- of the features; the same content makes no new version
  valid_from   date,                               -- earliest and latest day that its features speak of; null: they do not say
  valid_to     date,
  report       jsonb NOT NULL,                     -- what was found and repaired
  PRIMARY KEY (layer, version)
);
ALTER TABLE layer ADD FOREIGN KEY (id, version) REFERENCES layer_version (layer, version) DEFERRABLE INITIALLY DEFERRED;

-- A unit keeps its number for ever: publishing it again under the same key changes its names and end, never its identity.
CREATE TABLE unit (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  layer      text NOT NULL REFERENCES layer,
  code       text NOT NULL,
  valid_from date NOT NULL,
  valid_to   date,                                 -- exclusive; null: in force
  level      text NOT NULL,
  name_vi    text NOT NULL,
  name_en    text NOT NULL,
  parent_id  int REFERENCES unit,
  UNIQUE (layer, code, valid_from),
  CHECK (valid_to > valid_from)
);

CREATE TABLE feature (
  layer      text NOT NULL,
  version    int NOT NULL,
  fid        text COLLATE "C" NOT NULL,
  unit_id    int REFERENCES unit,                  -- null in layers that are not units
  valid_from date,
  valid_to   date,
  west       double precision NOT NULL,
  south      double precision NOT NULL,
  east       double precision NOT NULL,
  north      double precision NOT NULL,
  geometry   bytea NOT NULL,                       -- WKB, longitude and latitude in WGS 84
  properties jsonb NOT NULL,
  PRIMARY KEY (layer, version, fid),
  FOREIGN KEY (layer, version) REFERENCES layer_version
);
