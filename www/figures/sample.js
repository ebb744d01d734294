/**
 * One training image, enlarged, and its label.
 *
 * @module
 */

import { digitPicture } from '../canvas/digit.js';
import { make, section } from '../lesson/dom.js';
import { Question } from './question.js';

/** @import {Context, Figure} from './figure.js' */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function sample(context) {
  const { host, run, text } = context;
  const view = run.view('sample', { index: 0 });
  const picture = digitPicture({ 'aria-label': text('sample') });
  const label = make('p', { part: 'sample-label' });
  const next = make(
    'button',
    { part: 'sample-next', type: 'button', onclick: () => show(view.index + 1) },
    text('sample-next'),
  );
  const otherDigits = run.watch('data', 'serves');
  const question = new Question(context, 0, ask);

  /** @param {number} index */
  function show(index) {
    view.index = index % Math.max(1, run.state?.data?.train ?? 1);
    question.changed();
  }

  async function ask() {
    const { index } = view;
    const digit = await host.digit('train', index);
    if (index !== view.index) return;
    picture.show(digit.pixels);
    picture.describe(text('sample-alt', { index, label: digit.label }));
    const synthetic = run.state?.data?.synthetic ?? false;
    label.textContent = text(synthetic ? 'sample-label-synthetic' : 'sample-label', {
      label: digit.label,
    });
  }

  return {
    still: true,
    element: section(
      'sample',
      text('sample'),
      make('div', { class: 'sample' }, picture.element, make('div', {}, label, next)),
    ),
    draw() {
      if (otherDigits()) show(view.index);
      question.draw();
    },
  };
}
