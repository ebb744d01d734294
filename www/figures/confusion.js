/**
 * The confusion matrix as a table: a row for each true digit, a column for each predicted one.
 *
 * @module
 */

import { DIGITS } from '../canvas/beliefs.js';
import { make, write } from '../lesson/dom.js';
import { roving } from '../lesson/roving.js';

/** @import {Texts} from '../texts/index.js' */

/** A true digit, and what it was taken for. @typedef {{label: number, prediction: number}} Pair */

/** @param {Pair | null} a @param {Pair | null} b */
export function samePair(a, b) {
  return a?.label === b?.label && a?.prediction === b?.prediction;
}

/**
 * @param {Texts} text
 * @param {AbortSignal} signal
 * @param {(pair: Pair) => void} pick  a cell was pressed
 */
export function confusionTable(text, signal, pick) {
  const digits = Array.from({ length: DIGITS }, (_, k) => k);
  const rows = digits.map((label) =>
    digits.map((prediction) => {
      const pair = { label, prediction };
      const button = make('button', { type: 'button', class: 'cell', onclick: () => pick(pair) });
      return { pair, button, cell: make('td', {}, button) };
    }),
  );
  const cells = rows.flat();
  const element = make(
    'table',
    { part: 'confusion', class: 'confusion', role: 'grid' },
    make('caption', {}, text('confusion')),
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        make('td', { class: 'origin' }, text('confusion-corner')),
        ...digits.map((k) => make('th', { scope: 'col' }, String(k))),
      ),
    ),
    make(
      'tbody',
      {},
      ...rows.map((row, label) =>
        make('tr', {}, make('th', { scope: 'row' }, String(label)), ...row.map(({ cell }) => cell)),
      ),
    ),
  );
  const otherCells = roving(element, signal);
  return {
    element,
    /** @param {Uint32Array | null} confusion 100 counts @param {Pair | null} picked */
    show(confusion, picked) {
      const counts = cells.map((_, k) => confusion?.[k] ?? 0);
      const wrong = counts.filter((_, k) => k % (DIGITS + 1) !== 0);
      const most = Math.max(1, ...wrong);
      cells.forEach(({ pair, button, cell }, k) => {
        const count = counts[k] ?? 0;
        const right = pair.label === pair.prediction;
        write(button, count > 0 ? String(count) : '');
        button.disabled = count === 0 || right;
        button.setAttribute('aria-label', text('confusion-cell', { ...pair, count }));
        button.setAttribute('aria-pressed', String(samePair(pair, picked)));
        cell.className = right ? 'right' : '';
        cell.style.setProperty('--share', right ? '0' : String(count / most));
      });
      otherCells();
    },
  };
}
