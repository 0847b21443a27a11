-- Rollups as continuous aggregates, kept up by policies; the newest, not yet materialised part is read live.
CREATE MATERIALIZED VIEW observation_1m WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT series_id, time_bucket(interval '1 minute', time) AS bucket, count(*) AS n, sum(value) AS sum, avg(value) AS mean,
       min(value) AS min, max(value) AS max, last(value, time) AS last
FROM observation GROUP BY series_id, time_bucket(interval '1 minute', time) WITH NO DATA;

CREATE MATERIALIZED VIEW observation_1h WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT series_id, time_bucket(interval '1 hour', time) AS bucket, count(*) AS n, sum(value) AS sum, avg(value) AS mean,
       min(value) AS min, max(value) AS max, last(value, time) AS last
FROM observation GROUP BY series_id, time_bucket(interval '1 hour', time) WITH NO DATA;

-- Late readings may arrive for days: the window reaches back far enough to take them in.
SELECT add_continuous_aggregate_policy('observation_1m', start_offset => interval '7 days', end_offset => interval '2 minutes', schedule_interval => interval '1 minute');
SELECT add_continuous_aggregate_policy('observation_1h', start_offset => interval '30 days', end_offset => interval '2 hours', schedule_interval => interval '30 minutes');
