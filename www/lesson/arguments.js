/**
 * What somebody gives to a member, looked at before a worker hears of it: a worker is never sent what
 * cannot be sent, or what could end it. Whether a value makes sense is for the core to say.
 *
 * @module
 */

/** @import {Digit, Strokes} from '../worker/protocol.js' */

import { UnrollError } from '../worker/fault.js';

/** Nothing that a member takes is nested deeper than a drawing: strokes, points, coordinates. */
const DEEPEST = 6;
/** Values at most, all in all: more than any drawing has. */
const MOST = 4_000_000;
export const SEEDS = 2 ** 32;

/**
 * @param {string} member
 * @param {string} why
 * @returns {UnrollError}
 */
function badRequest(member, why) {
  return new UnrollError({ code: 'bad-request', message: `${member}: ${why}`, detail: { member } });
}

/**
 * A value that a name cannot have.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {string} expected
 * @param {Record<string, string>} [bounds]  the same by name, as the core gives it
 * @returns {UnrollError}
 */
export function badValue(name, value, expected, bounds) {
  const said = typeof value === 'string' ? `"${value.slice(0, 40)}"` : inWords(value);
  return new UnrollError({
    code: 'option-value',
    message: `${name} cannot be ${said}: it must be ${expected}.`,
    detail: { name, value: said, expected, ...bounds },
  });
}

/** @param {unknown} value */
function inWords(value) {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'an object';
  return typeof value === 'function' || typeof value === 'symbol'
    ? `a ${typeof value}`
    : String(value);
}

/**
 * @template {object} T
 * @param {string} member
 * @param {T} value
 * @returns {T}
 */
export function objectOf(member, value) {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  throw badRequest(member, `it takes an object, not ${inWords(value)}.`);
}

/**
 * @template T
 * @param {string} member
 * @param {T[]} value
 * @returns {T[]}
 */
export function listOf(member, value) {
  if (Array.isArray(value)) return value;
  throw badRequest(member, `it takes a list, not ${inWords(value)}.`);
}

/**
 * A drawing: lists of points.
 *
 * @param {unknown} value
 * @returns {Strokes}
 */
export function strokesOf(value) {
  const isPoint = (/** @type {unknown} */ point) =>
    Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  const isStroke = (/** @type {unknown} */ stroke) =>
    Array.isArray(stroke) && stroke.length > 0 && stroke.every(isPoint);
  const strokes = plain('draw', () => value);
  if (Array.isArray(strokes) && strokes.every(isStroke)) return strokes;
  throw badRequest(
    'draw',
    'it takes a list of strokes, each a list of [x, y], all finite numbers.',
  );
}

/**
 * A digit of the data, or nothing.
 *
 * @param {any} value
 * @returns {Digit | null}
 */
export function digitOf(value) {
  if (value === null) return null;
  if (value?.pixels instanceof Uint8Array && value.pixels.length === 784) return value;
  throw badRequest('place', 'it takes what digit() gives, or null.');
}

/**
 * The bytes of a file.
 *
 * @param {string} member
 * @param {string} name
 * @param {unknown} value
 * @returns {Uint8Array}
 */
export function bytesOf(member, name, value) {
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object Uint8Array]') return /** @type {Uint8Array} */ (value);
  if (tag === '[object ArrayBuffer]') return viewOf(member, /** @type {ArrayBuffer} */ (value));
  throw badRequest(member, `${name} must be the bytes of a file, in a Uint8Array.`);
}

/**
 * @param {unknown} value
 * @returns {number}
 */
export function seedOf(value) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < SEEDS)
    return value;
  const most = String(SEEDS - 1);
  throw badValue('seed', value, `a whole number from 0 to ${most}`, { least: '0', most });
}

/** A seed as it stands in an attribute. @param {string} value */
export function writtenSeed(value) {
  return seedOf(/^\s*\d+\s*$/.test(value) ? Number(value) : value);
}

/**
 * Refuses what a member does not know how to take.
 *
 * @param {string} member
 * @param {object} what
 * @param {...string} known
 */
export function refuseOthers(member, what, ...known) {
  const other = Object.keys(what).find((key) => !known.includes(key));
  if (other === undefined) return;
  throw badRequest(member, `it knows no "${other.slice(0, 40)}", only ${known.join(', ')}.`);
}

/**
 * @template {string} T
 * @param {string} name
 * @param {unknown} value
 * @param {readonly T[]} choices
 * @returns {T}
 */
export function choiceOf(name, value, choices) {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const all = choices.join(', ');
  throw badValue(name, value, `one of ${all}`, { choices: all });
}

/**
 * Options: names with numbers, words, true, false or null.
 *
 * @param {string} member
 * @param {Record<string, unknown>} options
 */
export function optionsOf(member, options) {
  for (const [name, value] of Object.entries(objectOf(member, options))) {
    if (value !== null && !['number', 'string', 'boolean', 'undefined'].includes(typeof value))
      throw badValue(name, value, 'a number, a word, true, false or null');
  }
  return options;
}

/**
 * A copy as plain data, which can be sent to a worker whatever it was made of.
 *
 * @template T
 * @param {string} member
 * @param {() => T} read  may throw anything: what it reads has getters, or is a proxy
 * @returns {T} @throws {UnrollError} `bad-request`
 */
export function plain(member, read) {
  let values = 0;

  /**
   * @param {unknown} one
   * @param {number} depth
   * @returns {unknown}
   */
  function copy(one, depth) {
    values += 1;
    // A list can say that it has four billion values.
    if (values + (Array.isArray(one) ? one.length : 0) > MOST)
      throw badRequest(member, 'what it was given is too large.');
    switch (typeof one) {
      case 'function':
      case 'symbol':
      case 'bigint':
        throw badRequest(member, `it cannot take a ${typeof one}.`);
      case 'object':
        if (one === null) return one;
        break;
      default:
        return one;
    }
    if (ArrayBuffer.isView(one)) return notDetached(member, one);
    if (depth === DEEPEST)
      throw badRequest(member, 'what it was given is nested too deeply, or contains itself.');
    if (Array.isArray(one)) return Array.from(one, (inner) => copy(inner, depth + 1));
    const tag = Object.prototype.toString.call(one);
    if (tag !== '[object Object]') throw badRequest(member, `it cannot take ${tag.slice(8, -1)}.`);
    const entries = Object.entries(one).map(([key, inner]) => [key, copy(inner, depth + 1)]);
    return Object.fromEntries(entries);
  }

  try {
    return /** @type {T} */ (copy(read(), 0));
  } catch (error) {
    if (error instanceof UnrollError) throw error;
    throw badRequest(member, 'what it was given cannot be read.');
  }
}

/** @param {string} member @param {ArrayBufferView} view */
function notDetached(member, view) {
  viewOf(member, view.buffer);
  return view;
}

/** @param {string} member @param {ArrayBufferLike} buffer */
function viewOf(member, buffer) {
  try {
    return new Uint8Array(buffer);
  } catch {
    throw badRequest(member, 'the array that it was given is detached: it was sent elsewhere.');
  }
}
