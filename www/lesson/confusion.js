/**
 * Which digit was taken for which, as a table: a row for each true digit, a column for each reading.
 *
 * @module
 */

import { make } from './dom.js';

/** @import {Texts} from '../texts/index.js' */

const DIGITS = 10;

/** @typedef {{label: number, reading: number}} Pair */

/**
 * @param {Texts} text
 * @param {(pair: Pair) => void} pick  a cell was pressed
 */
export function confusionTable(text, pick) {
  const cells = Array.from({ length: DIGITS * DIGITS }, (_, k) => {
    const pair = { label: Math.floor(k / DIGITS), reading: k % DIGITS };
    const button = make('button', { type: 'button', class: 'cell', onclick: () => pick(pair) });
    return { pair, button, cell: make('td', {}, button) };
  });
  const digits = Array.from({ length: DIGITS }, (_, k) => k);
  const element = make(
    'table',
    { part: 'confusion', class: 'confusion' },
    make('caption', {}, text('confusion')),
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        make('td', { class: 'corner' }, text('confusion-corner')),
        ...digits.map((k) => make('th', { scope: 'col' }, String(k))),
      ),
    ),
    make(
      'tbody',
      {},
      ...digits.map((label) =>
        make(
          'tr',
          {},
          make('th', { scope: 'row' }, String(label)),
          ...cells.slice(DIGITS * label, DIGITS * (label + 1)).map(({ cell }) => cell),
        ),
      ),
    ),
  );
  return {
    element,
    /** @param {Uint32Array | null} confusion 100 counts @param {Pair | null} picked */
    show(confusion, picked) {
      const mistakes = cells.map(({ pair }, k) =>
        pair.label === pair.reading ? 0 : (confusion?.[k] ?? 0),
      );
      const most = Math.max(1, ...mistakes);
      cells.forEach(({ pair: { label, reading }, button, cell }, k) => {
        const count = confusion?.[k] ?? 0;
        const right = label === reading;
        button.textContent = count > 0 ? String(count) : '';
        button.disabled = count === 0 || right;
        button.setAttribute('aria-label', text('confusion-cell', { label, reading, count }));
        button.setAttribute(
          'aria-pressed',
          String(picked?.label === label && picked.reading === reading),
        );
        cell.className = right ? 'right' : '';
        cell.style.setProperty('--share', right ? '0' : String(count / most));
      });
    },
  };
}
