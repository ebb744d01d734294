/**
 * What a lesson is like, in words: a link, the page's hash, the embed's query and the attribute `options` say
 * it alike, and say only what differs from the lesson's beginning.
 *
 *     lesson=mnist&seed=3&cell=rnn&hiddenSize=32&figure=gates&digit=12
 *
 * `figure` is what stands in view, `digit` a test image on the pad, `drawing` strokes. Words come from anybody:
 * what is unknown, contradictory or out of range is named and left out, and nothing of it is run or loaded.
 *
 * @module
 */

import { figureName } from '../figures/names.js';
import { LESSONS } from '../lessons/index.js';
import { OPTIONS } from '../lessons/options.js';
import { readDrawing, writeDrawing } from './drawing-words.js';

/** @import {Option} from '../lessons/options.js' */
/** @import {Lesson, Options, Strokes} from '../worker/protocol.js' */

/** Longer words are no link of ours. */
const LONGEST = 8000;
/** The largest seed, and the largest index of a test image that a link may name. */
const SEEDS = 2 ** 32;
const DIGITS = 1e6;
/** So many ignored words are named. */
const NAMED = 5;

/**
 * @typedef {object} Said
 * @property {Lesson} lesson
 * @property {number | null} seed
 * @property {Partial<Options>} options  what differs from the lesson's beginning
 * @property {string | null} figure
 * @property {number | null} digit
 * @property {Strokes} drawing
 * @property {string[]} ignored  `name=value`, and what it should have been
 */

/**
 * @param {string} words
 * @param {{lesson: Lesson, seed?: number | null}} here  what holds already: words that say otherwise are ignored
 * @returns {Said}
 */
export function readWords(words, here) {
  /** @type {Said} */
  const said = {
    lesson: here.lesson,
    seed: here.seed ?? null,
    options: {},
    figure: null,
    digit: null,
    drawing: [],
    ignored: [],
  };
  if (words.length > LONGEST) {
    said.ignored.push(`${words.slice(0, 20)}… (longer than ${LONGEST} characters)`);
    return said;
  }
  /** @type {Map<string, string>} */
  const seen = new Map();
  /** @type {string[]} */
  const ignored = [];
  for (const [name, value] of new URLSearchParams(words)) {
    const before = seen.get(name);
    if (before === value) continue;
    const expected = before === undefined ? take(said, name, value) : `said twice`;
    seen.set(name, before ?? value);
    if (expected) ignored.push(`${short(name)}=${short(value)} (${expected})`);
  }
  if (said.digit !== null && said.drawing.length > 0) {
    said.digit = null;
    ignored.push(`digit=${seen.get('digit')} (there is a drawing too)`);
  }
  said.ignored = ignored.slice(0, NAMED);
  if (ignored.length > NAMED) said.ignored.push('…');
  return said;
}

/** @param {string} text */
function short(text) {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/**
 * @param {Said} said
 * @param {string} name
 * @param {string} value
 * @returns {string | undefined | null} what was expected, where it does not fit
 */
function take(said, name, value) {
  if (name === 'lesson') return value === said.lesson ? null : `the lesson here is ${said.lesson}`;
  if (name === 'seed') {
    const seed = numberOf(value);
    if (seed === null || !Number.isInteger(seed) || seed < 0 || seed >= SEEDS)
      return `a whole number from 0 to ${SEEDS - 1}`;
    if (said.seed !== null && said.seed !== seed) return `the seed here is ${said.seed}`;
    said.seed = seed;
    return null;
  }
  if (name === 'figure') {
    said.figure = figureName(value);
    return null;
  }
  if (name === 'digit') {
    const digit = numberOf(value);
    if (digit === null || !Number.isInteger(digit) || digit < 0 || digit >= DIGITS)
      return 'the number of a test image';
    said.digit = digit;
    return null;
  }
  if (name === 'drawing') {
    const drawing = readDrawing(value);
    if (drawing === null) return 'no drawing';
    said.drawing = drawing;
    return null;
  }
  const options = OPTIONS[said.lesson] ?? {};
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (!option) return 'unknown';
  const read = optionOf(option, value);
  if (read === undefined) return expectedOf(option);
  Object.assign(said.options, { [name]: read });
  return null;
}

/** @param {string} text @returns {number | null} */
function numberOf(text) {
  return /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? Number(text) : null;
}

/**
 * @param {Option} option
 * @param {string} text
 * @returns {number | boolean | string | null | undefined} undefined if it does not fit
 */
function optionOf({ kind, above = 0, least = 0, most = 0, orNull, choices = [] }, text) {
  const number = numberOf(text);
  switch (kind) {
    case 'number':
      if (orNull && text === 'null') return null;
      return number !== null && number > above && number <= most ? number : undefined;
    case 'integer': {
      const fits = number !== null && Number.isInteger(number) && number >= least && number <= most;
      return fits ? number : undefined;
    }
    case 'flag':
      return { true: true, false: false }[text];
    case 'choice':
      return choices.includes(text) ? text : undefined;
  }
}

/** @param {Option} option */
function expectedOf({ kind, above, least, most, orNull, choices = [] }) {
  switch (kind) {
    case 'number':
      return `a number above ${above} and at most ${most}${orNull ? ', or null' : ''}`;
    case 'integer':
      return `a whole number from ${least} to ${most}`;
    case 'flag':
      return 'true or false';
    case 'choice':
      return `one of ${choices.join(', ')}`;
  }
}

/**
 * @param {object} what
 * @param {Lesson} what.lesson
 * @param {number} what.seed
 * @param {Partial<Options>} what.options
 * @param {string | null} what.figure
 * @param {number | null} what.digit  the test image on the pad
 * @param {Strokes} what.drawing
 * @returns {string} to stand behind a `#` or a `?`
 */
export function writeWords({ lesson, seed, options, figure, digit, drawing }) {
  const words = new URLSearchParams({ lesson });
  if (seed !== 1) words.set('seed', String(seed));
  for (const [name, { value }] of Object.entries(OPTIONS[lesson])) {
    const own = options[/** @type {keyof Options} */ (name)];
    if (own !== undefined && own !== value) words.set(name, String(own));
  }
  if (figure) words.set('figure', figure);
  if (digit !== null) words.set('digit', String(digit));
  else if (drawing.length > 0) words.set('drawing', writeDrawing(drawing));
  return words.toString();
}

/** The lesson that words name, the first one unless they do. @param {string} words @returns {Lesson} */
export function lessonOf(words) {
  const named = new URLSearchParams(words).get('lesson');
  return LESSONS.find((lesson) => lesson === named) ?? /** @type {Lesson} */ (LESSONS[0]);
}
