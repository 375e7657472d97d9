// An origin that costs as little as one can in Node: it answers each request that has no body with the same small 200,
// without reading it. argv: the port.

import { createServer } from "node:net";

const BODY = '{"id":1,"name":"bench"}';
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
const END = "\r\n\r\n";

createServer({ noDelay: true }, (socket) => {
  let rest = "";
  socket.setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const heads = (rest + chunk).split(END);
    rest = heads.pop() ?? "";
    if (heads.length > 0) socket.write(ANSWER.repeat(heads.length));
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
