// An edge Worker that says what reached it.
let node;
const json = (value, init) => Response.json(value, init);

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    node ??= crypto.randomUUID();
    if (pathname === "/node") return json({ node });
    if (pathname === "/log") {
      console.log(searchParams.get("line"));
      return json({});
    }
    if (pathname === "/add") {
      const breakers = env.STATE;
      return json(await breakers.get(breakers.idFromName(searchParams.get("breaker"))).sync({ node }));
    }
    if (pathname === "/stream") return new Response(request.body, { headers: { "x-code": "VERSION" } });
    return json({ method: request.method, url: request.url, headers: [...request.headers], body: await request.text() }, { headers: { "x-code": "VERSION" } });
  },
};
