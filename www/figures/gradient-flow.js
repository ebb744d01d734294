/**
 * A plain RNN against an LSTM and a GRU: the same seed, the same batches, three losses, and for each how
 * much of the gradient reaches each of the 28 rows.
 *
 * @module
 */

import { ROWS } from '../canvas/beliefs.js';
import { gradientBars } from '../canvas/bars.js';
import { curveChart, curveKey } from '../canvas/curves.js';
import { scientific } from '../canvas/notation.js';
import { mean, smoothedOnLog } from '../canvas/series.js';
import { make, section, write } from '../lesson/dom.js';
import { refuseUnknown, unlessEnded, wholeOf } from './figure.js';
import { numbers } from './numbers.js';

/** @import {Look} from '../canvas/curves.js' */
/** @import {Options} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

/** @type {Array<{cell: Options['cell'], look: Look}>} */
const CELLS = [
  { cell: 'lstm', look: { colour: 'prediction' } },
  { cell: 'rnn', look: { colour: 'run-2', dash: [8, 4] } },
  { cell: 'gru', look: { colour: 'run-3', dash: [2, 3] } },
];
/** Rows that are numbered. */
const TICKS = [1, 7, 14, 21, 28];
/** Losses that are told as their mean: a single batch says little. */
const LAST = 20;
/** Lengths to choose from; the last is an epoch of 60,000 digits. */
const LENGTHS = [100, 300, 938];
const MOST_STEPS = 1_000_000;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function gradientFlow(context) {
  const { host, run, text, language, attempt } = context;
  const view = run.view('gradient-flow', {
    steps: LENGTHS[0] ?? 100,
    /** The step after which the gradient is shown; null: the latest. */
    at: /** @type {number | null} */ (null),
  });
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const format = (/** @type {number} */ value) => number.format(value);
  const two = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  const tiny = (/** @type {number} */ value) => scientific(value, two);
  const whole = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const chart = curveChart(context, {
    part: 'gradient-flow-chart',
    empty: text('gradient-flow-empty'),
    language,
    format,
    names: { step: text('axis-steps'), value: text('axis-loss') },
  });
  const cells = CELLS.map(({ cell, look }) => ({
    name: text(`cell-${cell}`),
    look,
    bars: gradientBars(context, { part: `${cell}-gradient` }),
    says: make('p', { part: `${cell}-says`, class: 'note' }),
  }));
  const length = make(
    'select',
    {
      part: 'gradient-flow-steps',
      onchange: () => {
        view.steps = Number(length.value);
      },
    },
    ...LENGTHS.map((count) =>
      make('option', { value: count }, text('gradient-flow-steps', { count: whole.format(count) })),
    ),
  );
  const compareButton = make(
    'button',
    {
      part: 'gradient-flow-compare',
      type: 'button',
      onclick: () => compare(view.steps, null),
    },
    text('gradient-flow-compare'),
  );
  const stop = make(
    'button',
    {
      part: 'gradient-flow-stop',
      type: 'button',
      disabled: true,
      onclick: () => attempt(host.stopComparison()),
    },
    text('gradient-flow-stop'),
  );
  const says = make('p', { part: 'gradient-flow-says', class: 'note' });
  const range = make('input', {
    part: 'gradient-flow-at',
    type: 'range',
    min: 0,
    max: 0,
    value: 0,
    disabled: true,
    oninput: () => look(range.valueAsNumber),
  });
  const where = make('span', { class: 'where' });
  const table = numbers(context, 'gradient-flow', text('gradient-flow'), format, () => {
    const { runs = [], steps = 0 } = compared() ?? {};
    return {
      head: [text('step-number'), ...cells.map(({ name }) => name)],
      rows: Array.from({ length: 11 }, (_, k) => Math.max(1, Math.round((k * steps) / 10))).map(
        (step) => [step, ...runs.map(({ losses }) => losses[step - 1] ?? null)],
      ),
    };
  });
  const gradientTable = numbers(context, 'gradient-flow-norms', text('reach'), tiny, () => ({
    head: [text('gradient-flow-row'), ...cells.map(({ name }) => name)],
    rows: Array.from({ length: ROWS }, (_, row) => [
      row + 1,
      ...normsAt(shownAt()).map((norms) => norms[row] ?? 0),
    ]),
  }));

  let dirty = true;
  const changed = run.watch('comparison');

  const compared = () => run.comparison('gradient-flow');
  /** The steps after which the gradient was looked at. */
  const looks = () => (compared()?.runs[0]?.norms ?? []).map(({ step }) => step);

  /** Which of the looks is shown: the first at or after the wanted step, else the latest. */
  function shownAt() {
    const steps = looks();
    const wanted = view.at;
    const found = wanted === null ? -1 : steps.findIndex((step) => step >= wanted);
    return found < 0 ? steps.length - 1 : found;
  }

  /** The norms of each run at a look. @param {number} which */
  function normsAt(which) {
    return (compared()?.runs ?? []).map(
      ({ norms }) => norms[which]?.norms ?? new Float32Array(ROWS),
    );
  }

  /** @param {number} which of the looks */
  function look(which) {
    const steps = looks();
    view.at = which >= steps.length - 1 ? null : (steps[which] ?? null);
    dirty = true;
    host.needsFrame();
  }

  /** @param {number} steps @param {number | null} at  the step whose gradient is shown in the end */
  function compare(steps, at) {
    view.at = at;
    const variants = CELLS.map(({ cell }) => ({ cell }));
    attempt(unlessEnded(host.compare({ name: 'gradient-flow', variants, steps })));
  }

  /** How well each reads test images, once they are done. */
  function readRight() {
    const { runs = [] } = compared() ?? {};
    if (runs.length === 0 || !runs.every(({ accuracy }) => typeof accuracy === 'number')) return '';
    const shares = runs.map(({ accuracy }, k) =>
      text('gradient-flow-late', {
        cell: cells[k]?.name ?? '',
        loss: percent.format(accuracy ?? 0),
      }),
    );
    return text('gradient-flow-right', { shares: shares.join(text('comma')) });
  }

  function updateLosses() {
    const found = compared();
    const runs = found?.runs ?? [];
    const done = Math.max(0, ...runs.map(({ losses }) => losses.length));
    const lines = runs.map(({ losses }) => smoothedOnLog(losses));
    const at = looks()[shownAt()];
    chart.show({
      steps: Array.from({ length: done }, (_, k) => k + 1),
      lines: cells.map(({ look }, k) => ({ ...look, values: lines[k] ?? [] })),
      until: Math.max(1, found?.steps ?? view.steps),
      marked: done > 0 && at ? at : null,
      logarithmic: true,
    });
    const late = (/** @type {number} */ k) => format(mean(runs[k]?.losses.slice(-LAST) ?? []));
    const running = found?.status === 'running';
    const words = !found
      ? ''
      : done === 0
        ? text(running ? 'try-running' : 'gradient-flow-before')
        : text('gradient-flow-says', {
            step: whole.format(done),
            steps: whole.format(found.steps),
            late: cells
              .map(({ name }, k) => text('gradient-flow-late', { cell: name, loss: late(k) }))
              .join(text('comma')),
            seed: found.seed,
          });
    const stopped = found?.status === 'stopped' ? text('gradient-flow-stopped') : '';
    write(says, [stopped, words, readRight()].filter(Boolean).join(text('sentence')));
    if (!running)
      chart.describe(found ? `${text('gradient-flow')}. ${words}` : text('gradient-flow-empty'));
    stop.disabled = !running;
    table.changed();
  }

  function updateGradient() {
    const steps = looks();
    const which = shownAt();
    const all = normsAt(which);
    range.disabled = steps.length < 2;
    range.max = String(Math.max(0, steps.length - 1));
    range.value = String(which);
    const step = steps[which];
    write(
      where,
      step === undefined ? '' : text('gradient-flow-at-step', { step: whole.format(step) }),
    );
    range.setAttribute('aria-valuetext', where.textContent ?? '');
    const most = Math.max(0, ...all.flatMap((norms) => Array.from(norms)));
    cells.forEach(({ name, look, bars, says }, k) => {
      const norms = step === undefined ? [] : (all[k] ?? []);
      bars.show({ norms, colour: look.colour, ticks: TICKS, most });
      const share = (norms[0] ?? 0) / (norms[ROWS - 1] || 1);
      const words =
        norms.length > 0 ? text('gradient-flow-reach', { cell: name, share: tiny(share) }) : '';
      write(says, words || '\u00a0');
      bars.element.setAttribute('aria-label', `${name}. ${text('reach')}. ${words}`.trim());
    });
    gradientTable.changed();
  }

  length.value = String(view.steps);
  return {
    // It trains runs of its own.
    still: true,
    element: section(
      'gradient-flow',
      text('gradient-flow'),
      make('p', { class: 'key' }, ...cells.map(({ name, look }) => curveKey(name, look))),
      chart.element,
      make(
        'div',
        { class: 'figure-bar' },
        make(
          'div',
          { class: 'buttons' },
          compareButton,
          make('label', {}, make('span', { class: 'live' }, text('gradient-flow-length')), length),
          stop,
        ),
        says,
      ),
      table.element,
      make('h4', {}, text('gradient-flow-gradient')),
      make('div', { class: 'scrub' }, make('label', {}, text('gradient-flow-at'), range), where),
      make(
        'div',
        { class: 'gradients' },
        ...cells.map(({ name, bars, says }) =>
          make('div', {}, make('p', { class: 'caption' }, name), bars.element, says),
        ),
      ),
      gradientTable.element,
    ),
    show(what) {
      refuseUnknown('gradient-flow', what, 'steps', 'at');
      const { steps = view.steps, at } = what;
      const until = wholeOf('steps', steps, 0, MOST_STEPS);
      // The choice beside the button is what runs.
      if (LENGTHS.includes(until)) {
        view.steps = until;
        length.value = String(until);
      }
      compare(until, at === undefined ? null : wholeOf('at', at, 0, MOST_STEPS));
    },
    draw() {
      if (changed() || dirty) {
        dirty = false;
        updateLosses();
        updateGradient();
      }
      chart.draw();
      for (const { bars } of cells) bars.draw();
    },
  };
}
