/**
 * One hidden state as a strip: a square per unit, blue above zero and red below.
 *
 * @module
 */

import { make } from '../lesson/dom.js';
import { heatmap } from './heatmap.js';

/** @import {Surroundings} from './canvas.js' */
/** @import {Texts} from '../texts/index.js' */

/** @param {Surroundings} around @param {Texts} text */
export function stateStrip(around, text) {
  const map = heatmap(around, { part: 'state-strip' });
  map.element.setAttribute('aria-label', text('state-strip'));
  return {
    element: make(
      'div',
      { class: 'state-strip' },
      make('span', { class: 'note' }, text('state-strip')),
      map.element,
    ),
    /** @param {Float32Array | null} state of -1 to 1 */
    show(state) {
      map.show(state && { values: state, rows: 1, columns: state.length, most: 1, signed: true });
    },
    draw: map.draw,
  };
}
