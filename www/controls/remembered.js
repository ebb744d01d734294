/**
 * Whether the run is remembered from one visit to the next, in one line, and a way to forget it. Silent
 * where nothing is to be said.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';

/** @import {Context, Figure} from '../figures/figure.js' */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function remembered({ host, run, text, language, attempt }) {
  const words = make('span');
  const forget = make(
    'button',
    { part: 'forget', type: 'button', onclick: () => attempt(host.forget()) },
    text('forget'),
  );
  const element = make(
    'p',
    { part: 'remembered', class: 'note remembered', hidden: true },
    words,
    forget,
  );
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const changed = run.watch('remembered');

  return {
    element,
    quiet: true,
    draw() {
      if (!changed()) return;
      const { remembered } = run;
      element.hidden = !remembered;
      if (!remembered) return;
      const { status, step } = remembered;
      write(words, text(`remembered-${status}`, { step: whole.format(step) }));
      forget.hidden = status !== 'restored';
    },
  };
}
