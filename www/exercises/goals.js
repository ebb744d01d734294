/**
 * Goals: pure functions of what was seen of a run. Each says whether the goal is met, how far the run is, and why
 * a run does not count.
 *
 * @module
 */

import { DIGITS, firstTwo } from '../canvas/beliefs.js';
import { mean } from '../canvas/series.js';
import { isLoaded } from '../lesson/loaded.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Goal, Values, Verdict} from './types.js' */
/** @import {Watched} from './watched.js' */

/** Losses that a mean is of. */
const LAST = 20;

/** @typedef {{name: string, is?: number | string | null, not?: number | string, most?: number, above?: number}} Kept  an option that has to be so; `seed` too */

/** @param {number} value */
const loss = (value) => (value < 0.0995 ? value.toFixed(4) : value.toFixed(2));

/** @param {string} key @param {Values} [values] */
const said = (key, values = {}) => ({ key, values });

/** @param {ReturnType<typeof said> | null} says @param {boolean} [solved] @returns {Verdict} */
const going = (says, solved = false) => ({ solved, says, because: null });

/** @param {string} key @param {Values} [values] @returns {Verdict} */
const barred = (key, values) => ({ solved: false, says: null, because: said(key, values) });

/**
 * Why a run does not count, if it does not.
 *
 * @param {Watched} watched
 * @param {Kept[]} kept
 * @returns {Verdict | null}
 */
function barrier(watched, kept) {
  const { state, began } = watched;
  if (!state || state.step === 0) return going(null);
  if (state.data?.synthetic) return barred('synthetic');
  if (!began) return barred('unseen');
  for (const { name, is, not, most, above } of kept) {
    const value = name === 'seed' ? state.seed : began[/** @type {keyof typeof began} */ (name)];
    const other = is !== undefined && value !== is;
    if (other) return barred('kept', { name, is: String(is), value: String(value) });
    if (not !== undefined && value === not) return barred('not', { name, value: String(value) });
    if (most !== undefined && Number(value) > most)
      return barred('most', { name, most, value: String(value) });
    if (above !== undefined && Number(value) <= above)
      return barred('above', { name, above, value: String(value) });
  }
  const [mixed] = watched.changed;
  return mixed === undefined ? null : barred('mixed', { name: mixed });
}

/** @param {number[]} losses @param {number} until */
const meanOf = (losses, until) => mean(losses.slice(Math.max(0, until - LAST), until));

/**
 * The mean loss of the last 20 segments, at segment `at`.
 *
 * @param {{at: number, below?: number, over?: number, kept: Kept[]}} how
 * @returns {Goal}
 */
export function meanAt({ at, below, over, kept }) {
  return {
    judge(watched) {
      const { losses } = watched;
      const until = Math.min(at, losses.length);
      const out = barrier(watched, kept);
      if (out) return out;
      const mean = meanOf(losses, until);
      const met = over === undefined ? mean < (below ?? 0) : mean > over;
      const values = { loss: loss(mean), goal: over ?? below ?? 0, step: until, most: at };
      if (until < at) return going(said(over === undefined ? 'mean' : 'mean-over', values));
      return met ? going(said('reached', values), true) : barred('missed', values);
    },
  };
}

/**
 * The mean loss of the last 20 segments, at any segment up to `within`.
 *
 * @param {{within: number, below: number, kept: Kept[]}} how
 * @returns {Goal}
 */
export function meanWithin({ within, below, kept }) {
  return {
    judge(watched) {
      const out = barrier(watched, kept);
      if (out) return out;
      const { losses } = watched;
      const until = Math.min(within, losses.length);
      let least = Number.POSITIVE_INFINITY;
      for (let k = LAST; k <= until; k += 1) least = Math.min(least, meanOf(losses, k));
      const values = { loss: loss(meanOf(losses, until)), goal: below, step: until, most: within };
      if (least < below) return going(said('reached', { ...values, loss: loss(least) }), true);
      if (losses.length >= within) return barred('missed', values);
      return going(said('mean', values));
    },
  };
}

/**
 * An accuracy, measured by the run itself, while so many images at most have been read.
 *
 * @param {{least: number, images?: number, steps?: number, kept: Kept[]}} how
 * @returns {Goal}
 */
export function accuracyWithin({ least, images, steps, kept }) {
  return {
    judge(watched) {
      const out = barrier(watched, kept);
      if (out) return out;
      const batch = watched.began?.batchSize ?? 1;
      const most = steps ?? Math.floor((images ?? 0) / batch);
      const { step = 0 } = watched.state ?? {};
      const counted = watched.evaluations.filter((one) => one.step <= most);
      const best = Math.max(0, ...counted.map(({ accuracy }) => accuracy));
      const values = {
        share: percent(best),
        goal: percent(least),
        step: Math.min(step, most),
        most,
      };
      if (best >= least) return going(said('accuracy-reached', values), true);
      // The evaluation of the last step may not have come.
      if (step > most) return barred('accuracy-missed', values);
      return going(said('accuracy', values));
    },
  };
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

/** So many trainable parameters, give or take a share. @param {{cell: string, parameters: number, share: number}} how @returns {Goal} */
export function parametersOf({ cell, parameters, share }) {
  return {
    judge({ state }) {
      if (!state) return going(null);
      const off = Math.abs(state.parameters / parameters - 1);
      const values = { count: state.parameters, goal: parameters };
      if (state.options.cell !== cell)
        return barred('kept', { name: 'cell', is: cell, value: state.options.cell });
      return going(said('parameters', values), off <= share);
    },
  };
}

/**
 * What a look into the network found.
 *
 * @param {object} how
 * @param {string} how.id  the exercise's
 * @param {number} how.least
 * @param {number} [how.from]    steps before which nothing is looked for
 * @param {number} how.within    steps
 * @param {(value: number) => string} how.written
 * @param {Kept[]} how.kept
 * @param {(lesson: UnrollLesson) => Promise<number>} how.look
 * @returns {Goal}
 */
export function looking({ id, least, from = 1, within, written, kept, look }) {
  return {
    look,
    judge(watched) {
      const out = barrier(watched, kept);
      if (out) return out;
      const { step = 0 } = watched.state ?? {};
      const seen = watched.looked.get(id);
      const values = {
        found: seen ? written(seen.value) : '\u2013',
        goal: written(least),
        step: Math.min(step, within),
        most: within,
        from,
      };
      const counts = seen && seen.step >= from && seen.step <= within;
      if (counts && seen.value >= least) return going(said(`${id}-reached`, values), true);
      if (step > within) return barred('over', values);
      return going(said(id, values));
    },
  };
}

/** One blank row that turns one digit into another. @param {number} before @param {number} after @returns {Goal} */
export function oneBlankRow(before, after) {
  return {
    judge({ tape, state }) {
      if (!tape) return going(null);
      if (state?.data?.synthetic) return barred('synthetic');
      if (state && !isLoaded(state)) return barred('weights');
      const { blank, whole, reading } = tape;
      const values = { digit: reading.digit, row: blank[0] ?? 0, count: blank.length };
      if (whole.digit !== before) return barred('tape-other', { digit: whole.digit, before });
      if (blank.length === 0) return going(said('tape-none', values));
      if (blank.length > 1) return barred('tape-many', values);
      return going(said('tape-one', values), reading.digit === after);
    },
  };
}

/** How many of the first 100 test digits are read right after row 14. @param {UnrollLesson} lesson */
export async function halfRead(lesson) {
  let right = 0;
  for (let index = 0; index < 100; index += 1) {
    const { label, pixels } = await lesson.digit('test', index);
    const { beliefs } = await lesson.predict(pixels);
    if (beliefs.length >= 14 * DIGITS && firstTwo(beliefs, 13)[0] === label) right += 1;
  }
  return right;
}

/** The shortest of the 28 bars, as a share of the longest. @param {UnrollLesson} lesson */
export async function levelOf(lesson) {
  const { norms } = await lesson.rowGradients();
  const most = Math.max(...norms);
  return most > 0 ? Math.min(...norms) / most : 0;
}

/** Half of the height through which the answer still swings, eight periods after the input has ended. @param {UnrollLesson} lesson */
export async function swingOf(lesson) {
  const inputs = Float32Array.from({ length: 240 }, (_, k) =>
    k < 40 ? Math.sin((k * Math.PI) / 10) : 0,
  );
  const { predictions } = await lesson.follow(inputs);
  const late = predictions.subarray(200);
  return (Math.max(...late) - Math.min(...late)) / 2;
}
