// Subscribes to everything with MQTT.js and counts, until the closing message of firehose.
// node count.mjs PORT QOS
import mqtt from "mqtt";

const [port, qos] = process.argv.slice(2).map(Number);
const client = mqtt.connect({ host: "127.0.0.1", port, protocolVersion: 4, reconnectPeriod: 0 });
let count = 0;

client.on("connect", () => client.subscribe("#", { qos }));
client.on("message", (topic) => {
  count += 1;
  // Not at once: the acknowledgement goes out when this function has returned.
  if (topic === "firehose/done") setImmediate(() => client.end());
});
client.on("error", (error) => {
  console.error(`MQTT.js failed: ${error.message}`);
  process.exit(1);
});
