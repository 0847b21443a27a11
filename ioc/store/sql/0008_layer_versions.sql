-- Versions of layers are looked at before they are served, and say who made them; a layer may be known before anything of it is served.
ALTER TABLE layer ALTER COLUMN version DROP NOT NULL;

ALTER TABLE layer_version
  ADD COLUMN entry         jsonb,                                    -- the catalogue entry that it was published with
  ADD COLUMN published_by  text NOT NULL DEFAULT 'unknown',          -- the name of the key, or of the account that ran the command
  ADD COLUMN checked_at    timestamptz NOT NULL DEFAULT now(),       -- when the same content was last published: it was still right then
  ADD COLUMN served_at     timestamptz,                              -- when it last went live; null: a preview that was never served
  ADD COLUMN served_by     text,
  ADD COLUMN feature_count int NOT NULL DEFAULT 0,
  ADD COLUMN bbox          double precision[];                       -- west, south, east, north

UPDATE layer_version v SET entry = l.entry, checked_at = v.published_at, served_at = v.published_at, served_by = v.published_by
FROM layer l WHERE l.id = v.layer;
UPDATE layer_version v SET feature_count = f.n, bbox = ARRAY[f.west, f.south, f.east, f.north]
FROM (SELECT layer, version, count(*) AS n, min(west) AS west, min(south) AS south, max(east) AS east, max(north) AS north
      FROM feature GROUP BY layer, version) f
WHERE f.layer = v.layer AND f.version = v.version;
SET CONSTRAINTS ALL IMMEDIATE;  -- a table with checks outstanding cannot be altered
ALTER TABLE layer_version ALTER COLUMN entry SET NOT NULL;
SET CONSTRAINTS ALL DEFERRED;
