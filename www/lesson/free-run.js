/**
 * Beyond the tutorial: the weights stand still, and the network hears another wave, or one drawn by hand.
 *
 * @module
 */

import { make, section } from './dom.js';
import { Question } from './question.js';
import { numbers } from './table.js';
import { wavePicture } from './wave-picture.js';

/** @import {Context, Part} from './parts.js' */
/** @import {Following} from '../worker/protocol.js' */
/** @import {TextKey} from '../texts/index.js' */

/** Points, pi/10 apart: four waves of the frequency it was trained on. */
const POINTS = 80;
const SPACING = Math.PI / 10;
/** While it trains, it is asked again this often, in milliseconds. */
const AGAIN = 600;
const DRAWN_STEP = 0.1;

/** @type {Array<{name: 'frequency' | 'amplitude' | 'phase', min: number, max: number, step: number, usual: number}>} */
const KNOBS = [
  { name: 'frequency', min: 0.25, max: 3, step: 0.25, usual: 1 },
  { name: 'amplitude', min: 0, max: 2, step: 0.1, usual: 1 },
  { name: 'phase', min: 0, max: 2, step: 0.125, usual: 0 },
];

/**
 * @param {Context} context
 * @returns {Part}
 */
export function freeRun({ host, text, language }) {
  const picture = wavePicture({ part: 'free-figure', language, span: 8, most: 2.25 });
  picture.element.setAttribute('aria-label', text('free-alt'));
  const says = make('p', { part: 'free-says', class: 'note' });
  const caution = make('p', { class: 'note', hidden: true }, text('tape-untrained'));
  const fixed = new Intl.NumberFormat(language, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const short = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  const knobs = KNOBS.map(({ name, min, max, step, usual }) => {
    const value = make('output', { class: 'where' });
    const input = make('input', {
      part: `free-${name}`,
      type: 'range',
      min,
      max,
      step,
      value: usual,
      oninput: () => tune(),
    });
    return {
      name,
      usual,
      input,
      value,
      label: make(
        'label',
        { class: 'knob' },
        make('span', {}, text(/** @type {TextKey} */ (`free-${name}`))),
        input,
        value,
      ),
    };
  });
  const flat = make('input', { part: 'free-flat', type: 'checkbox', onchange: () => tune() });
  const reset = make(
    'button',
    { part: 'free-reset', type: 'button', onclick: () => tune({}) },
    text('free-reset'),
  );
  const table = numbers(text, text('free'), () => {
    const rows = times.map((time, k) => [
      fixed.format(time),
      fixed.format(inputs[k]),
      targets ? fixed.format(targets[k]) : '\u2013',
      followed ? fixed.format(followed.predictions[k]) : '\u2013',
    ]);
    return {
      head: [text('wave-time'), text('free-input'), text('free-target'), text('wave-prediction')],
      rows,
    };
  });

  const times = Array.from({ length: POINTS }, (_, k) => k * SPACING);
  let inputs = new Float32Array(POINTS);
  /** @type {Float32Array | null} */
  let targets = null;
  let drawn = false;
  /** After how many waves there is silence; null: never. @type {number | null} */
  let silence = null;
  /** @type {number | null} */
  let cursor = null;
  /** @type {Following | null} */
  let followed = null;
  let dirty = true;
  const question = new Question(host, AGAIN, ask);

  function again() {
    dirty = true;
    question.changed();
  }

  const set = () => Object.fromEntries(knobs.map(({ name, input }) => [name, input.valueAsNumber]));

  /** Makes the wave that the knobs say, or that `what` says. @param {{frequency?: number, amplitude?: number, phase?: number, flatAfter?: number | null}} [what] phase in radians */
  function tune(what) {
    if (what) {
      for (const { name, usual, input } of knobs) {
        const value = what[name] ?? usual;
        input.value = String(
          name === 'phase' && what.phase !== undefined ? value / Math.PI : value,
        );
      }
      silence = what.flatAfter ?? null;
      flat.checked = silence !== null;
    } else {
      silence = flat.checked ? (silence ?? 2) : null;
    }
    drawn = false;
    const { frequency, amplitude, phase } = set();
    const end = silence === null ? Infinity : 2 * Math.PI * silence;
    const wave = (/** @type {(angle: number) => number} */ curve) =>
      Float32Array.from(times, (time) =>
        time < end ? amplitude * curve(frequency * time + phase * Math.PI) : 0,
      );
    inputs = wave(Math.sin);
    targets = wave(Math.cos);
    again();
  }

  /** Puts the drawn wave through a place. @param {number} from @param {number} to @param {number} start @param {number} end */
  function put(from, to, start, end) {
    if (!drawn) inputs = inputs.slice();
    drawn = true;
    targets = null;
    const steps = Math.max(1, Math.abs(to - from));
    for (let k = 0; k <= steps; k += 1)
      inputs[Math.round(from + ((to - from) * k) / steps)] = start + ((end - start) * k) / steps;
    again();
  }

  /** Where the pen was. @type {{point: number, value: number} | null} */
  let pen = null;
  const canvas = picture.element;
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen = null;
    move(event);
  });
  canvas.addEventListener(
    'pointermove',
    (event) =>
      canvas.hasPointerCapture(event.pointerId) &&
      event.getCoalescedEvents().concat(event).forEach(move),
  );
  canvas.addEventListener('pointerup', () => (pen = null));
  canvas.addEventListener('keydown', (event) => {
    const from = cursor ?? 0;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => (cursor = Math.max(0, from - 1)),
      ArrowRight: () => (cursor = cursor === null ? 0 : Math.min(POINTS - 1, from + 1)),
      ArrowUp: () => put(from, from, inputs[from] + DRAWN_STEP, inputs[from] + DRAWN_STEP),
      ArrowDown: () => put(from, from, inputs[from] - DRAWN_STEP, inputs[from] - DRAWN_STEP),
    };
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
    cursor ??= from;
    dirty = true;
    host.needsFrame();
  });
  canvas.addEventListener('blur', () => {
    cursor = null;
    dirty = true;
    host.needsFrame();
  });

  /** @param {PointerEvent} event */
  function move(event) {
    const { time, value } = picture.at(event);
    const place = { point: picture.nearest(time), value: Math.max(-2, Math.min(2, value)) };
    put(pen?.point ?? place.point, place.point, pen?.value ?? place.value, place.value);
    pen = place;
  }

  async function ask() {
    followed = await host.follow(inputs.slice());
    dirty = true;
  }

  function tell() {
    for (const { name, input, value } of knobs) {
      const shown = short.format(input.valueAsNumber);
      value.textContent = name === 'phase' ? `${shown} π` : `${shown} ×`;
      input.setAttribute('aria-valuetext', value.textContent);
    }
    const predictions = followed?.predictions ?? null;
    picture.show({ times, inputs, targets, predictions });
    picture.mark(cursor);
    caution.hidden = !host.untrained;
    const last = (/** @type {ArrayLike<number>} */ values) => Array.from(values).slice(-20);
    const peak = predictions ? Math.max(...last(predictions).map(Math.abs)) : 0;
    const words = !predictions
      ? ''
      : cursor !== null
        ? text('free-point', {
            point: cursor + 1,
            input: fixed.format(inputs[cursor]),
            prediction: fixed.format(predictions[cursor]),
          })
        : targets && silence === null
          ? text('free-says', {
              peak: fixed.format(peak),
              loss: fixed.format(
                Math.sqrt(
                  last(predictions).reduce(
                    (sum, value, k) =>
                      sum + (value - last(/** @type {Float32Array} */ (targets))[k]) ** 2,
                    0,
                  ) / 20,
                ),
              ),
            })
          : text('free-says-drawn', { peak: fixed.format(peak) });
    says.textContent = words;
    canvas.setAttribute('aria-label', `${text('free-alt')} ${words}`);
    table.changed();
  }

  tune({});
  return {
    element: section(
      'free',
      text('free'),
      make(
        'p',
        { class: 'key' },
        make('span', { class: 'swatch input' }),
        text('free-input'),
        make('span', { class: 'swatch target' }),
        text('free-target'),
        make('span', { class: 'swatch' }),
        text('wave-prediction'),
      ),
      make('div', { class: 'chart' }, canvas),
      make(
        'div',
        { class: 'knobs' },
        ...knobs.map(({ label }) => label),
        make('label', { class: 'check' }, flat, text('free-flat')),
        reset,
      ),
      says,
      caution,
      make('p', { class: 'note' }, text('free-pen')),
      table.element,
    ),
    metrics: () => question.outdated(),
    state(state) {
      question.state(state);
      question.outdated();
      dirty = true;
    },
    ready: () => question.ready(),
    figure: tune,
    draw() {
      if (!canvas.clientWidth) return;
      question.draw();
      if (!dirty) return;
      dirty = false;
      tell();
      picture.draw();
    },
  };
}
