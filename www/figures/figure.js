/**
 * What a figure is given, and what it gives back.
 *
 * A figure is built from the Run and can be thrown away and built again at any moment: it shows the right
 * thing at its first `draw`, and keeps what a person chose in `run.view(...)`.
 *
 * @module
 */

import { UnrollError, wasEnded } from '../worker/fault.js';

/** @import {Theme} from '../canvas/theme.js' */
/** @import {Run} from '../lesson/run.js' */
/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Manifest} from '../lessons/manifest.js' */
/** @import {Language, Texts} from '../texts/index.js' */
/** @import {Digit, Lesson} from '../worker/protocol.js' */

/**
 * @typedef {object} Context
 * @property {UnrollLesson} host    the element: what a figure asks of the network goes through its members
 * @property {Run} run
 * @property {Lesson} lesson        its name
 * @property {Manifest} manifest    what the lesson is on the page
 * @property {Language} language
 * @property {Texts} text
 * @property {Theme} theme          what canvases draw with
 * @property {(work: Promise<unknown>, cause?: 'backend' | 'request') => void} attempt  shows the fault of what was asked for, if any
 * @property {AbortSignal} signal   aborted when the figure ends: for listeners, observers, timers
 */

/**
 * @typedef {object} Figure
 * @property {HTMLElement} element  a section
 * @property {() => void} [draw]    called at most once a frame, only while in or near the view, after something changed
 * @property {boolean} [quiet]      it asks the network nothing: drawn out of view as well while nothing trains
 * @property {boolean} [still]      it shows nothing of the run's training: alone it is there without Play
 * @property {string} [needs]       a figure that it shows something on: where `show` names it, that one is there as well
 * @property {() => void} [unfold]  somebody chose it: it is open, unless a person has folded it
 * @property {(what: Record<string, unknown>) => void | Promise<void>} [show]  what a text beside it is about
 * @property {() => void} [dispose]  beyond what `signal` ends
 */

/** @typedef {(context: Context) => Figure} MakeFigure */

/**
 * Refuses what a figure does not know how to show.
 *
 * @param {string} figure
 * @param {Record<string, unknown>} what
 * @param {...string} known
 */
export function refuseUnknown(figure, what, ...known) {
  const name = Object.keys(what).find((key) => !known.includes(key));
  if (name === undefined) return;
  const list = known.join(', ') || 'nothing';
  throw new UnrollError({
    code: 'option-unknown',
    message: `The figure ${figure} cannot show "${name}". It knows: ${list}.`,
    detail: { name, known: list, figure },
  });
}

/**
 * Refuses a value that a figure cannot show.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {boolean} fits
 * @param {string} expected
 */
export function refuseValue(name, value, fits, expected) {
  if (fits) return;
  throw new UnrollError({
    code: 'option-value',
    message: `${name} cannot be ${String(value)}: it must be ${expected}.`,
    detail: { name, value: String(value), expected },
  });
}

/**
 * One of a few choices.
 *
 * @template {string} T
 * @param {string} name
 * @param {unknown} value
 * @param {readonly T[]} choices
 * @returns {T}
 */
export function choiceOf(name, value, choices) {
  const found = choices.find((choice) => choice === value);
  refuseValue(name, value, found !== undefined, `one of ${choices.join(', ')}`);
  return /** @type {T} */ (found);
}

/**
 * A whole number within a range.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {number} least
 * @param {number} most
 */
export function wholeOf(name, value, least, most) {
  const number = Number(value);
  const fits = typeof value === 'number' && Number.isInteger(value);
  const within = fits && number >= least && number <= most;
  refuseValue(name, value, within, `a whole number from ${least} to ${most}`);
  return number;
}

/** Work that may be ended on the way. @param {Promise<unknown>} work */
export async function unlessEnded(work) {
  try {
    await work;
  } catch (error) {
    if (!wasEnded(error)) throw error;
  }
}

/**
 * What an image of the test set is called.
 *
 * @param {Texts} text
 * @param {Run} run
 * @param {Pick<Digit, 'index' | 'label'>} image
 */
export function testImageName(text, run, { index, label }) {
  const synthetic = run.state?.data?.synthetic ?? false;
  return text(synthetic ? 'test-image-synthetic' : 'test-image', { index, label });
}

/** How many test images there are. @param {Run} run */
export function testCount(run) {
  return Math.max(1, run.state?.data?.test ?? 1);
}

/**
 * The first test image of a digit, within the first hundred or so.
 *
 * @param {Context} context
 * @param {unknown} digit
 * @returns {Promise<number>} its index
 */
export async function firstOf({ host, run }, digit) {
  const wanted = wholeOf('digit', digit, 0, 9);
  const count = testCount(run);
  for (let index = 0; index < count; index += 1)
    if ((await host.digit('test', index)).label === wanted) return index;
  return 0;
}
