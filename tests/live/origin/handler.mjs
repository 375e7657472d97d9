// A service that fails by its path, so that it needs no memory:
// /outage/FROM/TO/…   500 from FROM until TO, both ms since 1970, and 200 before and after
// /status/CODE/…      that status

const NO_BODY = [204, 205, 304];

/** What the path comes to at a time. */
export const statusOf = (path, now) => {
  const [kind, first, second] = path.split("/").filter(Boolean);
  if (kind === "outage" && Number(first) < Number(second)) return Number(first) <= now && now < Number(second) ? 500 : 200;
  if (kind === "status" && /^[2-5]\d\d$/.test(first)) return Number(first);
  return 404;
};

export const handler = async (event) => {
  const statusCode = statusOf(event.rawPath, Date.now());
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return NO_BODY.includes(statusCode) ? { statusCode } : { statusCode, headers, body: JSON.stringify({ status: statusCode }) };
};
