/**
 * The network as PyTorch prints it.
 *
 * @module
 */

import { make, section, write } from '../lesson/dom.js';

/** @import {Context, Figure} from './figure.js' */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function architecture({ run, text, language }) {
  const listing = make('pre', { tabindex: '0' });
  const count = make('p', { class: 'note' });
  const changed = run.watch('state');
  return {
    quiet: true,
    still: true,
    element: section('architecture', text('architecture'), listing, count),
    draw() {
      if (!changed() || !run.state) return;
      write(listing, run.state.architecture);
      const parameters = new Intl.NumberFormat(language).format(run.state.parameters);
      write(count, text('parameters', { count: parameters }));
    },
  };
}
