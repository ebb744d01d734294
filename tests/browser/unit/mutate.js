/**
 * Inputs that are nearly valid, for the fuzzers: what only random numbers made is refused by the first check,
 * and finds nothing behind it. Runs in a browser too.
 *
 * @module
 */

/** @typedef {() => number} Random  from 0 to 1 */

/** @param {number} seed @returns {Random} */
export function randomFrom(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** @template T @param {Random} random @param {readonly T[]} all @returns {T} */
export function oneOf(random, all) {
  return /** @type {T} */ (all[Math.floor(random() * all.length)]);
}

/** How many changes are made: few are likelier. @param {Random} random */
function changes(random) {
  return 1 + Math.floor(6 * random() ** 3);
}

const NUMBERS =
  '0 1 -1 1.5 255 256 65536 2147483648 4294967295 4294967296 9007199254740993 1e308 1e-320 1e999 NaN'.split(
    ' ',
  );

/** @param {Random} random @param {string} text @param {readonly string[]} words  that are put in */
export function mutateText(random, text, words) {
  let changed = text;
  for (let k = changes(random); k > 0; k -= 1) {
    const at = Math.floor(random() * (changed.length + 1));
    const end = at + 1 + Math.floor(random() * 12);
    const [before, cut, after] = [changed.slice(0, at), changed.slice(at, end), changed.slice(end)];
    switch (Math.floor(random() * 6)) {
      case 0:
        changed = before + after;
        break;
      case 1:
        changed = before + cut + cut + after;
        break;
      case 2:
        changed = before + oneOf(random, words) + cut + after;
        break;
      case 3:
        changed =
          before + String.fromCharCode(random() * (random() < 0.9 ? 128 : 65536)) + cut + after;
        break;
      case 4:
        changed = before + (cut + after).replace(/[\d.e-]+/, oneOf(random, NUMBERS));
        break;
      case 5:
        changed = after + cut + before;
    }
  }
  return changed;
}

/** @param {number} depth */
function deep(depth) {
  /** @type {unknown} */
  let value = 1;
  for (let k = 0; k < depth; k += 1) value = k % 2 ? [value] : { value };
  return value;
}

function self() {
  /** @type {any} */
  const value = { one: 1 };
  value.self = value;
  return value;
}

/** @type {ReadonlyArray<() => unknown>} Whatever can be sent from page to page. */
const ODD = [
  () => undefined,
  () => null,
  () => true,
  () => 0,
  () => -0,
  () => -1,
  () => 0.5,
  () => 2 ** 32,
  () => 2 ** 53,
  () => 1e308,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 10n,
  () => '',
  () => '5',
  () => 'cpu',
  () => '__proto__',
  () => 'x'.repeat(10_000),
  () => [],
  () => [[]],
  () => [[[0, 0]]],
  () => new Array(500),
  () => ({}),
  () => ({ length: 2 ** 31 }),
  () => JSON.parse('{"__proto__": {"seed": 1}}'),
  () => new Uint8Array(784),
  () => new Uint8Array(3),
  () => new Float32Array([Number.NaN, 1]),
  () => new Float32Array(784),
  () => new Float64Array(4),
  () => new ArrayBuffer(16),
  () => new DataView(new ArrayBuffer(4)),
  () => new Date(0),
  () => new Map([[1, 2]]),
  () => new Set([1]),
  () => /x/,
  () => new Error('x'),
  () => Object(1),
  () => deep(10),
  () => deep(1800),
  self,
];

/**
 * A copy with other values here and there.
 *
 * @template T
 * @param {Random} random
 * @param {T} value
 * @returns {any}
 */
export function mutateValue(random, value) {
  const root = { value: structuredClone(value) };
  for (let k = changes(random); k > 0; k -= 1) change(random, root);
  return root.value;
}

/** Goes down some way, and changes what is there. @param {Random} random @param {object} root */
function change(random, root) {
  /** @type {any} */
  let at = root;
  let key = 'value';
  for (let depth = 0; depth < 8; depth += 1) {
    const inner = at[key];
    if (inner === null || typeof inner !== 'object' || random() < 0.2) break;
    const keys = ArrayBuffer.isView(inner) ? ['0', '1'] : Object.keys(inner);
    if (keys.length === 0) break;
    [at, key] = [inner, oneOf(random, keys)];
  }
  const before = at[key];
  switch (Math.floor(random() * 8)) {
    case 0:
      if (!ArrayBuffer.isView(at)) delete at[key];
      break;
    case 1:
      if (Array.isArray(at)) at.push(before);
      else if (!ArrayBuffer.isView(at)) at[`${key}s`] = before;
      break;
    case 2:
      if (typeof before === 'number') set(at, key, Number(oneOf(random, NUMBERS)));
      break;
    case 3:
      if (ArrayBuffer.isView(before)) set(at, key, before.buffer.slice(0, 8));
      break;
    case 4:
      if (before instanceof Uint8Array || before instanceof Float32Array)
        set(at, key, before.subarray(0, Math.floor(random() * before.length)));
      break;
    default:
      set(at, key, oneOf(random, ODD)());
  }
}

/** @param {any} at @param {string} key @param {unknown} value */
function set(at, key, value) {
  // A typed array takes numbers alone.
  if (!ArrayBuffer.isView(at)) at[key] = value;
  else if (typeof value === 'number') /** @type {any} */ (at)[key] = value;
}
