/**
 * The first ten test images, and what the network says each of them is, as at the end of the tutorial.
 *
 * @module
 */

import { digitPicture } from '../canvas/digit.js';
import { make, section, write } from '../lesson/dom.js';
import { testCount } from './figure.js';
import { Question } from './question.js';

/** @import {Context, Figure} from './figure.js' */

const COUNT = 10;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function firstTen(context) {
  const { host, run, text } = context;
  const cells = Array.from({ length: COUNT }, (_, index) => {
    const picture = digitPicture();
    picture.describe(`${text('first-ten')}: ${index + 1}`);
    const says = make('span', { class: 'says' });
    const mark = make('span', { class: 'mark' });
    const verdict = make('span', { class: 'verdict' }, says, mark);
    return { picture, says, mark, cell: make('li', {}, picture.element, verdict) };
  });
  const note = make('p', { class: 'note' });
  const otherDigits = run.watch('data', 'serves');
  const evaluated = run.watch('evaluation', 'fresh', 'data');
  const question = new Question(context, 0, ask);

  async function ask() {
    const count = testCount(run);
    for (const [index, { picture, cell }] of cells.entries()) {
      cell.hidden = index >= count;
      if (cell.hidden) continue;
      const { pixels, label } = await host.digit('test', index);
      picture.show(pixels);
      picture.describe(text('test-image', { index, label }));
    }
  }

  function update() {
    const { evaluation, state } = run;
    const synthetic = state?.data?.synthetic ?? false;
    write(
      note,
      text(
        !evaluation ? 'first-ten-empty' : synthetic ? 'first-ten-key-synthetic' : 'first-ten-key',
      ),
    );
    cells.forEach(({ says, mark, cell }, k) => {
      const prediction = evaluation?.predictions[k];
      const label = evaluation?.labels[k];
      if (prediction === undefined || label === undefined) {
        write(says, '\u2013');
        write(mark, '');
        says.title = mark.title = cell.className = '';
        return;
      }
      const right = prediction === label;
      write(says, String(prediction));
      says.title = text('first-ten-says', { digit: prediction });
      write(mark, `${right ? '\u2713' : '\u2717'} ${label}`);
      mark.title = text(right ? 'first-ten-right' : 'first-ten-wrong');
      cell.className = right ? 'right' : 'wrong';
    });
  }

  return {
    quiet: true,
    element: section(
      'first-ten',
      text('first-ten'),
      make('ol', { class: 'examples' }, ...cells.map(({ cell }) => cell)),
      note,
    ),
    draw() {
      if (evaluated()) update();
      question.draw(otherDigits());
    },
  };
}
