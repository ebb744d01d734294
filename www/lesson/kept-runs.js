/**
 * Runs that somebody kept, to be held against the run at hand: their losses, and names that say what differs.
 *
 * They are kept as long as the page is; nothing of them is asked of the worker.
 *
 * @module
 */

import { SETTINGS } from './options.js';

/** @import {Texts, TextKey} from '../texts/index.js' */
/** @import {Options, State} from '../worker/protocol.js' */

/** The most runs that are kept. */
export const MOST = 5;

/** How runs look: a colour (a custom property without `--unroll-`) and a dash of its own. */
export const LOOKS = [
  { colour: 'run-1', dash: [8, 4] },
  { colour: 'run-2', dash: [2, 3] },
  { colour: 'run-3', dash: [12, 3, 2, 3] },
  { colour: 'run-4', dash: [5, 5] },
  { colour: 'run-5', dash: [14, 4] },
];

/** What a run is like. @typedef {{options: Options, seed: number, backend: string, changed: boolean}} Kind */

/** `look` is one of `LOOKS`, `smooth` the smoothed loss of every step. @typedef {Kind & {look: number, losses: Float32Array, smooth: Float32Array}} Kept */

/** @param {State} state @param {boolean} changed  whether options changed on the way @returns {Kind} */
export function kind({ options, seed, backend }, changed) {
  return { options: { ...options }, seed, backend, changed };
}

/** Whether two runs train alike. @param {Kind} a @param {Kind} b */
export function alike(a, b) {
  return a.seed === b.seed && SETTINGS.every(({ name }) => a.options[name] === b.options[name]);
}

/**
 * Names that say in what each run differs from the others; those that differ in nothing are numbered.
 *
 * @param {Kind[]} runs
 * @param {Texts} text
 * @param {string} language
 */
export function names(runs, text, language) {
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 });
  const differing = SETTINGS.filter(
    ({ name }) => new Set(runs.map(({ options }) => options[name])).size > 1,
  );
  const seeds = new Set(runs.map(({ seed }) => seed)).size > 1;
  const backends = new Set(runs.map(({ backend }) => backend)).size > 1;
  const said = runs.map(({ options, seed, backend, changed }) => {
    const parts = differing
      .filter(({ name }) => options[name] !== undefined)
      .map(({ name, kind }) => {
        const value = options[name];
        const words =
          kind === 'choice'
            ? text(/** @type {TextKey} */ (`${name}-${value}`))
            : kind === 'flag'
              ? text(value ? 'yes' : 'no')
              : number.format(Number(value));
        return text('run-part', { name: text(name), value: words });
      });
    if (seeds) parts.push(text('run-part', { name: text('seed'), value: seed }));
    if (backends) parts.push(text(/** @type {TextKey} */ (`backend-${backend}`)));
    if (changed) parts.push(text('run-changed'));
    return parts.join(text('tape-comma'));
  });
  return said.map((name, k) => {
    const same = said.filter((other) => other === name).length > 1;
    const nth = said.slice(0, k + 1).filter((other) => other === name).length;
    if (!name) return text('run-number', { number: nth });
    return same ? `${name} (${nth})` : name;
  });
}

/** A running mean that forgets. */
const SHARE = 0.95;

/** @param {Float32Array} losses */
export function smoothed(losses) {
  let [mean, weight] = [0, 0];
  return losses.map((loss) => {
    if (Number.isFinite(loss))
      [mean, weight] = [SHARE * mean + (1 - SHARE) * loss, SHARE * weight + (1 - SHARE)];
    return mean / weight;
  });
}
