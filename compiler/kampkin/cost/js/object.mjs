/**
 * The Durable Object as it is deployed, state.mjs, on SQLite in memory: what Cloudflare would bill of it. Rows count
 * as workerd counts them, which a test compares.
 */

import { registerHooks } from "node:module";
import { DatabaseSync } from "node:sqlite";

/** What is not among the shipped modules: the platform's own, and those that are generated, of a plan whose owners want to hear nothing. */
const ELSEWHERE = {
  "cloudflare:workers": "export class DurableObject { constructor(ctx, env) { Object.assign(this, { ctx, env }); } }",
  "./owners.mjs": "export default { owners: {}, endpoints: {} };",
  "./changes.mjs": "export default {};",
};
const IDLE_MS = 10_000; // an object that has been idle for so long has left memory

registerHooks({
  resolve(specifier, context, next) {
    const code = ELSEWHERE[/** @type {keyof typeof ELSEWHERE} */ (specifier)];
    return code ? { url: `data:text/javascript,${encodeURIComponent(code)}`, shortCircuit: true } : next(specifier, context);
  },
});

const { BreakerState } = await import("../../runtime/state.mjs");

/** @typedef {{requests: number, rowsRead: number, rowsWritten: number}} Counts */

/**
 * Breakers' objects by name.
 * @param {() => number} now ms @param {() => number} coin 0..9999
 * @returns {{namespace: object, counts: Counts}} the namespace as `durableObjectStore` takes it
 */
export function createObjects(now, coin) {
  /** @type {Counts} */
  const counts = { requests: 0, rowsRead: 0, rowsWritten: 0 };
  /** @type {Map<string, {storage: Storage, object: any, usedAt: number}>} */
  const objects = new Map();

  class Timed extends BreakerState {
    now() {
      return now();
    }

    coin() {
      return coin();
    }
  }

  /** The object, read back from its rows where it had left memory. @param {string} name */
  function awake(name) {
    let one = objects.get(name);
    if (!one) objects.set(name, (one = { storage: new Storage(counts), object: null, usedAt: 0 }));
    if (!one.object || now() - one.usedAt > IDLE_MS) one.object = new Timed({ storage: one.storage }, {});
    one.usedAt = now();
    return one.object;
  }

  const stub = (/** @type {string} */ name) =>
    new Proxy({}, {
      get: (_, method) => async (/** @type {any[]} */ ...args) => {
        counts.requests += 1;
        return structuredClone(await awake(name)[method](...structuredClone(args)));
      },
    });
  return { counts, namespace: { idFromName: (/** @type {string} */ name) => name, get: stub } };
}

/** An object's storage, as far as state.mjs uses it. */
export class Storage {
  /** @param {Counts} counts */
  constructor(counts) {
    this.counts = counts;
    this.database = new DatabaseSync(":memory:");
    /** @type {Map<string, ReturnType<Storage["prepare"]>>} */
    this.statements = new Map();
    this.sql = { exec: (/** @type {string} */ text, /** @type {any[]} */ ...bindings) => this.exec(text, bindings) };
  }

  /** @param {string} text @param {any[]} bindings */
  exec(text, bindings) {
    let known = this.statements.get(text);
    if (!known) this.statements.set(text, (known = this.prepare(text)));
    const { statement, isDefinition, scanned, numbered } = known;
    if (isDefinition) {
      statement.run();
      return { toArray: () => [] };
    }
    if (statement.columns().length > 0) {
      const rows = statement.all(...bindings);
      this.counts.rowsRead += Math.max(1, rows.length);
      return { toArray: () => rows };
    }
    const held = scanned && Number(this.database.prepare(`SELECT count(*) AS rows FROM ${scanned}`).get()?.rows);
    const changes = Number(statement.run(...bindings).changes);
    this.counts.rowsRead += held ?? Math.max(1, changes);
    this.counts.rowsWritten += changes + (numbered ? 1 : 0);
    return { toArray: () => [] };
  }

  /**
   * `scanned`: the table that a DELETE goes through from end to end; `numbered`: an INSERT that writes down its number
   * in a row of its own.
   * @param {string} text
   */
  prepare(text) {
    const plan = text.startsWith("DELETE") ? this.database.prepare(`EXPLAIN QUERY PLAN ${text}`).all() : [];
    const scanned = plan.map(({ detail }) => /^SCAN (\w+)/.exec(String(detail))?.[1]).find(Boolean) ?? null;
    const table = /^INSERT INTO (\w+)/.exec(text)?.[1];
    const declared = table && this.database.prepare("SELECT sql FROM sqlite_master WHERE name = ?").get(table)?.sql;
    const isDefinition = /^(?:CREATE|DROP) /.test(text);
    return { statement: this.database.prepare(text), isDefinition, scanned, numbered: String(declared).includes("AUTOINCREMENT") };
  }

  /** @template T @param {() => T} work @returns {T} */
  transactionSync(work) {
    this.database.exec("BEGIN");
    try {
      const result = work();
      this.database.exec("COMMIT");
      return result;
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }
}
