/**
 * What of a lesson is there: what the attributes `show` and `hide` say, read without a DOM.
 *
 * `show` names what is there; what a figure needs comes with it. Without the name of a figure in it, the whole lesson
 * is there. `hide` takes away, and has the last word.
 *
 * @module
 */

import { NAMES, figureName } from '../figures/names.js';

/** Words of `show` that are added to the figures, whichever these are. */
const ADDED = ['text', 'credit'];

/** What stands around the figures. */
export const AROUND = ['controls', 'backend', 'status', 'credit'];

/** What can be named in a lesson; `still` and `needs` as a figure says them. @typedef {{name: string, still?: boolean, needs?: string}} Named */

/**
 * @typedef {object} Shown
 * @property {Set<string>} names
 * @property {string[]} chosen  those that `show` names
 * @property {boolean} brief  the controls are there because a figure needs them: play, step and reset alone
 * @property {boolean} still  nothing here trains: where the run stands is of no interest
 * @property {boolean} text   the article's text stands below each figure
 * @property {string[]} unknown  names of nothing
 */

/**
 * @param {string | null} show  names separated by commas
 * @param {string | null} hide  likewise
 * @param {Named[]} all  what can be named in this lesson
 * @returns {Shown}
 */
export function readShown(show, hide, all) {
  const [said, hidden] = [namesIn(show), namesIn(hide)];
  const here = all.map(({ name }) => name);
  const chosen = here.filter((name) => said.includes(name) && !ADDED.includes(name));
  const some = chosen.length > 0;
  const brief = some && !chosen.includes('controls');
  const names = new Set(some ? chosen : here.filter((name) => !ADDED.includes(name)));
  const figures = all.filter(({ name }) => names.has(name) && !AROUND.includes(name));
  for (const { needs } of figures) if (some && needs) names.add(needs);
  const trains = figures.some(({ still }) => !still);
  if (trains || names.has('backend')) names.add('controls');
  if (names.has('controls') && !brief) names.add('backend');
  names.add('status');
  if (said.includes('credit')) names.add('credit');
  for (const name of hidden) names.delete(name);

  return {
    names,
    chosen,
    brief: brief && names.has('controls'),
    still: brief && !trains && !chosen.includes('status'),
    text: said.includes('text') && !hidden.includes('text'),
    unknown: [
      ...said.filter((name) => !here.includes(name) && !ADDED.includes(name)),
      // What only another lesson has is not here anyway.
      ...hidden.filter((name) => !NAMES.includes(name) && !ADDED.includes(name)),
    ],
  };
}

/** Names separated by commas. @param {string | null} list */
export function namesIn(list) {
  const names = (list ?? '').split(',').map((name) => figureName(name.trim()));
  return [...new Set(names.filter(Boolean))];
}
