-- Vector tiles of layers: an archive for each version, in parts, so that every process and every backup has it.
CREATE TABLE layer_tiles (
  layer    text NOT NULL,
  version  int NOT NULL,
  made_at  timestamptz NOT NULL DEFAULT now(),
  size     bigint,                                 -- of the archive, in bytes
  checksum text,                                   -- SHA-256 of the archive
  trouble  text,                                   -- why there is none
  PRIMARY KEY (layer, version),
  FOREIGN KEY (layer, version) REFERENCES layer_version ON DELETE CASCADE,
  CHECK ((trouble IS NULL) = (size IS NOT NULL AND checksum IS NOT NULL))
);

CREATE TABLE layer_archive (
  layer   text NOT NULL,
  version int NOT NULL,
  part    int NOT NULL,                            -- from 0
  bytes   bytea NOT NULL,
  PRIMARY KEY (layer, version, part),
  FOREIGN KEY (layer, version) REFERENCES layer_tiles ON DELETE CASCADE
);
-- Tiles are compressed already.
ALTER TABLE layer_archive ALTER COLUMN bytes SET STORAGE EXTERNAL;
