// A Durable Object that counts on disk, with the methods of the breaker's.
import { DurableObject } from "cloudflare:workers";

export class BreakerState extends DurableObject {
  constructor(context, env) {
    super(context, env);
    this.sql = context.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS syncs (epoch INTEGER PRIMARY KEY, node TEXT)");
  }

  sync({ node }) {
    this.sql.exec("INSERT INTO syncs (node) VALUES (?)", node);
    return { count: this.count() };
  }

  count() {
    return this.sql.exec("SELECT count(*) AS count FROM syncs").one().count;
  }

  read() {
    return { snapshot: { state: "open", epoch: this.count(), level: 2, why: "streak", streak: 7, retryInMs: 300 } };
  }

  events() {
    const event = { from: "closed", to: "open", reason: "streak", numbers: { streak: 5 }, edge: "cloudflare", region: "here" };
    const rows = this.sql.exec("SELECT epoch, node FROM syncs ORDER BY epoch DESC").toArray();
    return { events: rows.map(({ epoch, node }) => ({ ...event, epoch, node, at: epoch * 1000 })), next: null };
  }
}

export default { fetch: () => new Response(null, { status: 404 }) };
