/**
 * How a line of a picture looks, beside its name: the two are not parted at the end of a line of text.
 *
 * @module
 */

import { make } from '../lesson/dom.js';

/** @param {'target' | 'predicted' | 'input' | 'own' | 'pale' | 'decided' | 'outline'} kind @param {string} name */
export function lineKey(kind, name) {
  return make('span', { class: 'line-key' }, make('span', { class: `swatch ${kind}` }), name);
}
