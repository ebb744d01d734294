/**
 * The accuracy of every evaluation of the run.
 *
 * @module
 */

import { curveChart } from '../canvas/curves.js';
import { make, section, write } from '../lesson/dom.js';
import { numbers } from './numbers.js';

/** @import {Context, Figure} from './figure.js' */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function accuracy(context) {
  const { run, text, language } = context;
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const whole = new Intl.NumberFormat(language);
  const format = (/** @type {number} */ value) => percent.format(value);
  const chart = curveChart(context, {
    part: 'accuracy-chart',
    empty: text('accuracy-empty'),
    language,
    format,
    names: { step: text('axis-steps'), value: text('axis-accuracy') },
    share: true,
  });
  const note = make('span');
  const number = make('span', { class: 'number', part: 'accuracy' });
  const table = numbers(context, 'accuracy', text('accuracy'), format, () => ({
    head: [text('step-number'), text('accuracy')],
    rows: run.accuracies.map(({ step, accuracy }) => [step, accuracy]),
  }));
  const changed = run.watch('accuracies', 'fresh', 'data');

  function update() {
    const points = run.accuracies;
    const last = points.at(-1);
    chart.show({
      steps: points.map(({ step }) => step),
      lines: [{ colour: 'prediction', dots: true, values: points.map(({ accuracy }) => accuracy) }],
    });
    write(number, last ? format(last.accuracy) : '');
    write(
      note,
      last
        ? text(last.synthetic ? 'accuracy-note-synthetic' : 'accuracy-note', {
            count: whole.format(last.images),
          })
        : '',
    );
    chart.describe(
      last
        ? text('accuracy-alt', { count: points.length, accuracy: format(last.accuracy) })
        : text('accuracy-empty'),
    );
    table.changed();
  }

  return {
    quiet: true,
    element: section(
      'accuracy',
      text('accuracy'),
      make('p', { class: 'key' }, note, number),
      chart.element,
      table.element,
    ),
    draw() {
      if (changed()) update();
      chart.draw();
    },
  };
}
