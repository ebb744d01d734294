/**
 * A bar for each of the ten digits, with its share in words.
 *
 * @module
 */

import { DIGITS } from '../canvas/beliefs.js';
import { make, write } from '../lesson/dom.js';

/**
 * What a bar shows; `was` is another share, as an outline.
 * @typedef {{share: number, words: string, was?: number | null, top?: boolean, hint?: string}} Bar
 */

/** @param {Record<string, any>} attributes of the list */
export function digitBars(attributes) {
  const bars = Array.from({ length: DIGITS }, (_, k) => {
    const fill = make('span', { class: 'fill' });
    const was = make('span', { class: 'was', hidden: true });
    const share = make('span', { class: 'share' });
    const track = make('span', { class: 'track' }, fill, was);
    const item = make('li', {}, make('span', { class: 'name' }, String(k)), track, share);
    return { fill, was, share, item };
  });
  return {
    element: make('ul', { class: 'bars', ...attributes }, ...bars.map(({ item }) => item)),
    /** @param {(digit: number) => Bar | null} read null: nothing to show */
    show(read) {
      bars.forEach(({ fill, was, share, item }, k) => {
        const bar = read(k);
        const before = bar?.was ?? null;
        fill.style.inlineSize = `${100 * (bar?.share ?? 0)}%`;
        write(share, bar?.words ?? '');
        // Styles are worked out anew for an attribute that is set to what it was.
        const [name, hint] = [bar?.top ? 'top' : '', bar?.hint ?? ''];
        if (item.className !== name) item.className = name;
        if (item.title !== hint) item.title = hint;
        if (was.hidden !== (before === null)) was.hidden = before === null;
        if (before !== null) was.style.inlineSize = `${100 * before}%`;
      });
    },
  };
}
