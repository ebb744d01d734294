/**
 * The tutorial's log: a line for every evaluation.
 *
 * @module
 */

import { make, section } from './dom.js';

/** @import {Context, Part} from './parts.js' */

/** Lines kept. */
const LINES = 200;

/**
 * @param {Context} context
 * @returns {Part}
 */
export function log({ text }) {
  const empty = make('span', { class: 'placeholder' }, text('log-empty'));
  const lines = make('pre', { part: 'log', class: 'scroll', tabindex: '0' }, empty);
  return {
    element: section('log', text('log'), lines),
    evaluation({ accuracy }, state) {
      empty.remove();
      const epoch = state.finished ? state.epoch - 1 : state.epoch;
      const loss = state.loss?.toFixed(4) ?? '-';
      const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 30;
      lines.append(
        `Epoch:  ${epoch} | train loss: ${loss} | test accuracy: ${accuracy.toFixed(2)}\n`,
      );
      while (lines.childNodes.length > LINES) lines.firstChild?.remove();
      if (atEnd) lines.scrollTop = lines.scrollHeight;
    },
    fresh: () => lines.replaceChildren(empty),
  };
}
