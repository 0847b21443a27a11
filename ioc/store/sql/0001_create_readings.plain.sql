INSERT INTO store_level VALUES ('plain');

-- A shim, so that queries say time_bucket on every level; buckets are counted from the same origin as TimescaleDB's.
CREATE FUNCTION time_bucket(width interval, instant timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT date_bin(width, instant, timestamptz '2000-01-03 00:00:00+00') $$;
