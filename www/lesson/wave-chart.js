/**
 * The sin-cos lesson's wave: target and prediction, growing segment by segment as it trains. It can be
 * scrubbed back to any earlier segment, and every point read out.
 *
 * @module
 */

import { make, section } from './dom.js';
import { stateStrip } from './state-strip.js';
import { numbers } from './table.js';
import { wavePicture } from './wave-picture.js';

/** @import {Context, Part} from './parts.js' */
/** @import {Segment} from './segment-history.js' */

/** Segments in view. */
const SHOWN = 8;

/**
 * @param {Context} context
 * @returns {Part}
 */
export function waveChart({ host, text, language }) {
  const picture = wavePicture({ part: 'wave-figure', language, span: SHOWN, most: 1.25 });
  picture.element.setAttribute('aria-label', text('wave-empty'));
  const strip = stateStrip(text);
  const hint = make('p', { class: 'empty' }, text('wave-empty'));
  const chart = make('div', { part: 'lesson-chart', class: 'chart' }, picture.element, hint);
  const says = make('p', { part: 'wave-point', class: 'note' }, text('wave-point-none'));
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
  const where = make('output', { class: 'where' });
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const fixed = new Intl.NumberFormat(language, {
    minimumFractionDigits: 3,
    maximumFractionDigits: 3,
  });
  const whole = new Intl.NumberFormat(language);
  const table = numbers(text, text('wave-title'), () => {
    const head = [
      text('wave-time'),
      text('wave-input'),
      text('wave-target'),
      text('wave-prediction'),
    ];
    return {
      head,
      rows: points().map(({ time, input, target, prediction }) =>
        [time, input, target, prediction].map((value) => fixed.format(value)),
      ),
    };
  });

  /** The segment that the picture ends with; null: the newest. @type {number | null} */
  let scrubbed = null;
  /** @type {Segment[]} */
  let shown = [];
  /** The point that is read out, of those shown. @type {number | null} */
  let point = null;
  let dirty = true;

  function changed() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {number | null} step */
  function scrub(step) {
    scrubbed = step === null || step >= host.segments.last ? null : step;
    changed();
  }

  /** @param {number | null} next */
  function read(next) {
    point = next;
    changed();
  }

  picture.element.addEventListener(
    'pointermove',
    (event) => shown.length > 0 && read(picture.nearest(picture.at(event).time)),
  );
  picture.element.addEventListener('pointerleave', () => read(null));
  picture.element.addEventListener('keydown', (event) => {
    const count = shown.reduce((sum, { times }) => sum + times.length, 0);
    const from = point ?? count;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowLeft: from - 1,
      ArrowRight: point === null ? 0 : from + 1,
      Home: 0,
      End: count - 1,
    };
    if (!(event.key in goals) || count === 0) return;
    event.preventDefault();
    read(Math.max(0, Math.min(count - 1, goals[event.key])));
  });

  function points() {
    return shown.flatMap(({ step, times, inputs, targets, predictions }) =>
      Array.from(times, (time, k) => ({
        step,
        k,
        time,
        input: inputs[k],
        target: targets[k],
        prediction: predictions[k],
      })),
    );
  }

  /** @param {Segment} segment */
  function loss({ targets, predictions }) {
    return (
      targets.reduce((sum, target, k) => sum + (target - predictions[k]) ** 2, 0) / targets.length
    );
  }

  function tell() {
    const { first, last } = host.segments;
    const end = scrubbed ?? last;
    shown = host.segments.upTo(end, SHOWN);
    hint.hidden = shown.length > 0;
    range.disabled = shown.length === 0;
    range.min = String(first || 1);
    range.max = String(last || 1);
    if (scrubbed === null) range.value = String(last || 1);
    newest.disabled = scrubbed === null;
    where.textContent =
      shown.length > 0
        ? text('wave-where', { step: whole.format(end), last: whole.format(last) })
        : '';
    range.setAttribute('aria-valuetext', where.textContent);
    const join = (/** @type {'times' | 'inputs' | 'targets' | 'predictions'} */ name) =>
      shown.flatMap((segment) => Array.from(segment[name]));
    picture.show({
      times: join('times'),
      inputs: join('inputs'),
      targets: join('targets'),
      predictions: join('predictions'),
    });
    picture.mark(point);
    const newestShown = shown.at(-1);
    picture.element.setAttribute(
      'aria-label',
      newestShown
        ? text('wave-alt', { count: shown.length, loss: format.format(loss(newestShown)) })
        : text('wave-empty'),
    );
    table.changed();

    const all = points();
    const read = point === null ? undefined : all[Math.min(point, all.length - 1)];
    const segment = read && shown.find(({ step }) => step === read.step);
    if (read && segment) {
      const size = segment.hidden.length / segment.times.length;
      strip.show(segment.hidden.subarray(size * read.k, size * (read.k + 1)));
      says.textContent = text('wave-point', {
        step: read.step,
        point: read.k + 1,
        input: fixed.format(read.input),
        target: fixed.format(read.target),
        prediction: fixed.format(read.prediction),
      });
    } else {
      strip.show(null);
      says.textContent = text('wave-point-none');
    }
  }

  return {
    element: section(
      'chart',
      text('wave-title'),
      make(
        'p',
        { class: 'key' },
        make('span', { class: 'swatch target' }),
        text('wave-target'),
        make('span', { class: 'swatch' }),
        text('wave-prediction'),
        make('span', { class: 'swatch input' }),
        text('wave-input'),
      ),
      chart,
      make('div', { class: 'scrub' }, make('label', {}, text('wave-step'), range), where, newest),
      make('div', { class: 'readout' }, says, strip.element),
      table.element,
    ),
    metrics: () => {
      dirty = true;
    },
    fresh() {
      scrubbed = null;
      point = null;
      dirty = true;
    },
    ready: changed,
    figure({ step = null }) {
      scrub(/** @type {number | null} */ (step));
    },
    draw() {
      if (!dirty || !picture.element.clientWidth) return;
      dirty = false;
      tell();
      picture.draw();
      strip.draw();
    },
  };
}
