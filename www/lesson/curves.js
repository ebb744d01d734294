/**
 * The loss of every step, with up to five kept runs over it, and the accuracy of every evaluation.
 *
 * @module
 */

import { curveChart } from './curve-chart.js';
import { make, section } from './dom.js';
import { LOOKS, MOST, alike, kind, names, smoothed } from './kept-runs.js';
import { lineKey } from './lines.js';
import { numbers } from './table.js';

/** @import {Context, Part} from './parts.js' */
/** @import {Kept, Kind} from './kept-runs.js' */
/** @import {UnrollLesson} from './unroll-lesson.js' */
/** @import {Options, State} from '../worker/protocol.js' */

/** Rows of the table. */
const ROWS = 20;

/**
 * What outlives the part, which is built anew for another language: the kept runs, what the run at hand was
 * at its beginning, and whether that changed on the way.
 *
 * @type {WeakMap<UnrollLesson, {kept: Kept[], own: Kind | null, changed: boolean}>}
 */
const outliving = new WeakMap();

/** @param {string} language */
function lossFormat(language) {
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  return (/** @type {number} */ value) => format.format(value);
}

/** The loss of always answering 0, the best that can be done without memory: the mean of cos² over a segment. @param {Options} options */
function memoryless({ timeStep = 10, endpoint }) {
  return endpoint === 'exclusive' ? 1 / 2 : (timeStep + 1) / (2 * timeStep);
}

/**
 * @param {Context} context
 * @returns {Part}
 */
export function lossCurve({ host, lesson, text, language }) {
  const format = lossFormat(language);
  const title = /** @type {[string, string]} */ ([text('loss-each'), text('loss-smooth')]);
  const chart = curveChart({
    part: 'loss-chart',
    empty: text('loss-empty'),
    language,
    smoothed: true,
    names: title,
    format,
    cursor,
  });
  const number = make('span', { class: 'number' });
  const level = make('span', { class: 'level', hidden: true });
  const key = make(
    'p',
    { class: 'key' },
    make('span', { class: 'swatch pale' }),
    title[0],
    make('span', { class: 'swatch' }),
    title[1],
    level,
    number,
  );
  const keep = make(
    'button',
    { part: 'keep-run', type: 'button', onclick: keepRun },
    text('run-keep'),
  );
  const log = make('input', { part: 'loss-log', type: 'checkbox', onchange: logarithmic });
  const list = make('ul', { part: 'kept-runs', class: 'kept' });
  const table = numbers(text, text('loss'), () => {
    const own = host.losses;
    const all = [own, ...kept.map(({ losses }) => losses)];
    const longest = Math.max(...all.map(({ length }) => length));
    const rows = Math.min(ROWS, longest);
    const at = Array.from({ length: rows }, (_, k) =>
      Math.round(1 + ((longest - 1) * k) / Math.max(1, rows - 1)),
    );
    const [mine, ...others] = said();
    return {
      head: [text('step-number'), kept.length > 0 ? mine : text('loss'), ...others],
      rows: at.map((step) => [
        step,
        ...all.map((losses) => (step <= losses.length ? format(losses[step - 1]) : '\u2013')),
      ]),
    };
  });

  const runs = outliving.get(host) ?? { kept: [], own: null, changed: false };
  const { kept } = runs;
  outliving.set(host, runs);
  host.losses.forEach((loss, k) => chart.add(k + 1, loss));
  let count = host.losses.length;
  let last = host.losses.at(-1) ?? Number.NaN;
  /** @type {number | null} */
  let pointed = null;
  let dirty = true;

  function logarithmic() {
    chart.set({ logarithmic: log.checked });
    host.needsFrame();
  }

  /** @param {number | null} step */
  function cursor(step) {
    pointed = step;
    dirty = true;
    host.needsFrame();
  }

  /** Names of the run at hand and of those kept. */
  function said() {
    return names([kind(host.state, runs.changed), ...kept], text, language);
  }

  function keepRun() {
    if (kept.length >= MOST || host.losses.length === 0) return;
    const free = LOOKS.findIndex((_, look) => kept.every((run) => run.look !== look));
    const losses = host.losses;
    kept.push({ ...kind(host.state, runs.changed), look: free, losses, smooth: smoothed(losses) });
    show();
  }

  /** @param {Kept} run */
  function remove(run) {
    kept.splice(kept.indexOf(run), 1);
    show();
    keep.focus();
  }

  function show() {
    chart.set({ overlays: kept.map(({ look, smooth }) => ({ ...LOOKS[look], values: smooth })) });
    dirty = true;
    host.needsFrame();
  }

  /** The list of runs, and each one's value where the cursor is. */
  function tell() {
    const [mine, ...others] = said();
    const written = (/** @type {number | undefined} */ value) =>
      value === undefined ? '\u2013' : format(value);
    const mineAt = pointed === null ? last : host.losses[pointed - 1];
    const item = (
      /** @type {Node} */ name,
      /** @type {string} */ value,
      /** @type {Kept | null} */ run,
      /** @type {string} */ words,
    ) =>
      make(
        'li',
        {},
        name,
        make('span', { class: 'value' }, value),
        ...(run
          ? [
              make(
                'button',
                {
                  type: 'button',
                  class: 'plain',
                  'aria-label': text('run-remove', { name: words }),
                  onclick: () => remove(run),
                },
                '\u00d7',
              ),
            ]
          : []),
      );
    list.replaceChildren(
      ...(kept.length > 0
        ? [
            item(
              lineKey({ name: text('run-own', { name: mine }), colour: 'prediction', dash: [] }),
              written(mineAt),
              null,
              mine,
            ),
          ]
        : []),
      ...kept.map((run, k) =>
        item(
          lineKey({ name: others[k], ...LOOKS[run.look] }),
          written(run.losses[(pointed ?? run.losses.length) - 1]),
          run,
          others[k],
        ),
      ),
    );
    keep.disabled = kept.length >= MOST || count === 0;
    keep.textContent = text(kept.length >= MOST ? 'run-most' : 'run-keep', { count: MOST });
    number.textContent =
      pointed !== null
        ? text('loss-at', { step: pointed, loss: written(mineAt) })
        : count
          ? format(last)
          : '';
    table.changed();
  }

  if (kept.length > 0) show();
  return {
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
    metrics({ firstStep, losses }) {
      losses.forEach((loss, k) => chart.add(firstStep + k, loss));
      count = firstStep + losses.length - 1;
      last = losses[losses.length - 1];
      dirty = true;
    },
    state(/** @type {State} */ state) {
      const now = kind(state, false);
      if (state.step === 0 || !runs.own) {
        runs.own = now;
        runs.changed = false;
      } else if (!alike(runs.own, now)) {
        runs.changed = true;
      }
      if (lesson === 'sin-cos') {
        const loss = memoryless(state.options);
        chart.set({ level: loss });
        level.hidden = false;
        level.textContent = text('loss-memoryless', { loss: format(loss) });
      }
      dirty = true;
      if (state.running || count === 0) return;
      chart.describe(text('loss-alt', { count, loss: format(last) }));
    },
    fresh() {
      chart.clear();
      count = 0;
      runs.own = null;
      dirty = true;
    },
    figure({ keep: wanted }) {
      if (wanted) keepRun();
    },
    draw() {
      chart.draw();
      if (!dirty) return;
      dirty = false;
      tell();
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
  const title = /** @type {[string, string]} */ ([text('accuracy'), '']);
  const chart = curveChart({
    part: 'accuracy-chart',
    empty: text('accuracy-empty'),
    language,
    smoothed: false,
    names: title,
    format,
    fraction: true,
  });
  const note = make('span');
  const number = make('span', { class: 'number', part: 'accuracy' });
  const table = numbers(text, text('accuracy'), () => ({
    head: [text('step-number'), text('accuracy')],
    rows: chart.points.map(({ step, value }) => [step, format(value)]),
  }));
  return {
    element: section(
      'accuracy',
      text('accuracy'),
      make('p', { class: 'key' }, note, number),
      chart.element,
      table.element,
    ),
    evaluation({ step, accuracy, images }, { data }) {
      chart.add(step, accuracy);
      note.textContent = text(data?.synthetic ? 'accuracy-note-synthetic' : 'accuracy-note', {
        count: new Intl.NumberFormat(language).format(images),
      });
      number.textContent = format(accuracy);
      chart.describe(text('accuracy-alt', { count: chart.count, accuracy: format(accuracy) }));
      table.changed();
    },
    fresh() {
      chart.clear();
      number.textContent = '';
      table.changed();
    },
    draw: () => chart.draw(),
  };
}
