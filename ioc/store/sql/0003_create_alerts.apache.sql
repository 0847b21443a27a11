-- Rollups under the same names and columns on every level: here views over the hypertable.
CREATE VIEW observation_1m AS
SELECT series_id, time_bucket(interval '1 minute', time) AS bucket, count(*) AS n, sum(value) AS sum, avg(value) AS mean,
       min(value) AS min, max(value) AS max, last(value, time) AS last
FROM observation GROUP BY series_id, time_bucket(interval '1 minute', time);

CREATE VIEW observation_1h AS
SELECT series_id, time_bucket(interval '1 hour', time) AS bucket, count(*) AS n, sum(value) AS sum, avg(value) AS mean,
       min(value) AS min, max(value) AS max, last(value, time) AS last
FROM observation GROUP BY series_id, time_bucket(interval '1 hour', time);
