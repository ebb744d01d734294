/**
 * The network as PyTorch prints it.
 *
 * @module
 */

import { make, section } from './dom.js';

/** @import {Context, Part} from './parts.js' */

/**
 * @param {Context} context
 * @returns {Part}
 */
export function architecture({ text, language }) {
  const listing = make('pre', { tabindex: '0' });
  const count = make('p', { class: 'note' });
  return {
    element: section('architecture', text('architecture'), listing, count),
    state(state) {
      if (listing.textContent === state.architecture) return;
      listing.textContent = state.architecture;
      const parameters = new Intl.NumberFormat(language).format(state.parameters);
      count.textContent = text('parameters', { count: parameters });
    },
  };
}
