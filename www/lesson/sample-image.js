/**
 * One training image, enlarged, and its label.
 *
 * @module
 */

import { make, section } from './dom.js';
import { digitCanvas, drawDigit } from './pixels.js';

/** @import {Context, Part} from './parts.js' */

/**
 * @param {Context} context
 * @returns {Part}
 */
export function sampleImage({ host, text, attempt }) {
  const canvas = digitCanvas(text('sample'));
  const label = make('p', { part: 'sample-label' });
  const next = make(
    'button',
    { part: 'sample-next', type: 'button', onclick: () => attempt(show(index + 1)) },
    text('sample-next'),
  );
  let index = 0;
  drawDigit(canvas, null);

  /** @param {number} wanted */
  async function show(wanted) {
    const count = host.state.data?.train ?? 1;
    const digit = await host.digit('train', wanted % count);
    index = digit.index;
    drawDigit(canvas, digit.pixels);
    canvas.setAttribute('aria-label', text('sample-alt', { index, label: digit.label }));
    const key = host.state.data?.synthetic ? 'sample-label-synthetic' : 'sample-label';
    label.textContent = text(key, { label: digit.label });
  }

  return {
    element: section(
      'sample',
      text('sample'),
      make('div', { class: 'sample' }, canvas, make('div', {}, label, next)),
    ),
    ready: () => attempt(show(0)),
  };
}
