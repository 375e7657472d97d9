/**
 * The part of DynamoDB's expression language that Kampkin's stores write: conditions, and updates of top-level
 * attributes. What a real table would refuse is a `Refused`; what is merely not known here is an ordinary error.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
 *
 * @typedef {Record<string, any>} Item attribute values by name, in DynamoDB's JSON
 * @typedef {(item: Item) => boolean} Condition
 * @typedef {{names?: Record<string, string>, values?: Record<string, any>}} Placeholders
 */

const TOKEN = /\s*(?:([#:]?\w+)|(<>|<=|>=|[=<>(),.+-]))/y;
const LONGEST = 4096; // bytes
const COMPARISONS = ["=", "<>", "<", "<=", ">", ">="];

/** An expression that a real table would not take. */
export class Refused extends Error {}

/** The expressions of one request: they share their placeholders, and each of those must be used. */
export class Expressions {
  /** @param {Placeholders} placeholders */
  constructor({ names = {}, values = {} }) {
    this.names = names;
    this.values = values;
    this.unused = new Set([...Object.keys(names), ...Object.keys(values)]);
  }

  /** @param {string | undefined} text without one, all items fit @returns {Condition} */
  condition(text) {
    return text === undefined ? () => true : new Parser(text, this).whole((parser) => parser.or());
  }

  /** What an update does to an item, in place. @param {string} text @returns {(item: Item) => void} */
  update(text) {
    return new Parser(text, this).whole((parser) => parser.clauses());
  }

  /** To be called when all are read. */
  close() {
    if (this.unused.size > 0) throw new Refused(`unused in expressions: ${[...this.unused].join(", ")}`);
  }

  /** @param {string} token an attribute's name or its placeholder */
  name(token) {
    if (!token.startsWith("#")) return token;
    this.unused.delete(token);
    if (this.names[token] === undefined) throw new Refused(`undefined attribute name: ${token}`);
    return this.names[token];
  }

  /** @param {string} token */
  value(token) {
    this.unused.delete(token);
    if (this.values[token] === undefined) throw new Refused(`undefined attribute value: ${token}`);
    return this.values[token];
  }
}

/** Reads one expression, top down. */
class Parser {
  /** @param {string} text @param {Expressions} expressions */
  constructor(text, expressions) {
    if (text.length > LONGEST) throw new Refused(`an expression of ${text.length} bytes`);
    this.text = text;
    this.expressions = expressions;
    this.at = 0;
    this.next = this.read();
  }

  /** @template T @param {(parser: this) => T} rule @returns {T} */
  whole(rule) {
    const result = rule(this);
    if (this.next !== "") throw this.unexpected();
    return result;
  }

  unexpected() {
    return new Refused(`syntax error at ${JSON.stringify(this.next)} in: ${this.text}`);
  }

  /** The next token; "" at the end. */
  read() {
    if (this.text.slice(this.at).trim() === "") return "";
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.text);
    if (!found) throw new Refused(`syntax error in: ${this.text.slice(this.at)}`);
    this.at = TOKEN.lastIndex;
    return found[1] ?? found[2];
  }

  take() {
    const token = this.next;
    this.next = this.read();
    return token;
  }

  /** @param {string} token a keyword or a sign */
  accept(token) {
    if (this.next.toUpperCase() !== token) return false;
    this.take();
    return true;
  }

  /** @param {string} token */
  expect(token) {
    if (!this.accept(token)) throw this.unexpected();
  }

  /** @returns {Condition} */
  or() {
    const parts = [this.and()];
    while (this.accept("OR")) parts.push(this.and());
    return (item) => parts.some((part) => part(item));
  }

  /** @returns {Condition} */
  and() {
    const parts = [this.not()];
    while (this.accept("AND")) parts.push(this.not());
    return (item) => parts.every((part) => part(item));
  }

  /** @returns {Condition} */
  not() {
    if (!this.accept("NOT")) return this.test();
    const part = this.not();
    return (item) => !part(item);
  }

  /** @returns {Condition} */
  test() {
    if (this.accept("(")) {
      const inner = this.or();
      this.expect(")");
      return inner;
    }
    const word = this.take();
    if (this.accept("(")) return this.call(word);
    const left = this.operand(word);
    if (this.accept("BETWEEN")) {
      const low = this.operand();
      this.expect("AND");
      const high = this.operand();
      return (item) => compare(left(item), ">=", low(item)) && compare(left(item), "<=", high(item));
    }
    if (this.accept("IN")) {
      const choices = this.choices();
      return (item) => choices.some((choice) => same(left(item), choice(item)));
    }
    const sign = this.take();
    if (!COMPARISONS.includes(sign)) throw new Refused(`no comparison: ${sign}`);
    const right = this.operand();
    return (item) => compare(left(item), sign, right(item));
  }

  /** @param {string} name of a function @returns {Condition} */
  call(name) {
    const at = this.path(this.take());
    const given = this.accept(",") ? this.operand() : null;
    this.expect(")");
    if (name === "attribute_exists" && !given) return (item) => at(item) !== undefined;
    if (name === "attribute_not_exists" && !given) return (item) => at(item) === undefined;
    if (name === "begins_with" && given) return (item) => at(item)?.S?.startsWith(given(item).S) ?? false;
    if (name === "contains" && given) return (item) => contains(at(item), given(item));
    throw new Error(`not emulated: ${name}`);
  }

  /** The list after IN. @returns {((item: Item) => any)[]} */
  choices() {
    this.expect("(");
    const choices = [this.operand()];
    while (this.accept(",")) choices.push(this.operand());
    this.expect(")");
    return choices;
  }

  /** A value or an attribute. @returns {(item: Item) => any} */
  operand(token = this.take()) {
    if (!token.startsWith(":")) return this.path(token);
    const value = this.expressions.value(token);
    return () => value;
  }

  /** An attribute, or what lies in a map. @param {string} token @returns {(item: Item) => any} */
  path(token) {
    const names = [this.name(token)];
    while (this.accept(".")) names.push(this.name(this.take()));
    return (item) => names.slice(1).reduce((value, name) => value?.M?.[name], item[names[0]]);
  }

  /** @param {string} token */
  name(token) {
    if (!/^#?\w+$/.test(token)) throw new Refused(`no attribute: ${JSON.stringify(token)}`);
    return this.expressions.name(token);
  }

  /** @returns {(item: Item) => void} */
  clauses() {
    /** @type {((before: Item, item: Item) => void)[]} */
    const changes = [];
    /** @type {string[]} */
    const touched = [];
    const seen = new Set();
    while (this.next !== "") {
      const verb = this.take();
      if (!["SET", "REMOVE", "ADD"].includes(verb)) throw new Error(`not emulated: ${verb}`);
      if (seen.has(verb)) throw new Refused(`${verb} twice`);
      seen.add(verb);
      do {
        const path = this.name(this.take());
        if (touched.includes(path)) throw new Refused(`two document paths overlap: ${path}`);
        touched.push(path);
        changes.push(this[/** @type {"SET" | "REMOVE" | "ADD"} */ (verb)](path));
      } while (this.accept(","));
    }
    if (changes.length === 0) throw this.unexpected();
    return (item) => {
      const before = { ...item };
      for (const change of changes) change(before, item);
    };
  }

  /** @param {string} path @returns {(before: Item, item: Item) => void} */
  SET(path) {
    this.expect("=");
    const first = this.assigned();
    const sign = this.accept("+") ? 1 : this.accept("-") ? -1 : 0;
    if (sign === 0) return (before, item) => void (item[path] = first(before));
    const second = this.assigned();
    return (before, item) => void (item[path] = sum(first(before), second(before), sign));
  }

  /** @returns {(item: Item) => any} */
  assigned() {
    const token = this.take();
    if (token !== "if_not_exists") return this.operand(token);
    this.expect("(");
    const at = this.path(this.take());
    this.expect(",");
    const otherwise = this.operand();
    this.expect(")");
    return (item) => at(item) ?? otherwise(item);
  }

  /** @param {string} path @returns {(before: Item, item: Item) => void} */
  REMOVE(path) {
    return (_before, item) => void delete item[path];
  }

  /** @param {string} path @returns {(before: Item, item: Item) => void} */
  ADD(path) {
    const added = this.operand();
    return (before, item) => void (item[path] = sum(before[path] ?? { N: "0" }, added(before), 1));
  }
}

/** @param {any} left @param {any} right @param {1 | -1} sign */
function sum(left, right, sign) {
  if (left?.N === undefined || right?.N === undefined) throw new Refused("an operand is no number");
  return { N: String(Number(left.N) + sign * Number(right.N)) };
}

/** What is not there compares with nothing, save as different. @param {any} left @param {string} sign @param {any} right */
function compare(left, sign, right) {
  if (sign === "=") return same(left, right);
  if (sign === "<>") return !same(left, right);
  const one = ordered(left);
  const other = ordered(right);
  if (one === undefined || typeof one !== typeof other) return false;
  return sign[0] === "<" ? one < other || (sign === "<=" && one === other) : one > other || (sign === ">=" && one === other);
}

/** @param {any} value @returns {number | string | undefined} */
const ordered = (value) => (value?.N === undefined ? value?.S : Number(value.N));

/** @param {any} left @param {any} right @returns {boolean} */
function same(left, right) {
  if (left === undefined || right === undefined) return false;
  if (left.N !== undefined && right.N !== undefined) return Number(left.N) === Number(right.N);
  if (left.M === undefined || right.M === undefined) return JSON.stringify(left) === JSON.stringify(right);
  const names = Object.keys(left.M);
  return names.length === Object.keys(right.M).length && names.every((name) => same(left.M[name], right.M[name]));
}

/** @param {any} whole @param {any} part */
function contains(whole, part) {
  if (whole?.S !== undefined) return part.S !== undefined && whole.S.includes(part.S);
  return (whole?.L ?? []).some((/** @type {any} */ one) => same(one, part));
}
