/**
 * How runs that are held against each other are told apart: by name and by look.
 *
 * @module
 */

import { PACE } from '../lessons/manifest.js';

/** @import {Look} from '../canvas/curves.js' */
/** @import {Kind} from '../lesson/kept.js' */
/** @import {Setting} from '../lessons/manifest.js' */
/** @import {Texts, TextKey} from '../texts/index.js' */

/** How kept runs look, each with a colour and a dash of its own. @type {Look[]} */
const LOOKS = [
  { colour: 'run-1', dash: [8, 4] },
  { colour: 'run-2', dash: [2, 3] },
  { colour: 'run-3', dash: [12, 3, 2, 3] },
  { colour: 'run-4', dash: [5, 5] },
  { colour: 'run-5', dash: [14, 4] },
];

/** @param {number} look a kept run's @returns {Look} */
export function lookOf(look) {
  return LOOKS[look % LOOKS.length] ?? { colour: 'run-1' };
}

/**
 * Names that say in what each run differs from the others; kept ones that differ in nothing are numbered.
 *
 * @param {readonly Kind[]} runs  the run at hand, and then those kept
 * @param {readonly Setting[]} settings
 * @param {Texts} text
 * @param {string} language
 */
export function namesOf(runs, settings, text, language) {
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 });
  const differs = (/** @type {(run: Kind) => unknown} */ of) => new Set(runs.map(of)).size > 1;
  const differing = settings.filter(
    ({ name }) => !PACE.has(name) && differs(({ options }) => options[name] ?? null),
  );
  const seeds = differs(({ seed }) => seed);
  const backends = differs(({ backend }) => backend);
  const names = runs.map(({ options, seed, backend, changed }) => {
    const parts = differing
      .filter(({ name }) => options[name] !== undefined)
      .map(({ name }) => {
        const value = options[name];
        const words =
          typeof value === 'string'
            ? text(/** @type {TextKey} */ (`${name}-${value}`))
            : typeof value === 'boolean'
              ? text(value ? 'yes' : 'no')
              : value === null
                ? text('none')
                : number.format(Number(value));
        return text('run-part', { name: text(name), value: words });
      });
    if (seeds) parts.push(text('run-part', { name: text('seed'), value: seed }));
    if (backends) parts.push(text(/** @type {TextKey} */ (`backend-${backend}`)));
    if (changed) parts.push(text('run-changed'));
    return parts.join(text('comma'));
  });
  return names.map((name, k) => {
    if (k === 0) return name ? text('run-own', { name }) : text('run-this');
    const isSame = (/** @type {string} */ other) => other === name;
    const nth = names.slice(1, k + 1).filter(isSame).length;
    if (!name) return text('run-number', { number: nth });
    return names.slice(1).filter(isSame).length > 1 ? `${name} (${nth})` : name;
  });
}
