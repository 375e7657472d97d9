// Prints the log lines of some bad minutes, as the shipped modules write them.

import { createFleet } from "./fleet.mjs";

const down = async () => {
  throw new Error("down");
};

for (const monitor of [false, true]) {
  const fleet = createFleet({ nodes: 2, policy: { monitor } });
  await fleet.request();
  for (const result of [500, "timeout", "network", 503, 500]) {
    fleet.origin = () => result;
    await fleet.request();
  }
  for (let call = 0; call < 30; call++) await fleet.request();
  fleet.now += 1500;
  await fleet.request();
  fleet.store = down;
  fleet.now += 20_000;
  fleet.origin = () => 200;
  await fleet.request(1);
  for (const line of fleet.lines) console.log(JSON.stringify(line));
}
