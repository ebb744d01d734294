/**
 * A plain RNN against an LSTM: the same seed, the same batches, two losses, and for both how much of the
 * gradient reaches each of the 28 rows.
 *
 * @module
 */

import { make, section } from './dom.js';
import { gradientBars, scientific } from './gradient-bars.js';
import { lineKey, linesChart } from './lines.js';
import { numbers } from './table.js';

/** @import {Context, Part} from './parts.js' */
/** @import {TextKey} from '../texts/index.js' */

const CELLS = /** @type {const} */ ([
  { cell: 'lstm', colour: 'prediction', dash: [] },
  { cell: 'rnn', colour: 'run-2', dash: [8, 4] },
]);
const ROWS = 28;
/** Losses that a point of the curve is the mean of: a single batch says little. */
const SMOOTHED = 20;

/** @typedef {{steps: number, losses: number[][], looks: Array<{step: number, norms: Float32Array[]}>}} Compared */

/**
 * @param {Context} context
 * @returns {Part}
 */
export function rnnLstm({ host, text, language, attempt }) {
  const chart = linesChart({ part: 'cells-chart', language });
  const bars = CELLS.map(({ cell }) => gradientBars({ part: `${cell}-gradient` }));
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const two = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  const tiny = (/** @type {number} */ value) => scientific(value, two);
  const whole = new Intl.NumberFormat(language);
  const name = (/** @type {'lstm' | 'rnn'} */ cell) =>
    text(/** @type {TextKey} */ (`cell-${cell}`));
  chart.element.setAttribute('aria-label', text('cells-empty'));
  bars.forEach(({ element }, k) =>
    element.setAttribute('aria-label', `${name(CELLS[k].cell)}. ${text('reach')}`),
  );
  const length = make(
    'select',
    { part: 'cells-steps' },
    ...[100, 300, 938].map((count) =>
      make('option', { value: count }, text('cells-steps', { count: whole.format(count) })),
    ),
  );
  const run = make(
    'button',
    {
      part: 'cells-compare',
      type: 'button',
      onclick: () => attempt(compare(Number(length.value))),
    },
    text('cells-compare'),
  );
  const stop = make(
    'button',
    {
      part: 'cells-stop',
      type: 'button',
      disabled: true,
      onclick: () => attempt(host.compare({ variants: [], steps: 0 })),
    },
    text('cells-stop'),
  );
  const says = make('p', { part: 'cells-says', class: 'note' }, text('cells-empty'));
  const range = make('input', {
    part: 'cells-at',
    type: 'range',
    min: 0,
    max: 0,
    value: 0,
    disabled: true,
    oninput: () => look(range.valueAsNumber),
  });
  const where = make('output', { class: 'where' });
  const reaches = CELLS.map(({ cell }) => make('p', { part: `${cell}-says`, class: 'note' }));
  const table = numbers(text, text('cells'), () => {
    const { losses = [[], []], steps = 0 } = compared ?? {};
    const at = Array.from({ length: 11 }, (_, k) => Math.max(1, Math.round((k * steps) / 10)));
    return {
      head: [text('step-number'), ...CELLS.map(({ cell }) => name(cell))],
      rows: at.map((step) => [
        step,
        ...losses.map((run) => (step <= run.length ? format.format(run[step - 1]) : '\u2013')),
      ]),
    };
  });
  const gradientTable = numbers(text, text('reach'), () => ({
    head: [text('cells-row'), ...CELLS.map(({ cell }) => name(cell))],
    rows: Array.from({ length: ROWS }, (_, row) => [
      row + 1,
      ...(seen()?.norms ?? []).map((norms) => tiny(norms[row])),
    ]),
  }));

  /** @type {Compared | null} */
  let compared = null;
  let comparing = false;
  /** Which of the looks is shown; null: the latest. @type {number | null} */
  let looked = null;
  let dirty = true;

  const seen = () => compared?.looks.at(looked ?? -1);

  function changed() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {number | null} which */
  function look(which) {
    looked = which;
    changed();
  }

  /** @param {number} steps @param {number} [at]  the step whose gradient is shown in the end */
  async function compare(steps, at) {
    /** @type {Compared} */
    const mine = { steps, losses: CELLS.map(() => []), looks: [] };
    // The one before ends first: what it still says is not ours.
    if (comparing) await host.compare({ variants: [], steps: 0 });
    compared = mine;
    comparing = true;
    looked = null;
    stop.disabled = false;
    changed();
    try {
      const variants = CELLS.map(({ cell }) => ({ cell }));
      await host.compare({ variants, steps });
      const nearest = mine.looks.findIndex(({ step }) => step >= (at ?? Infinity));
      if (compared === mine && nearest >= 0) look(nearest);
    } finally {
      if (compared === mine) {
        comparing = false;
        stop.disabled = true;
        changed();
      }
    }
  }

  function tell() {
    const { losses = [], looks = [], steps = 100 } = compared ?? {};
    const at = seen();
    chart.show({
      lines: CELLS.map(({ cell, colour, dash }, k) => ({
        name: name(cell),
        values: smooth(losses[k] ?? []),
        colour,
        dash: [...dash],
      })),
      steps: Math.max(1, steps),
      marked: at && at.step > 0 ? at.step : null,
    });
    const done = losses[0]?.length ?? 0;
    if (compared) {
      const late = (/** @type {number[]} */ run) => format.format(smooth(run).at(-1) ?? Number.NaN);
      says.textContent =
        done === 0
          ? text(comparing ? 'try-running' : 'cells-before')
          : text('cells-says', {
              step: whole.format(done),
              steps: whole.format(steps),
              lstm: late(losses[0]),
              rnn: late(losses[1]),
              seed: host.state.seed,
            });
    }
    chart.element.setAttribute('aria-label', `${text('cells')}. ${says.textContent}`);
    range.disabled = looks.length < 2;
    range.max = String(Math.max(0, looks.length - 1));
    range.value = String(looked ?? looks.length - 1);
    where.textContent = at ? text('cells-at-step', { step: whole.format(at.step) }) : '';
    range.setAttribute('aria-valuetext', where.textContent);
    const most = Math.max(...(at?.norms ?? []).flatMap((norms) => Array.from(norms)));
    bars.forEach((one, k) => {
      const norms = at?.norms[k] ?? [];
      one.show({ norms, colour: CELLS[k].colour, ticks: [1, 7, 14, 21, 28], most });
      const share = norms.length > 0 ? norms[0] / norms[ROWS - 1] : 0;
      reaches[k].textContent =
        norms.length > 0
          ? text('cells-reach', { cell: name(CELLS[k].cell), share: tiny(share) })
          : '\u00a0';
      one.element.setAttribute(
        'aria-label',
        `${name(CELLS[k].cell)}. ${text('reach')}. ${reaches[k].textContent}`,
      );
    });
    table.changed();
    gradientTable.changed();
  }

  return {
    element: section(
      'cells',
      text('cells'),
      make(
        'p',
        { class: 'key' },
        ...CELLS.map(({ cell, colour, dash }) =>
          lineKey({ name: name(cell), colour, dash: [...dash] }),
        ),
      ),
      make('div', { class: 'chart' }, chart.element),
      make(
        'div',
        { class: 'figure-bar' },
        make(
          'div',
          { class: 'buttons' },
          run,
          make('label', {}, make('span', { class: 'live' }, text('cells-length')), length),
          stop,
        ),
        says,
      ),
      table.element,
      make('h4', {}, text('cells-gradient')),
      make('div', { class: 'scrub' }, make('label', {}, text('cells-at'), range), where),
      make(
        'div',
        { class: 'pair' },
        ...CELLS.map(({ cell }, k) =>
          make('div', {}, make('p', { class: 'caption' }, name(cell)), bars[k].element, reaches[k]),
        ),
      ),
      gradientTable.element,
    ),
    comparison({ step, runs }) {
      if (!comparing || !compared || runs.length !== CELLS.length) return;
      runs.forEach(({ losses }, k) => compared?.losses[k].push(...losses));
      compared.looks.push({
        step,
        norms: runs.map(({ norms }) => norms ?? new Float32Array(ROWS)),
      });
      dirty = true;
    },
    figure({ steps = 100, at }) {
      attempt(compare(/** @type {number} */ (steps), /** @type {number | undefined} */ (at)));
    },
    draw() {
      if (!chart.element.clientWidth) return;
      if (dirty) {
        dirty = false;
        tell();
      }
      chart.draw();
      for (const one of bars) one.draw();
    },
  };
}

/** The mean of each value and those just before it. @param {number[]} values */
function smooth(values) {
  let sum = 0;
  return values.map((value, k) => {
    sum += value - (k >= SMOOTHED ? values[k - SMOOTHED] : 0);
    return sum / Math.min(k + 1, SMOOTHED);
  });
}
