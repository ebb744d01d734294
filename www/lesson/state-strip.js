/**
 * One hidden state as a strip: a cell per unit, blue above zero and red below, and its values in words.
 *
 * @module
 */

import { make } from './dom.js';
import { heatmap } from './heatmap.js';

/** @import {Texts} from '../texts/index.js' */

/** @param {Texts} text */
export function stateStrip(text) {
  const map = heatmap({ part: 'state-strip' });
  const name = make('span', { class: 'note' }, text('state-strip'));
  const element = make('div', { class: 'state-strip' }, name, map.element);
  map.element.setAttribute('aria-label', text('state-strip'));
  return {
    element,
    /** @param {Float32Array | null} state of -1 to 1 */
    show(state) {
      map.show({
        values: state ?? new Float32Array(1),
        rows: 1,
        columns: state?.length ?? 1,
        most: 1,
        signed: true,
      });
    },
    draw: () => map.draw(),
  };
}
