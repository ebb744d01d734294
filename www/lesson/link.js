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
import { SEEDS } from './arguments.js';
import { readDrawing, writeDrawing } from './drawing-words.js';

/** @import {Option} from '../lessons/options.js' */
/** @import {Lesson, Options, Strokes} from '../worker/protocol.js' */

/** Longer words are no link of ours. */
const LONGEST = 8000;
/** @type {Option} */
const SEED = {
  kind: 'integer',
  least: 0,
  most: SEEDS - 1,
  expected: `a whole number from 0 to ${SEEDS - 1}`,
  value: 1,
};
/** Of a test image. @type {Option} */
const DIGIT = {
  kind: 'integer',
  least: 0,
  most: 1e6 - 1,
  expected: 'the number of a test image',
  value: null,
};
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
 * @returns {string | null} what was expected, where it does not fit
 */
function take(said, name, value) {
  switch (name) {
    case 'lesson':
      return value === said.lesson ? null : `the lesson here is ${said.lesson}`;
    case 'seed': {
      const seed = /** @type {number | undefined} */ (read(SEED, value));
      if (seed === undefined) return SEED.expected;
      if (said.seed !== null && said.seed !== seed) return `the seed here is ${said.seed}`;
      said.seed = seed;
      return null;
    }
    case 'figure':
      said.figure = figureName(value);
      return null;
    case 'digit':
      said.digit = /** @type {number | undefined} */ (read(DIGIT, value)) ?? null;
      return said.digit === null ? DIGIT.expected : null;
    case 'drawing': {
      const drawing = readDrawing(value);
      said.drawing = drawing ?? [];
      return drawing === null ? 'no drawing' : null;
    }
  }
  const options = OPTIONS[said.lesson] ?? {};
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (!option) return 'unknown';
  const found = read(option, value);
  if (found === undefined) return option.expected;
  Object.assign(said.options, { [name]: found });
  return null;
}

/**
 * @param {Option} option
 * @param {string} text
 * @returns {number | boolean | string | null | undefined} undefined if it does not fit
 */
function read(
  { kind, above = -Infinity, least = -Infinity, most = Infinity, orNull, orAuto, choices = [] },
  text,
) {
  switch (kind) {
    case 'flag':
      return { true: true, false: false }[text];
    case 'choice':
      return choices.includes(text) ? text : undefined;
  }
  if (orNull && text === 'null') return null;
  if (orAuto && text === 'auto') return text;
  if (!/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text)) return undefined;
  // Not -0.
  const number = Number(text) + 0;
  const whole = kind === 'number' || Number.isInteger(number);
  return whole && number > above && number >= least && number <= most ? number : undefined;
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
  if (seed !== SEED.value) words.set('seed', String(seed));
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
