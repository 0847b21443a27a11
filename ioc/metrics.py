"""Every counter and gauge of the service, by its Prometheus name."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

MESSAGES = Counter("ioc_ingest_messages", "Messages committed", registry=REGISTRY)
BATCH_MESSAGES = Histogram(
    "ioc_ingest_batch_messages", "Messages in one commit", buckets=(1, 3, 10, 30, 100, 300, 1000, 3000), registry=REGISTRY
)
BATCH_SECONDS = Histogram(
    "ioc_ingest_batch_seconds", "Time from a full batch to its commit", buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10), registry=REGISTRY
)
WAITING = Gauge("ioc_ingest_waiting_messages", "Messages taken from the broker and not yet in a batch", registry=REGISTRY)
FORCED_RECONNECTS = Gauge(
    "ioc_ingest_forced_reconnects", "Times that the broker was left and joined anew because its window was stuck", registry=REGISTRY
)
PARTITION_HELD = Gauge("ioc_partition_held", "1 while this process holds its partition, 0 while it stands by", registry=REGISTRY)
STREAM_SESSIONS = Gauge("ioc_stream_sessions", "Open sockets", registry=REGISTRY)
MIRROR_STATIONS = Gauge("ioc_mirror_stations", "Stations in the mirror", registry=REGISTRY)
MIRROR_ALERTS = Gauge("ioc_mirror_open_alerts", "Open alerts in the mirror", registry=REGISTRY)
MIRROR_HEALS = Gauge("ioc_mirror_heals", "Times that the mirror was read from the database", registry=REGISTRY)
QUARANTINE_BYTES = Gauge("ioc_quarantine_bytes", "Size of what was not accepted and is kept", registry=REGISTRY)
QUARANTINE_MAX_BYTES = Gauge("ioc_quarantine_max_bytes", "Size at which the oldest of it go", registry=REGISTRY)
QUARANTINE_LOST = Gauge("ioc_quarantine_lost_messages", "Messages that went since it was full, ever", registry=REGISTRY)
LAG_SECONDS = Gauge("ioc_lag_seconds", "From the event time of the newest observation to now", registry=REGISTRY)


def count_batch(messages: int, seconds: float) -> None:
    """Count one committed batch."""
    MESSAGES.inc(messages)
    BATCH_MESSAGES.observe(messages)
    BATCH_SECONDS.observe(seconds)
