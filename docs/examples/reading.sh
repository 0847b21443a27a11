#!/bin/sh
# Send one reading with mosquitto_pub. BROKER_HOST, BROKER_PORT, BROKER_USER, BROKER_PASSWORD, BROKER_CA say where to and who sends.
set -eu
source="${BROKER_USER:-me}"

publish() {
  mosquitto_pub -h "${BROKER_HOST:-localhost}" -p "${BROKER_PORT:-1883}" -V mqttv5 -q 1 \
    ${BROKER_USER:+-u "$BROKER_USER"} ${BROKER_PASSWORD:+-P "$BROKER_PASSWORD"} ${BROKER_CA:+--cafile "$BROKER_CA"} "$@"
}

# Who the station is: kept by the broker (-r), needed once and after every change.
publish -r -t "ioc/v1/$source/station/gauge-sh" -m '{
  "name": "My gauge", "kind": "river_gauge", "lon": 106.0952, "lat": 21.2034,
  "properties": {"water_level": {"unit": "m", "min": -2, "max": 12}}, "interval_s": 60}'

# What it measures, and when it did.
publish -t "ioc/v1/$source/obs/gauge-sh/water_level" -m "{\"time\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ)\", \"value\": 4.5}"
