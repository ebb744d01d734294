/**
 * The first ten test images, and what the network says of each, as at the end of the tutorial.
 *
 * @module
 */

import { make, section } from './dom.js';
import { digitCanvas, drawDigit } from './pixels.js';

/** @import {Context, Part} from './parts.js' */

const COUNT = 10;

/**
 * @param {Context} context
 * @returns {Part}
 */
export function firstTen({ host, text, attempt }) {
  const cells = Array.from({ length: COUNT }, () => {
    const canvas = digitCanvas('');
    const says = make('span', { class: 'says' }, '\u2013');
    const mark = make('span', { class: 'mark' });
    drawDigit(canvas, null);
    return {
      canvas,
      says,
      mark,
      cell: make('li', {}, canvas, make('span', { class: 'verdict' }, says, mark)),
    };
  });
  const note = make('p', { class: 'note' }, text('examples-empty'));

  async function show() {
    for (const [index, { canvas }] of cells.entries()) {
      const digit = await host.digit('test', index);
      drawDigit(canvas, digit.pixels);
      canvas.setAttribute('aria-label', text('examples-alt', { index, label: digit.label }));
    }
  }

  return {
    element: section(
      'examples',
      text('examples'),
      make('ol', { part: 'examples', class: 'examples' }, ...cells.map(({ cell }) => cell)),
      note,
    ),
    ready: () => attempt(show()),
    evaluation({ predictions, labels }, { data }) {
      note.textContent = text(data?.synthetic ? 'examples-key-synthetic' : 'examples-key');
      cells.forEach(({ says, mark, cell }, k) => {
        const right = predictions[k] === labels[k];
        says.textContent = String(predictions[k]);
        says.title = text('examples-says', { digit: predictions[k] });
        mark.textContent = `${right ? '\u2713' : '\u2717'} ${labels[k]}`;
        mark.title = text(right ? 'examples-right' : 'examples-wrong');
        cell.className = right ? 'right' : 'wrong';
      });
    },
    fresh() {
      note.textContent = text('examples-empty');
      for (const { says, mark, cell } of cells) {
        says.textContent = '\u2013';
        mark.textContent = '';
        cell.className = '';
      }
    },
  };
}
