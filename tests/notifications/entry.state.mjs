/** The state Worker's entry in these tests: short waits between attempts, and a hand on what is held. */

import { BreakerState as Shipped } from "./state.mjs";

export { default } from "./state.mjs";

export class BreakerState extends Shipped {
  constructor(ctx, env) {
    super(ctx, env);
    this.outbox.retry = { tries: 4, giveUpMs: 60_000, delayMs: () => 20 };
  }

  /** Events as a store would tell them, at times of the test's own. */
  happen(events) {
    this.write(() => events.forEach((event) => this.tell(event)));
  }

  /** Events, while the history cannot be read. */
  happenBlind(events) {
    const { recent } = this.outbox;
    this.outbox.recent = () => {
      throw new Error("no history");
    };
    this.happen(events);
    this.outbox.recent = recent;
  }

  /** An event in a transaction that does not come to its end. */
  failAfter(event) {
    try {
      this.write(() => {
        this.tell(event);
        throw new Error("the row could not be written");
      });
    } catch {
      return "nothing happened";
    }
  }

  /** How long each row is held, ms. */
  waits() {
    return this.sql.exec("SELECT due - since AS held FROM outbox WHERE tries = 0 ORDER BY id").toArray().map(({ held }) => held);
  }

  /** As if the time of what is held had come. */
  async pass() {
    this.sql.exec("UPDATE outbox SET due = 0 WHERE dead IS NULL");
    await this.outbox.drain();
  }

  /** What is still to be sent. */
  left() {
    return this.sql.exec("SELECT COUNT(*) AS left FROM outbox WHERE dead IS NULL").one().left;
  }
}
