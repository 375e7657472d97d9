/** The state Worker's object, which tells what workerd counted of its rows. */

import { BreakerState as Shipped } from "./state.mjs";

export { default } from "./state.mjs";

export class BreakerState extends Shipped {
  constructor(ctx, env) {
    super(ctx, env);
    const { sql } = this;
    this.rows = [0, 0];
    this.sql = {
      exec: (...said) => {
        const cursor = sql.exec(...said);
        const rows = cursor.toArray();
        this.rows[0] += cursor.rowsRead;
        this.rows[1] += cursor.rowsWritten;
        return { toArray: () => rows };
      },
    };
  }

  /** Goes on by itself: no cooldown is too short to be over. */
  now() {
    return (this.clock = (this.clock ?? Date.now()) + 10);
  }

  /** A sync, and the rows that it read and wrote. */
  count(delta, breaker) {
    this.rows = [0, 0];
    this.sync(delta, breaker);
    return this.rows;
  }
}
