/**
 * The loss of every step, with up to five kept runs over it.
 *
 * @module
 */

import { curveChart, curveKey } from '../canvas/curves.js';
import { Thinned, extended, sampled, smoothed, smoothedOnLog, spread } from '../canvas/series.js';
import { make, section, write } from '../lesson/dom.js';
import { MOST } from '../lesson/kept.js';
import { lossAt, stepsOf } from '../lesson/losses.js';
import { refuseUnknown } from './figure.js';
import { lineKey } from './line-key.js';
import { NONE, numbers } from './numbers.js';
import { keepRows } from './rows.js';
import { lookOf, namesOf } from './run-names.js';

/** @import {Look} from '../canvas/curves.js' */
/** @import {KeptRun} from '../lesson/kept.js' */
/** @import {Series} from '../lesson/losses.js' */
/** @import {Context, Figure} from './figure.js' */

/** Rows of the table, and of its file: of every step, where a spreadsheet has room for them. */
const ROWS = 20;
const MOST_ROWS = 1_000_000;

/** A run in the list; `kept` is null for the run at hand. @typedef {{kept: KeptRun | null, name: string, look: Look, series: Series}} Item */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function loss(context) {
  const { host, run, manifest, text, language } = context;
  const { settings, memoryless } = manifest;
  const view = run.view('loss', { logarithmic: true });
  const number3 = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const format = (/** @type {number} */ value) => number3.format(value);
  const valueAt = (/** @type {Series} */ series, /** @type {number} */ step) => {
    const value = lossAt(series, step);
    return Number.isNaN(value) ? NONE : format(value);
  };
  const chart = curveChart(context, {
    part: 'loss-chart',
    empty: text('loss-empty'),
    language,
    format,
    names: { step: text(manifest.stepsKey), value: text('axis-loss') },
    cursor,
  });
  const number = make('span', { class: 'number' });
  const level = make('span', { class: 'level', hidden: true });
  const key = make(
    'p',
    { class: 'key' },
    lineKey('pale', text('loss-each')),
    lineKey('predicted', text('loss-smooth')),
    level,
    number,
  );
  const keep = make(
    'button',
    { part: 'keep-run', type: 'button', onclick: keepRun },
    text('run-keep'),
  );
  const log = make('input', {
    part: 'loss-log',
    type: 'checkbox',
    checked: view.logarithmic,
    onchange: chooseAxis,
  });
  const list = make('ul', { part: 'kept-runs', class: 'kept' });
  /** @param {number} most */
  const rowsOf = (most) => () => {
    const all = [run, ...run.kept];
    const [own = '', ...others] = names();
    const longest = Math.max(...all.map(stepsOf));
    return {
      head: [text('step-number'), run.kept.length > 0 ? own : text('loss'), ...others],
      rows: spread(most, longest).map((step) => [
        step,
        ...all.map((series) => lossAt(series, step)),
      ]),
    };
  };
  const table = numbers(context, 'loss', text('loss'), format, rowsOf(ROWS), rowsOf(MOST_ROWS));

  const own = new Thinned();
  /** The smoothed losses of kept runs. @type {Map<KeptRun, number[]>} */
  const smooth = new Map();
  /** @type {Map<unknown, ReturnType<typeof makeRow>>} */
  const rows = new Map();
  /** As the axis shows it: a few large losses are far from all others on one axis, and near on the other. @param {ArrayLike<number>} values @param {number} every */
  function smoothedAs(values, every) {
    return view.logarithmic ? smoothedOnLog(values, every) : smoothed(values, every);
  }

  /** The step under the chart's cursor. @type {number | null} */
  let pointed = null;
  let dirty = true;
  const fresh = run.watch('fresh');
  const changed = run.watch('losses', 'kept', 'state', 'fresh');

  function chooseAxis() {
    view.logarithmic = log.checked;
    smooth.clear();
    again();
  }

  /** @param {number | null} step */
  function cursor(step) {
    if (step === pointed) return;
    pointed = step;
    again();
  }

  function again() {
    dirty = true;
    host.needsFrame();
  }

  /** Names of the run at hand and of those kept. */
  function names() {
    return run.kind ? namesOf([run.kind, ...run.kept], settings, text, language) : [];
  }

  function keepRun() {
    if (run.keep()) again();
  }

  /** @param {KeptRun} kept */
  function remove(kept) {
    run.removeKept(kept);
    keep.disabled = false;
    keep.focus();
    again();
  }

  /** @param {Item} item */
  function makeRow({ kept, look }) {
    const name = curveKey('', look);
    const value = make('span', { class: 'value' });
    const button = make(
      'button',
      { type: 'button', class: 'plain', onclick: () => kept && remove(kept) },
      '\u00d7',
    );
    return {
      element: make('li', {}, name, value, ...(kept ? [button] : [])),
      name: /** @type {HTMLElement} */ (name.lastElementChild),
      value,
      button,
    };
  }

  /** The list of runs, and each one's value where the cursor is. */
  function updateList() {
    const [mine = '', ...others] = names();
    /** @type {Item[]} */
    const items = run.kept.map((kept, k) => ({
      kept,
      name: others[k] ?? '',
      look: lookOf(kept.look),
      series: kept,
    }));
    if (items.length > 0)
      items.unshift({ kept: null, name: mine, look: { colour: 'prediction' }, series: run });
    keepRows(list, rows, items, {
      key: ({ kept }) => kept,
      make: makeRow,
      update(row, { name, series }) {
        write(row.name, name);
        write(row.value, valueAt(series, pointed ?? stepsOf(series)));
        row.button.setAttribute('aria-label', text('run-remove', { name }));
      },
    });
  }

  function updateChart() {
    if (fresh()) own.clear();
    own.take(run.losses, run.stride);
    const longest = Math.max(0, ...run.kept.map(stepsOf));
    const apart = own.stride * run.stride;
    const steps = run.kept.length > 0 ? extended(own.steps, apart, longest) : own.steps;
    for (const kept of smooth.keys()) if (!run.kept.includes(kept)) smooth.delete(kept);
    const floor = run.state && memoryless ? memoryless(run.state.options) : null;
    chart.show({
      steps,
      lines: [
        { colour: 'prediction', pale: true, values: own.values },
        { colour: 'prediction', values: smoothedAs(own.values, apart) },
        ...run.kept.map((kept) => {
          const values = smooth.get(kept) ?? smoothedAs(kept.losses, kept.stride);
          smooth.set(kept, values);
          return { ...lookOf(kept.look), values: sampled(values, steps, kept.stride) };
        }),
      ],
      levels: floor === null ? [] : [floor],
      logarithmic: view.logarithmic,
    });
    level.hidden = floor === null;
    if (floor !== null) write(level, text('loss-memoryless', { loss: format(floor) }));
  }

  function update() {
    updateChart();
    updateList();
    const count = stepsOf(run);
    const full = run.kept.length >= MOST;
    keep.disabled = full || count === 0;
    write(keep, text(full ? 'run-most' : 'run-keep', { count: MOST }));
    const loss = valueAt(run, pointed ?? count);
    write(
      number,
      pointed !== null ? text('loss-at', { step: pointed, loss }) : count > 0 ? loss : '',
    );
    // Read out when asked for; what changes with every step is not.
    if (!run.state?.running)
      chart.describe(count > 0 ? text('loss-alt', { count, loss }) : text('loss-empty'));
    table.changed();
  }

  return {
    quiet: true,
    element: section(
      'loss',
      text('loss'),
      key,
      chart.element,
      list,
      make(
        'div',
        { class: 'figure-bar' },
        keep,
        make('label', { class: 'check' }, log, text('loss-log')),
      ),
      table.element,
    ),
    show(what) {
      refuseUnknown('loss', what, 'keep');
      if (what.keep) keepRun();
    },
    draw() {
      if (changed() || dirty) {
        dirty = false;
        update();
      }
      chart.draw();
    },
  };
}
