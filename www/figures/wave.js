/**
 * The sin-cos lesson's wave: target and prediction, growing segment by segment as it trains. It can be
 * scrubbed back to any earlier segment, and every point read out.
 *
 * @module
 */

import { decimals } from '../canvas/notation.js';
import { stateStrip } from '../canvas/state-strip.js';
import { wavePicture } from '../canvas/wave.js';
import { make, section, write } from '../lesson/dom.js';
import { refuseUnknown, wholeOf } from './figure.js';
import { lineKey } from './line-key.js';
import { numbers } from './numbers.js';

/** @import {Segment} from '../lesson/segment-history.js' */
/** @import {Context, Figure} from './figure.js' */

/** Segments in view. */
const SHOWN = 8;
const MOST = 1.25;

/** A point of a segment, from 0. @typedef {{step: number, point: number}} Read */

/** What it will be given and should answer, faint behind the words that say so. */
const TIMES = Array.from({ length: SHOWN * 20 + 1 }, (_, k) => (k * Math.PI) / 20);
const AHEAD = {
  times: TIMES,
  inputs: TIMES.map(Math.sin),
  targets: TIMES.map(Math.cos),
  predictions: null,
};

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function wave(context) {
  const { host, run, text, language, signal } = context;
  const view = run.view('wave', {
    /** The segment that the picture ends with; null: the newest. */
    step: /** @type {number | null} */ (null),
    /** The point that is read out, of those shown. */
    point: /** @type {number | null} */ (null),
    /** Which one that is: other figures mark it too. */
    read: /** @type {Read | null} */ (null),
    /** The number of the run that these belong to. */
    run: 0,
  });
  const picture = wavePicture(context, { part: 'wave-figure', language, span: SHOWN, most: MOST });
  const strip = stateStrip(context, text);
  const hint = make('p', { class: 'empty' }, text('wave-empty'));
  const chart = make('div', { part: 'lesson-chart', class: 'chart' }, picture.element, hint);
  const says = make('p', { part: 'wave-point', class: 'note' });
  const range = make('input', {
    part: 'wave-step',
    type: 'range',
    min: 1,
    max: 1,
    value: 1,
    disabled: true,
    oninput: () => scrub(range.valueAsNumber),
  });
  const newest = make(
    'button',
    { part: 'wave-newest', type: 'button', disabled: true, onclick: () => scrub(null) },
    text('wave-newest'),
  );
  const where = make('span', { class: 'where' });
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const fixed = decimals(language, 3);
  const whole = new Intl.NumberFormat(language);
  const table = numbers(context, 'wave', text('wave-title'), fixed, () => ({
    head: [text('wave-time'), text('wave-input'), text('wave-target'), text('wave-prediction')],
    rows: points().map(({ time, input, target, prediction }) => [time, input, target, prediction]),
  }));

  /** @type {Segment[]} */
  let shown = [];
  let dirty = true;
  const changed = run.watch('losses', 'fresh');

  function again() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {number | null} step */
  function scrub(step) {
    view.step = step === null || step >= run.segments.last ? null : step;
    again();
  }

  /** @param {number | null} point */
  function read(point) {
    view.point = point;
    again();
  }

  // It stays read out: other figures mark it too, and may be out of view by now.
  for (const type of /** @type {const} */ (['pointermove', 'pointerdown']))
    picture.element.addEventListener(
      type,
      (event) => shown.length > 0 && read(picture.nearest(picture.at(event).time)),
      { signal },
    );
  picture.element.addEventListener('keydown', onkeydown, { signal });

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    const count = shown.reduce((sum, { times }) => sum + times.length, 0);
    const from = view.point ?? count;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowLeft: from - 1,
      ArrowRight: view.point === null ? 0 : from + 1,
      Home: 0,
      End: count - 1,
    };
    const goal = goals[event.key];
    if (goal === undefined || count === 0) return;
    event.preventDefault();
    read(Math.max(0, Math.min(count - 1, goal)));
  }

  function points() {
    return shown.flatMap(({ step, times, inputs, targets, predictions }) =>
      Array.from(times, (time, k) => ({
        step,
        k,
        time,
        input: inputs[k] ?? 0,
        target: targets[k] ?? 0,
        prediction: predictions[k] ?? 0,
      })),
    );
  }

  function updateRange() {
    const { first, last } = run.segments;
    const end = view.step ?? last;
    range.disabled = shown.length === 0;
    range.min = String(first || 1);
    range.max = String(last || 1);
    range.value = String(end || 1);
    newest.disabled = view.step === null;
    write(
      where,
      shown.length > 0
        ? text('wave-where', { step: whole.format(end), last: whole.format(last) })
        : '',
    );
    range.setAttribute('aria-valuetext', where.textContent ?? '');
  }

  function updatePoint() {
    const all = points();
    const read = view.point === null ? undefined : all[Math.min(view.point, all.length - 1)];
    const segment = read && shown.find(({ step }) => step === read.step);
    if (!read || !segment) {
      strip.show(null);
      view.read = null;
      return write(says, text('wave-point-none'));
    }
    if (view.read?.step !== read.step || view.read.point !== read.k)
      view.read = { step: read.step, point: read.k };
    const size = segment.hidden.length / segment.times.length;
    strip.show(segment.hidden.subarray(size * read.k, size * (read.k + 1)));
    write(
      says,
      text('wave-point', {
        step: read.step,
        point: read.k + 1,
        input: fixed(read.input),
        target: fixed(read.target),
        prediction: fixed(read.prediction),
      }),
    );
  }

  function update() {
    shown = run.segments.upTo(view.step ?? run.segments.last, SHOWN);
    hint.hidden = shown.length > 0;
    updateRange();
    const join = (/** @type {'times' | 'inputs' | 'targets' | 'predictions'} */ name) =>
      shown.flatMap((segment) => Array.from(segment[name]));
    picture.show(
      shown.length > 0
        ? {
            times: join('times'),
            inputs: join('inputs'),
            targets: join('targets'),
            predictions: join('predictions'),
          }
        : AHEAD,
      view.point,
    );
    const last = shown.at(-1);
    picture.element.setAttribute(
      'aria-label',
      last
        ? text('wave-alt', { count: shown.length, loss: format.format(meanSquare(last)) })
        : text('wave-empty'),
    );
    table.changed();
    updatePoint();
  }

  return {
    element: section(
      'wave',
      text('wave-title'),
      make(
        'p',
        { class: 'key' },
        lineKey('target', text('wave-target')),
        lineKey('predicted', text('wave-prediction')),
        lineKey('input', text('wave-input')),
      ),
      chart,
      make('div', { class: 'scrub' }, make('label', {}, text('wave-step'), range), where, newest),
      make('div', { class: 'readout' }, says, strip.element),
      table.element,
    ),
    show(what) {
      refuseUnknown('wave', what, 'step');
      const { step = null } = what;
      scrub(step === null ? null : wholeOf('step', step, 1, Math.max(1, run.segments.last)));
    },
    draw() {
      const now = run.state?.run ?? 0;
      if (now !== view.run) Object.assign(view, { run: now, step: null, point: null });
      if (changed() || dirty) {
        dirty = false;
        update();
      }
      picture.draw();
      strip.draw();
    },
  };
}

/** The loss of a segment. @param {Segment} segment */
function meanSquare({ targets, predictions }) {
  const sum = targets.reduce((sum, target, k) => sum + (target - (predictions[k] ?? 0)) ** 2, 0);
  return sum / targets.length;
}
