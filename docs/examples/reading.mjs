// Send one reading with MQTT.js: npm install mqtt && node reading.mjs
import { readFileSync } from "node:fs";
import mqtt from "mqtt";

const { BROKER_HOST = "localhost", BROKER_PORT = "1883", BROKER_USER, BROKER_PASSWORD, BROKER_CA } = process.env;
const root = `ioc/v1/${BROKER_USER ?? "me"}`;

const client = await mqtt.connectAsync({
  protocol: BROKER_CA ? "mqtts" : "mqtt",
  host: BROKER_HOST,
  port: Number(BROKER_PORT),
  protocolVersion: 5,
  username: BROKER_USER,
  password: BROKER_PASSWORD,
  ca: BROKER_CA && readFileSync(BROKER_CA),
  // Told by the broker when the connection is lost without a word.
  will: { topic: `${root}/status`, payload: Buffer.from("offline"), qos: 1, retain: true },
});

const station = {
  name: "My gauge",
  kind: "river_gauge",
  lon: 106.0952,
  lat: 21.2034,
  properties: { water_level: { unit: "m", min: -2, max: 12 } },
  interval_s: 60,
};
// Each waits until the broker has acknowledged.
await client.publishAsync(`${root}/status`, "online", { qos: 1, retain: true });
await client.publishAsync(`${root}/station/gauge-node`, JSON.stringify(station), { qos: 1, retain: true });
await client.publishAsync(
  `${root}/obs/gauge-node/water_level`,
  JSON.stringify({ time: new Date().toISOString(), value: 4.5 }),
  { qos: 1 },
);
await client.publishAsync(`${root}/status`, "offline", { qos: 1, retain: true });
await client.endAsync();
