// One Lambda environment without CloudFront around it: hands a handler one event after the other and counts what
// processor time they take. The configuration: `conversation` and `handler` as file URLs, `env`, `path`.

const event = (/** @type {string} */ path, /** @type {number} */ number) => {
  const header = (/** @type {string} */ key, /** @type {string} */ value) => ({ [key.toLowerCase()]: [{ key, value }] });
  const headers = {
    ...header("Host", "d111111abcdef8.cloudfront.net"),
    ...header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ...header("Accept", "application/json"),
    ...header("Accept-Encoding", "gzip, br"),
    ...header("X-Forwarded-For", "192.0.2.7"),
    ...header("Via", "2.0 0123456789abcdef.cloudfront.net (CloudFront)"),
  };
  const config = { distributionDomainName: "d111111abcdef8.cloudfront.net", distributionId: "BENCH", eventType: "origin-request", requestId: `bench-${number}` };
  const body = { inputTruncated: false, action: "read-only", encoding: "base64", data: "" };
  return { Records: [{ cf: { config, request: { clientIp: "192.0.2.7", headers, method: "GET", querystring: "", uri: path, body } } }] };
};

const { converse } = await import(process.argv[2]);

await converse(async (/** @type {any} */ { handler: module, env, path }) => {
  Object.assign(process.env, env);
  const { handler } = await import(module);
  let number = 0;
  /** @type {string[]} */
  const said = [];
  console.log = (line) => said.push(line);
  return {
    ready: {},
    commands: {
      /** Runs so many events; processor µs and wall µs of them all, how many did not come to a 200, what was logged. */
      async run(/** @type {number} */ count) {
        const events = Array.from({ length: count }, () => event(path, number++));
        let failed = 0;
        const before = process.cpuUsage();
        const began = performance.now();
        for (const each of events) if ((await handler(each)).status !== "200") failed += 1;
        const wall = (performance.now() - began) * 1000;
        const { user, system } = process.cpuUsage(before);
        return { cpu: user + system, wall, failed, said: said.splice(0) };
      },
    },
    close: () => {},
  };
});
