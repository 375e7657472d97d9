/** The state Worker's entry in a conformance run: the object's clock and coin come with what it is asked. */

import { BreakerState as Shipped } from "./state.mjs";

export { default } from "./state.mjs";

export class BreakerState extends Shipped {
  at = { now: 0, coin: 0 };

  now() {
    return this.at.now;
  }

  coin() {
    return this.at.coin;
  }

  sync({ at, ...delta }, breaker) {
    this.at = at;
    return super.sync(delta, breaker);
  }

  /** What a person does, at a time. */
  operate(at, method, args) {
    this.at = at;
    this[method](...args);
  }

  /** Loses everything, as a store might. */
  lose() {
    this.sql.exec("DELETE FROM record");
    this.sql.exec("DELETE FROM history");
    this.held = this.load();
  }
}
