/**
 * Beyond the tutorial: with the weights frozen the network is given another wave, or one drawn by hand, and after
 * a while nothing, or what it makes of its own answers.
 *
 * @module
 */

import { decimals } from '../canvas/notation.js';
import { wavePicture } from '../canvas/wave.js';
import { make, section, write } from '../lesson/dom.js';
import { choiceOf, refuseUnknown, refuseValue } from './figure.js';
import { lineKey } from './line-key.js';
import { numbers } from './numbers.js';
import { Question } from './question.js';

/** @import {Following, Generated} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

/** Points, pi/10 apart: four periods of the wave it is trained on. */
const POINTS = 80;
const SPACING = Math.PI / 10;
/** Periods of the wave it is trained on in all. */
const WHOLE = (POINTS * SPACING) / (2 * Math.PI);
/** Points of the last two periods, of which the answer is judged. */
const LAST = 20;
/** While it trains, it is asked again this often, in milliseconds. */
const AGAIN = 600;
/** An answer that varies by less stands still. */
const STILL = 0.1;
/** How far an arrow key moves a point. */
const KEY_STEP = 0.1;
/** The largest value that can be drawn. */
const MOST = 2;
/** Periods before the input becomes another one, unless somebody says otherwise. */
const PERIODS = 2;
/** What the input is then. */
const THEN = /** @type {const} */ (['wave', 'zero', 'closed']);

/** @typedef {'frequency' | 'amplitude' | 'phase' | 'noise'} Knob */

/** @type {Array<{name: Knob, min: number, max: number, step: number, usual: number}>} */
const KNOBS = [
  { name: 'frequency', min: 0.25, max: 3, step: 0.25, usual: 1 },
  { name: 'amplitude', min: 0, max: 2, step: 0.1, usual: 1 },
  { name: 'phase', min: 0, max: 2, step: 0.125, usual: 0 },
  { name: 'noise', min: 0, max: 0.5, step: 0.05, usual: 0 },
];

/** @type {Record<Knob, string>} */
const UNITS = { frequency: '# ×', amplitude: '# ×', phase: '# π', noise: '± #' };

/** What noise is made of: the same numbers from -1 to 1 at every visit. */
const NOISE = Float32Array.from({ length: POINTS }, (_, k) => {
  const sine = Math.sin(127.1 * (k + 1)) * 43758.5453;
  return 2 * (sine - Math.floor(sine)) - 1;
});
const TIMES = Float32Array.from({ length: POINTS }, (_, k) => k * SPACING);

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function freeRun(context) {
  const { host, run, text, language, signal } = context;
  const view = run.view('free-run', {
    frequency: 1,
    amplitude: 1,
    /** In units of pi. */
    phase: 0,
    /** The most that is added to a point, or taken from it. */
    noise: 0,
    /** After how many periods the input is zero; null: never. */
    flatAfter: /** @type {number | null} */ (null),
    /** After how many periods the network feeds itself; null: never. At most one of the two is a number. */
    closedAfter: /** @type {number | null} */ (null),
    /** A wave drawn by hand, in place of all that. */
    drawn: /** @type {Float32Array | null} */ (null),
    /** The point that the keyboard has chosen. */
    point: /** @type {number | null} */ (null),
    /** The last answer. */
    followed: /** @type {Following | Generated | null} */ (null),
  });
  const picture = wavePicture(context, {
    part: 'free-run-figure',
    language,
    span: 8,
    most: MOST + 0.25,
  });
  const canvas = picture.element;
  const says = make('p', { part: 'free-run-says', class: 'note' });
  const caution = make('p', { class: 'note absent' }, text('untrained'));
  const fixed = decimals(language, 2);
  const short = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  const knobs = KNOBS.map(({ name, min, max, step }) => {
    const value = make('span', { class: 'where' });
    const input = make('input', {
      part: `free-run-${name}`,
      type: 'range',
      min,
      max,
      step,
      oninput: () => tune({ [name]: input.valueAsNumber }),
    });
    const words = make('span', {}, text(`free-run-${name}`));
    return { name, input, value, label: make('label', { class: 'knob' }, words, input, value) };
  });
  const ownKey = lineKey('own', text('free-run-own'));
  const targetKey = lineKey('target', text('free-run-target'));
  const from = make('span', {});
  const then = make(
    'select',
    { part: 'free-run-then', onchange: () => goOn(choiceOf('then', then.value, THEN)) },
    ...THEN.map((value) => make('option', { value }, text(`free-run-then-${value}`))),
  );
  const reset = make(
    'button',
    { part: 'free-run-reset', type: 'button', onclick: () => tune(usual()) },
    text('free-run-reset'),
  );
  const table = numbers(context, 'free-run', text('free-run'), fixed, () => {
    const { inputs, targets } = wave();
    return {
      head: [
        text('wave-time'),
        text('free-run-input'),
        text('free-run-target'),
        text('wave-prediction'),
      ],
      rows: Array.from(TIMES, (time, k) => [
        time,
        inputs[k] ?? null,
        targets?.[k] ?? null,
        view.followed?.predictions[k] ?? null,
      ]),
    };
  });

  let dirty = true;
  const question = new Question(context, AGAIN, ask);
  const serves = run.watch('serves');
  const trained = run.watch('state', 'losses', 'fresh');

  function redraw() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {Partial<typeof view>} what */
  function tune(what) {
    Object.assign(view, { drawn: null }, what);
    question.changed();
    redraw();
  }

  /** What comes after a while. @param {(typeof THEN)[number]} what */
  function goOn(what) {
    tune({
      drawn: view.drawn,
      flatAfter: what === 'zero' ? PERIODS : null,
      closedAfter: what === 'closed' ? PERIODS : null,
    });
  }

  /** How many points are given before the input becomes another one. */
  function given() {
    const end = 2 * Math.PI * (view.flatAfter ?? view.closedAfter ?? Infinity);
    return TIMES.filter((time) => time < end).length;
  }

  /** What the network reads, as far as it is known, and what it should answer, if that is. @returns {{inputs: Float32Array, targets: Float32Array | null}} */
  function wave() {
    const { frequency, amplitude, phase, noise, flatAfter, closedAfter, drawn, followed } = view;
    const curve = (/** @type {(angle: number) => number} */ of) =>
      TIMES.map((time) => amplitude * of(frequency * time + phase * Math.PI));
    const wanted = curve(Math.cos);
    const inputs = drawn
      ? drawn.slice()
      : curve(Math.sin).map((value, k) => value + noise * (NOISE[k] ?? 0));
    const count = given();
    if (flatAfter !== null) for (const all of [inputs, wanted]) all.fill(0, count);
    const targets = drawn ? null : wanted;
    if (closedAfter === null) return { inputs, targets };
    const own = followed && 'inputs' in followed ? followed.inputs.subarray(count) : [];
    return { inputs: Float32Array.of(...inputs.subarray(0, count), ...own), targets };
  }

  /** A stroke of the pen over the wave. @param {{point: number, value: number}} from @param {{point: number, value: number}} to */
  function draw(from, to) {
    const drawn = new Float32Array(POINTS);
    drawn.set(wave().inputs);
    const count = Math.max(1, Math.abs(to.point - from.point));
    for (let k = 0; k <= count; k += 1) {
      const share = k / count;
      const point = Math.round(from.point + share * (to.point - from.point));
      drawn[point] = from.value + share * (to.value - from.value);
    }
    // Where the network feeds itself it begins from what is drawn; who draws over that draws the whole of it.
    const isGiven = Math.max(from.point, to.point) < given();
    tune({ drawn, flatAfter: null, closedAfter: isGiven ? view.closedAfter : null });
  }

  /** Which pointer draws, and where it was last. @type {{id: number, point: number, value: number} | null} */
  let pen = null;

  /** @param {PointerEvent} event */
  function move(event) {
    const { time, value } = picture.at(event);
    const place = { point: picture.nearest(time), value: Math.max(-MOST, Math.min(MOST, value)) };
    draw(pen ?? place, place);
    pen = { id: event.pointerId, ...place };
  }

  /** @param {PointerEvent} event */
  function lift(event) {
    if (event.pointerId === pen?.id) pen = null;
  }

  canvas.addEventListener(
    'pointerdown',
    (event) => {
      if (pen || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      move(event);
    },
    { signal },
  );
  canvas.addEventListener(
    'pointermove',
    (event) => {
      if (event.pointerId !== pen?.id) return;
      const between = event.getCoalescedEvents?.() ?? [];
      for (const one of between.length > 0 ? between : [event]) move(one);
    },
    { signal },
  );
  for (const end of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture']))
    canvas.addEventListener(end, lift, { signal });
  canvas.addEventListener('keydown', onkeydown, { signal });
  canvas.addEventListener(
    'blur',
    () => {
      // What takes the canvas away takes its focus as well: the point comes back with it.
      if (!canvas.isConnected) return;
      view.point = null;
      redraw();
    },
    { signal },
  );

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    const from = view.point ?? 0;
    const value = wave().inputs[from] ?? 0;
    const lifted = (/** @type {number} */ by) => {
      const place = { point: from, value: Math.max(-MOST, Math.min(MOST, value + by)) };
      draw(place, place);
    };
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => (view.point = Math.max(0, from - 1)),
      ArrowRight: () => (view.point = view.point === null ? 0 : Math.min(POINTS - 1, from + 1)),
      ArrowUp: () => lifted(KEY_STEP),
      ArrowDown: () => lifted(-KEY_STEP),
    };
    const press = keys[event.key];
    if (!press) return;
    event.preventDefault();
    press();
    view.point ??= from;
    redraw();
  }

  async function ask() {
    const inputs = wave().inputs;
    if (view.closedAfter === null) view.followed = await host.follow(inputs);
    else {
      const count = given();
      view.followed = await host.generate(inputs.slice(0, count), {
        more: POINTS - count,
        by: view.frequency * SPACING,
      });
    }
    dirty = true;
  }

  /** @param {Float32Array} inputs @param {Float32Array | null} targets */
  function sentence(inputs, targets) {
    if (!view.followed) return '';
    const { predictions } = view.followed;
    if (view.point !== null)
      return text('free-run-point', {
        point: view.point + 1,
        input: fixed(inputs[view.point] ?? 0),
        prediction: fixed(predictions[view.point] ?? 0),
      });
    const answer = predictions.subarray(-LAST);
    const peak = fixed(Math.max(...answer.map(Math.abs)));
    if (view.closedAfter !== null) {
      if (Math.max(...answer) - Math.min(...answer) < STILL)
        return text('free-run-says-rest', { value: fixed(answer.at(-1) ?? 0) });
      const period = periodOf(predictions.subarray(given()));
      const learned = learnedPeriod();
      if (period === null || learned === null) return text('free-run-says-drawn', { peak });
      return text('free-run-says-closed', { peak, points: fixed(period), learned });
    }
    if (!targets || view.flatAfter !== null) return text('free-run-says-drawn', { peak });
    const wanted = targets.subarray(-LAST);
    const squares = answer.reduce((sum, value, k) => sum + (value - (wanted[k] ?? 0)) ** 2, 0);
    return text('free-run-says', { peak, loss: fixed(Math.sqrt(squares / LAST)) });
  }

  /** Points of a period in training. */
  function learnedPeriod() {
    const { timeStep, endpoint } = run.state?.options ?? {};
    if (timeStep === undefined) return null;
    return 2 * (endpoint === 'exclusive' ? timeStep : timeStep - 1);
  }

  function update() {
    for (const { name, input, value } of knobs) {
      input.value = String(view[name]);
      const shown = short.format(view[name]);
      write(value, UNITS[name].replace('#', shown));
      input.setAttribute('aria-valuetext', value.textContent ?? '');
    }
    then.value = view.flatAfter !== null ? 'zero' : view.closedAfter !== null ? 'closed' : 'wave';
    const after = view.flatAfter ?? view.closedAfter ?? PERIODS;
    write(from, text('free-run-then', { from: short.format(2 * after) }));
    const { inputs, targets } = wave();
    const predictions = view.followed?.predictions ?? null;
    const own = view.closedAfter === null ? null : given();
    picture.show({ times: TIMES, inputs, targets, predictions, own }, view.point);
    ownKey.hidden = own === null;
    targetKey.hidden = targets === null;
    const called = own === null ? 'free-run-target' : 'free-run-target-closed';
    targetKey.lastChild?.replaceWith(text(called));
    caution.classList.toggle('absent', !(run.state?.untrained ?? true));
    const turns = view.closedAfter !== null && view.frequency !== 1 && view.point === null;
    const words = [sentence(inputs, targets), turns ? text('free-run-turns') : '']
      .filter(Boolean)
      .join(text('sentence'));
    write(says, words);
    canvas.setAttribute('aria-label', `${text('free-run-alt')} ${words}`);
    table.changed();
  }

  return {
    element: section(
      'free-run',
      text('free-run'),
      make(
        'p',
        { class: 'key' },
        lineKey('input', text('free-run-input')),
        ownKey,
        targetKey,
        lineKey('predicted', text('wave-prediction')),
      ),
      make('div', { class: 'chart' }, canvas),
      make(
        'div',
        { class: 'knobs' },
        ...knobs.map(({ label }) => label),
        make('label', { class: 'then' }, from, then),
        reset,
      ),
      says,
      caution,
      make('p', { class: 'note' }, text('free-run-pen')),
      table.element,
    ),
    show(what) {
      const others = /** @type {const} */ (['flatAfter', 'closedAfter']);
      refuseUnknown('free-run', what, ...KNOBS.map(({ name }) => name), ...others);
      const wanted = usual();
      for (const { name, min, max } of KNOBS) {
        const value = what[name];
        if (value === undefined) continue;
        const amount = Number(value) / (name === 'phase' ? Math.PI : 1);
        const within = typeof value === 'number' && amount >= min && amount <= max;
        const unit = name === 'phase' ? ' pi' : '';
        refuseValue(name, value, within, `a number from ${min} to ${max}${unit}`);
        wanted[name] = amount;
      }
      for (const name of others) {
        const value = what[name] ?? null;
        // A network that feeds itself needs something to begin with.
        const fits =
          value === null ||
          (typeof value === 'number' &&
            (name === 'flatAfter' ? value >= 0 : value > 0 && value < WHOLE));
        const most = name === 'closedAfter' ? `, less than ${WHOLE}` : '';
        refuseValue(name, value, fits, `a number of periods${most}, or null`);
        wanted[name] = /** @type {number | null} */ (value);
      }
      const both = wanted.flatAfter !== null && wanted.closedAfter !== null;
      refuseValue('closedAfter', wanted.closedAfter, !both, 'null where flatAfter is a number');
      tune(wanted);
    },
    draw() {
      if (trained()) {
        question.outdated();
        dirty = true;
      }
      question.draw(serves());
      if (dirty) {
        dirty = false;
        update();
      }
      picture.draw();
    },
  };
}

/** The wave that the network is trained on. @returns {Record<Knob, number> & Record<'flatAfter' | 'closedAfter', number | null>} */
function usual() {
  return { frequency: 1, amplitude: 1, phase: 0, noise: 0, flatAfter: null, closedAfter: null };
}

/**
 * How many points a swing takes, from where the curve passes zero on its way from half its height on one side to as
 * much on the other; null if it does so less than twice.
 *
 * @param {Float32Array} values
 */
function periodOf(values) {
  const enough = Math.max(...values.map(Math.abs)) / 2;
  /** @type {number[]} */
  const zeros = [];
  let [side, zero] = [0, 0];
  for (let k = 1; k < values.length; k += 1) {
    const [before, after] = [values[k - 1] ?? 0, values[k] ?? 0];
    if (before < 0 !== after < 0) zero = k - 1 + before / (before - after);
    if (Math.abs(after) < enough || Math.sign(after) === side) continue;
    if (side !== 0) zeros.push(zero);
    side = Math.sign(after);
  }
  const [first, last] = [zeros[0], zeros.at(-1)];
  if (first === undefined || last === undefined || zeros.length < 2) return null;
  return (2 * (last - first)) / (zeros.length - 1);
}
