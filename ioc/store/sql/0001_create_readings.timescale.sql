-- The big tables become hypertables.
CREATE EXTENSION IF NOT EXISTS timescaledb;
SELECT create_hypertable('observation', 'time', chunk_time_interval => interval '1 day', create_default_indexes => false);
SELECT create_hypertable('position', 'time', chunk_time_interval => interval '1 day', create_default_indexes => false);
SELECT create_hypertable('event', 'time', chunk_time_interval => interval '30 days', create_default_indexes => false);
