/**
 * The tutorial's log: a line for every evaluation.
 *
 * @module
 */

import { make, section } from '../lesson/dom.js';

/** @import {Context, Figure} from './figure.js' */

/** How near its end the log is when it follows it, in pixels. */
const NEAR = 30;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function log({ run, text }) {
  /** Whether what comes next is scrolled to. To ask the browser while words are written lays the page out. */
  let atEnd = true;
  const lines = make('pre', {
    part: 'log',
    class: 'scroll',
    tabindex: '0',
    onscroll: () => {
      atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < NEAR;
    },
  });
  const changed = run.watch('accuracies', 'evaluation', 'fresh');
  return {
    quiet: true,
    element: section('log', text('log'), lines),
    draw() {
      if (!changed()) return;
      if (run.log.length === 0) atEnd = true;
      const written = run.log.map(
        ({ epoch, loss, accuracy }) =>
          `Epoch:  ${epoch} | train loss: ${loss?.toFixed(4) ?? '-'} | test accuracy: ${accuracy.toFixed(2)}\n`,
      );
      lines.replaceChildren(
        ...(written.length > 0
          ? written
          : [make('span', { class: 'placeholder' }, text('log-empty'))]),
      );
      if (atEnd)
        queueMicrotask(() => {
          lines.scrollTop = lines.scrollHeight;
        });
    },
  };
}
