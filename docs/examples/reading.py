"""Send one reading with paho-mqtt (`pip install 'paho-mqtt>=2.1'`)."""

import json
import os
from datetime import UTC, datetime

import paho.mqtt.client as mqtt

SOURCE = os.environ.get("BROKER_USER", "me")
STATION = {
    "name": "My gauge",
    "kind": "river_gauge",
    "lon": 106.0952,
    "lat": 21.2034,
    "properties": {"water_level": {"unit": "m", "min": -2, "max": 12}},
    "interval_s": 60,
}

client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"{SOURCE}-python", protocol=mqtt.MQTTv5)
if "BROKER_PASSWORD" in os.environ:
    client.username_pw_set(SOURCE, os.environ["BROKER_PASSWORD"])
if "BROKER_CA" in os.environ:
    client.tls_set(os.environ["BROKER_CA"])
# Told by the broker when the connection is lost without a word.
client.will_set(f"ioc/v1/{SOURCE}/status", "offline", qos=1, retain=True)
client.connect(os.environ.get("BROKER_HOST", "localhost"), int(os.environ.get("BROKER_PORT", "1883")))
client.loop_start()


def publish(topic: str, payload: str, *, retain: bool = False) -> None:
    """Publish and wait until the broker has acknowledged."""
    sent = client.publish(f"ioc/v1/{SOURCE}/{topic}", payload, qos=1, retain=retain)
    sent.wait_for_publish(timeout=10)
    if not sent.is_published():
        raise SystemExit(f"the broker did not acknowledge {topic}")


publish("status", "online", retain=True)
publish("station/gauge-python", json.dumps(STATION), retain=True)
publish("obs/gauge-python/water_level", json.dumps({"time": datetime.now(UTC).isoformat(), "value": 4.5}))
publish("status", "offline", retain=True)
client.disconnect()
client.loop_stop()
