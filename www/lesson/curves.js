/**
 * The loss of every step, and the accuracy of every evaluation.
 *
 * @module
 */

import { curveChart } from './curve-chart.js';
import { make, section } from './dom.js';

/** @import {Context, Part} from './parts.js' */

/** @param {string} language */
function lossFormat(language) {
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  return (/** @type {number} */ value) => format.format(value);
}

/**
 * @param {Context} context
 * @returns {Part}
 */
export function lossCurve({ host, text, language }) {
  const format = lossFormat(language);
  const names = /** @type {[string, string]} */ ([text('loss-each'), text('loss-smooth')]);
  const chart = curveChart({ part: 'loss-chart', empty: text('loss-empty'), language, smoothed: true, names, format });
  const number = make('span', { class: 'number' });
  const key = make('p', { class: 'key' }, make('span', { class: 'swatch pale' }), names[0], make('span', { class: 'swatch' }), names[1], number);
  host.losses.forEach((loss, k) => chart.add(k + 1, loss));
  let count = 0;
  let last = Number.NaN;
  return {
    element: section('loss', text('loss'), key, chart.element),
    metrics({ firstStep, losses }) {
      losses.forEach((loss, k) => chart.add(firstStep + k, loss));
      count = firstStep + losses.length - 1;
      last = losses[losses.length - 1];
    },
    state(state) {
      if (state.running || count === 0) return;
      chart.describe(text('loss-alt', { count, loss: format(last) }));
    },
    fresh() {
      chart.clear();
      count = 0;
      number.textContent = '';
    },
    draw() {
      chart.draw();
      if (count) number.textContent = format(last);
    },
  };
}

/**
 * @param {Context} context
 * @returns {Part}
 */
export function accuracyCurve({ text, language }) {
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const format = (/** @type {number} */ value) => percent.format(value);
  const names = /** @type {[string, string]} */ ([text('accuracy'), '']);
  const chart = curveChart({ part: 'accuracy-chart', empty: text('accuracy-empty'), language, smoothed: false, names, format, fraction: true });
  const note = make('span');
  const number = make('span', { class: 'number', part: 'accuracy' });
  return {
    element: section('accuracy', text('accuracy'), make('p', { class: 'key' }, note, number), chart.element),
    evaluation({ step, accuracy, images }, { data }) {
      chart.add(step, accuracy);
      note.textContent = text(data?.synthetic ? 'accuracy-note-synthetic' : 'accuracy-note', { count: new Intl.NumberFormat(language).format(images) });
      number.textContent = format(accuracy);
      chart.describe(text('accuracy-alt', { count: chart.count, accuracy: format(accuracy) }));
    },
    fresh() {
      chart.clear();
      number.textContent = '';
    },
    draw: () => chart.draw(),
  };
}
