/**
 * The network as PyTorch prints it.
 *
 * @module
 */

import { make, section, write } from '../lesson/dom.js';
import { blocksOf } from './cell-parts.js';

/** @import {State} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

/**
 * The number of parameters, counted out: both matrices and both biases of the recurrent layer, then the output layer.
 *
 * @param {State} state
 */
function counted({ architecture, options: { cell = 'rnn', hiddenSize = 0 } }) {
  const [inputs = '', outputs = ''] = [/\((\d+),/, /out_features=(\d+)/].map(
    (pattern) => pattern.exec(architecture)?.[1],
  );
  const blocks = blocksOf(cell);
  const rows = blocks > 1 ? `${blocks} · ${hiddenSize}` : `${hiddenSize}`;
  return `${rows} · (${inputs} + ${hiddenSize} + 2) + ${hiddenSize} · ${outputs} + ${outputs}`;
}

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
      write(count, text('parameters', { sum: counted(run.state), count: parameters }));
    },
  };
}
