// A function that does what its caller asks, to see what the host makes of it.
const json = (value) => ({ status: "200", headers: { "content-type": [{ key: "Content-Type", value: "application/json" }] }, body: JSON.stringify(value) });
const served = { events: 0, atOnce: 0, most: 0 };

const does = {
  "/event": (request, context, event) => json({ event, remainingMs: context.getRemainingTimeInMillis() }),
  "/node": () => json({ pid: process.pid, ...served }),
  "/environment": () => json({ node: process.version, env: process.env }),
  "/body": ({ body }) => json({ ...body, data: Buffer.from(body.data, "base64").length }),
  "/wait": async ({ querystring }) => {
    // a function at work for so many ms: being busy is what it is asked for, nothing waits for this time to pass
    await new Promise((resolve) => setTimeout(resolve, Number(querystring)));
    return json({ pid: process.pid, ...served });
  },
  "/answer": ({ body }) => JSON.parse(Buffer.from(body.data, "base64")),
  "/back": (request) => {
    const { headers, custom, ...changes } = JSON.parse(Buffer.from(request.body.data, "base64"));
    return { ...request, ...changes, headers: { ...request.headers, ...headers }, origin: { custom: { ...request.origin.custom, ...custom } } };
  },
  "/large": ({ querystring }) => ({ status: 200, body: "x".repeat(Number(querystring)) }),
  "/log": ({ querystring }) => {
    console.log(querystring);
    return json({});
  },
  "/throw": () => {
    throw new Error("as asked");
  },
  "/exit": () => process.exit(7),
  "/hang": () => new Promise(() => setInterval(() => {}, 1000)),
};

export async function handler(event, context) {
  const { config, request, response } = event.Records[0].cf;
  if (config.eventType === "origin-response") {
    const { value } = request.origin.custom.customHeaders["x-do"][0];
    if (value === "throw") throw new Error("as asked");
    return { ...response, headers: { ...response.headers, ...JSON.parse(value) } };
  }
  served.events += 1;
  served.most = Math.max(served.most, ++served.atOnce);
  try {
    return await does[request.uri](request, context, event);
  } finally {
    served.atOnce -= 1;
  }
}
