// An application with node-redis, as its documentation shows it: one client, its default way to connect
// again, one write after the other. Prints a line for each thing that happens to it.
"use strict";
const redis = require("redis");
const [host, port] = process.argv.slice(2);

async function main() {
  const client = redis.createClient({ socket: { host, port: Number(port), connectTimeout: 1000 } });
  client.on("error", (error) => console.log("error", error.code || error.message));
  client.on("reconnecting", () => console.log("reconnecting"));
  await client.connect();
  console.log("connected");
  for (let number = 0; ; number++) {
    try {
      await client.set("n", String(number));
      console.log("wrote", number);
    } catch (error) {
      console.log("refused", error.message);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

main();
