// The same service on this machine: the handler behind Node's own server. Its port is the first line that it prints.
import { createServer } from "node:http";

import { handler } from "./handler.mjs";

const server = createServer(async (request, response) => {
  const { statusCode, headers = {}, body = "" } = await handler({ rawPath: request.url.split("?")[0] });
  response.writeHead(statusCode, headers).end(body);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
