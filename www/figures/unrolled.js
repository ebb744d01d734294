/**
 * What a recurrent network is: the loop, and the same loop unrolled in time, with the numbers of the network as
 * it is.
 *
 * @module
 */

import { decimals } from '../canvas/notation.js';
import { arrow, drawn, line, picture, words } from '../canvas/svg.js';
import { make, section, write } from '../lesson/dom.js';
import { Unit, cellOf, equation, subscripts, sum } from './cell-parts.js';
import { refuseUnknown, wholeOf } from './figure.js';
import { Question } from './question.js';

/** @import {Unrolled} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

const HEIGHT = 216;
/** Time steps that are drawn; of more, those around the one that is looked at. */
const DRAWN = 10;
/** The same where there is little room, in pixels. */
const [FEW, NARROW] = [5, 520];
/** Segments before the one that is shown, where the state is carried: two waves. */
const SETTLING = 4;
/** Where the unrolled network begins. */
const FROM = 190;
/** From one time step to the next. */
const PITCH = 48;
const BOX = { top: 78, width: 34, height: 58 };
/** Units that are drawn. */
const MOST_UNITS = 64;
/** While it trains, it is asked again this often, in milliseconds. */
const AGAIN = 500;

/** One time step as it is drawn; `show` writes the numbers of the `k`th. @typedef {{element: SVGElement, show: (seen: Unrolled | null, k: number) => void}} TimeStep */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function unrolled(context) {
  const { host, run, text, language, signal } = context;
  const view = run.view('unrolled', {
    /** From 0. */
    step: 2,
    unit: 0,
    /** The last answer, and what was asked for. */
    seen: /** @type {Unrolled | null} */ (null),
    times: new Float32Array(),
    /** Time steps of a segment. */
    count: 0,
  });
  const written = decimals(language, 2);
  /** What is drawn now; its numbers change more often than its kind. @type {{kind: string, steps: TimeStep[]} | null} */
  let sketch = null;
  /** Time steps that there is room for. */
  let room = innerWidth < NARROW ? FEW : DRAWN;
  const frame = make('div', { class: 'unrolled-frame' });
  const stepRange = make('input', {
    part: 'unrolled-step',
    type: 'range',
    min: 1,
    max: DRAWN,
    value: view.step + 1,
    oninput: () => choose({ step: stepRange.valueAsNumber - 1 }),
  });
  const unitRange = make('input', {
    part: 'unrolled-unit',
    type: 'range',
    min: 1,
    max: 32,
    value: view.unit + 1,
    oninput: () => choose({ unit: unitRange.valueAsNumber - 1 }),
  });
  const stepWords = make('span', { class: 'where' });
  const unitWords = make('span', { class: 'where' });
  const formula = make('code', { part: 'unrolled-formula', class: 'formula' });
  const numbers = make('code', { part: 'unrolled-numbers', class: 'formula' });
  const output = make('code', { part: 'unrolled-output', class: 'formula' });
  const says = make('p', { part: 'unrolled-says', class: 'note' });
  const check = make('p', { part: 'unrolled-check', class: 'note' });

  let dirty = true;
  const question = new Question(context, AGAIN, ask);
  const serves = run.watch('serves');
  const trained = run.watch('state', 'losses', 'fresh');
  const observer = new ResizeObserver(([entry]) => {
    const { width = 0 } = entry?.contentRect ?? {};
    if (width === 0) return;
    room = width < NARROW ? FEW : DRAWN;
    choose({});
  });
  observer.observe(frame);
  signal.addEventListener('abort', () => observer.disconnect());

  /** @param {...Node} drawn */
  function sheet(...drawn) {
    const label = text('unrolled-alt');
    const properties = { class: 'unrolled-figure', part: 'unrolled-figure', 'aria-label': label };
    return picture(FROM + PITCH * room + 8, HEIGHT, properties, ...drawn);
  }

  /** @param {Partial<Pick<typeof view, 'step' | 'unit'>>} what */
  function choose(what) {
    Object.assign(view, what);
    dirty = true;
    host.needsFrame();
  }

  const settling = () => (run.state?.options.stateMode === 'reset' ? 0 : SETTLING);

  /** Places on the wave: a segment, and those before it in which the state settles. */
  function times() {
    const { timeStep = DRAWN, endpoint } = run.state?.options ?? {};
    const gaps = endpoint === 'exclusive' ? timeStep : timeStep - 1;
    const place = (/** @type {number} */ k) =>
      Math.PI * (Math.floor(k / timeStep) + (k % timeStep) / gaps);
    return Float32Array.from({ length: (settling() + 1) * timeStep }, (_, k) => place(k));
  }

  async function ask() {
    const asked = times();
    const count = asked.length / (settling() + 1);
    view.seen = await host.unroll(asked.map(Math.sin));
    view.count = count;
    view.times = asked;
    dirty = true;
  }

  /** Of a shorter segment the last one. */
  const chosen = () => Math.min(view.step, view.count - 1);

  /** Where a time step of the segment stands in the sequence. @param {number} k */
  const placeOf = (k) => view.times.length - view.count + k;

  /** What the network is like, also before it has answered. @param {Unrolled | null} seen */
  function shapeOf(seen) {
    if (seen) return { count: view.count, size: seen.hiddenSize, cell: cellOf(seen) };
    const { timeStep = DRAWN, hiddenSize, cell } = host.state.options;
    return { count: timeStep, size: hiddenSize, cell };
  }

  /** One time step: what is read, the state, what is answered. @param {number} size  units @param {number} x @returns {TimeStep} */
  function timeStep(size, x) {
    let at = 0;
    const shown = Math.min(size, MOST_UNITS);
    const columns = Math.max(1, Math.round(Math.sqrt(shown / 2)));
    const rows = Math.ceil(shown / columns);
    const [wide, tall] = [(BOX.width - 6) / columns, (BOX.height - 6) / rows];
    const { top, width, height } = BOX;
    const states = Array.from({ length: shown }, (_, unit) =>
      drawn('rect', {
        x: x - width / 2 + 3 + (unit % columns) * wide,
        y: top + 3 + Math.floor(unit / columns) * tall,
        width: wide,
        height: tall,
        'fill-opacity': 0,
      }),
    );
    const input = words(x, HEIGHT - 20, '', { class: 'input' });
    const place = words(x, HEIGHT - 4, '', { class: 'shape' });
    const answer = words(x, top - 28, '', { class: 'output' });
    const target = words(x, top - 46, '', { class: 'target' });
    const element = drawn(
      'g',
      { class: 'time-step', onclick: () => choose({ step: at }) },
      drawn('rect', { class: 'box', x: x - width / 2, y: top, width, height, rx: 5 }),
      ...states,
      input,
      arrow(`${x},${HEIGHT - 34} ${x},${top + height + 2}`),
      place,
      arrow(`${x},${top} ${x},${top - 22}`),
      answer,
      target,
    );
    return {
      element,
      show(seen, k) {
        at = k;
        element.classList.toggle('chosen', seen !== null && k === chosen());
        write(place, String(k + 1));
        if (!seen) return;
        states.forEach((state, unit) => {
          const value = seen.hidden[placeOf(k) * size + unit] ?? 0;
          state.setAttribute('class', value < 0 ? 'below' : 'above');
          state.setAttribute('fill-opacity', Math.abs(value).toFixed(3));
        });
        write(input, written(seen.inputs[placeOf(k)] ?? 0));
        write(answer, written(seen.outputs[placeOf(k)] ?? 0));
        write(target, written(Math.cos(view.times[placeOf(k)] ?? 0)));
      },
    };
  }

  /** The loop, with the shapes of what goes along it. @param {ReturnType<typeof shapeOf>} shape */
  function loop({ count: time, size, cell }) {
    const x = 88;
    const { top, height } = BOX;
    const middle = top + height / 2;
    const isLstm = cell === 'lstm';
    return [
      drawn('rect', { class: 'box', x: x - 30, y: top, width: 60, height, rx: 5 }),
      words(x, middle + 5, cell.toUpperCase(), { class: 'symbol' }),
      arrow(`${x},${HEIGHT - 34} ${x},${top + height + 2}`),
      words(x, HEIGHT - 20, text('unrolled-x'), { class: 'input' }),
      words(x, HEIGHT - 4, `[1, ${time}, 1]`, { class: 'shape' }),
      arrow(`${x},${top} ${x},${top - 22}`),
      words(x, top - 28, text('unrolled-out'), { class: 'output' }),
      words(x, top - 46, text('unrolled-target'), { class: 'target' }),
      words(x, top - 62, `[1, ${time}, 1]`, { class: 'shape' }),
      arrow(`${x + 30},${middle} 138,${middle} 138,152 32,152 32,${middle} ${x - 31},${middle}`),
      words(4, 168, isLstm ? 'h, c' : 'h', {
        class: 'symbol',
        'text-anchor': 'start',
      }),
      words(isLstm ? 30 : 16, 168, `[1, 1, ${size}]`, {
        class: 'shape',
        'text-anchor': 'start',
      }),
    ];
  }

  /** @param {Unrolled | null} seen null: without its numbers */
  function draw(seen) {
    const shape = shapeOf(seen);
    const { count, size } = shape;
    const shown = Math.min(count, room);
    const units = seen ? size : 0;
    const kind = JSON.stringify([shape, shown, room, units]);
    if (sketch?.kind !== kind) sketch = { kind, steps: sketched(shape, shown, units) };
    const looked = seen ? chosen() : 0;
    const first = Math.max(0, Math.min(count - shown, looked - Math.floor(shown / 2)));
    for (const [k, step] of sketch.steps.entries()) step.show(seen, first + k);
  }

  /** Draws the loop and the time steps beside it. @param {ReturnType<typeof shapeOf>} shape @param {number} shown @param {number} units */
  function sketched(shape, shown, units) {
    const middle = BOX.top + BOX.height / 2;
    const at = (/** @type {number} */ k) => FROM + PITCH * (k + 0.5);
    const half = BOX.width / 2;
    const between = Array.from({ length: shown + 1 }, (_, k) => {
      const [from, to] = [at(k - 1) + half, at(k) - half - 1];
      if (k === 0) return arrow(`${to - 12},${middle} ${to},${middle}`);
      if (k < shown) return arrow(`${from},${middle} ${to},${middle}`);
      return line(`${from},${middle} ${from + 8},${middle}`);
    });
    const steps = Array.from({ length: shown }, (_, k) => timeStep(units, at(k)));
    frame.replaceChildren(
      sheet(...loop(shape), ...between, ...steps.map(({ element }) => element)),
    );
    return steps;
  }

  function update() {
    const { seen } = view;
    if (!seen) return;
    const { count } = view;
    const step = chosen();
    const size = seen.hiddenSize;
    const at = Math.min(view.unit, size - 1);
    const cell = cellOf(seen);
    draw(seen);
    stepRange.max = String(count);
    stepRange.value = String(step + 1);
    unitRange.max = String(size);
    unitRange.value = String(at + 1);
    write(stepWords, text('inside-unit-of', { unit: step + 1, units: count }));
    write(unitWords, text('inside-unit-of', { unit: at + 1, units: size }));
    formula.replaceChildren(...subscripts(equation(cell, 'h', step + 1)));
    write(numbers, sum(cell, 'h', new Unit(seen, placeOf(step), at)));
    const answer = written(seen.outputs[placeOf(step)] ?? 0);
    output.replaceChildren(
      ...subscripts(`out[${step + 1}] = W_out h[${step + 1}] + b_out = ${answer}`),
    );
    write(
      says,
      text('unrolled-says', {
        step: step + 1,
        unit: at + 1,
        wanted: written(Math.cos(view.times[placeOf(step)] ?? 0)),
        answer,
      }),
    );
    const end = seen.hidden.subarray(-size);
    const same = end.every((value, unit) => value === seen.last[unit]);
    write(check, text(same ? 'unrolled-same' : 'unrolled-differ', { size, time: count }));
    for (const range of [stepRange, unitRange])
      range.setAttribute('aria-valuetext', says.textContent ?? '');
  }

  draw(view.seen);
  return {
    element: section(
      'unrolled',
      text('unrolled-title'),
      frame,
      make(
        'div',
        { class: 'knobs' },
        make(
          'label',
          { class: 'knob' },
          make('span', {}, text('unrolled-step')),
          stepRange,
          stepWords,
        ),
        make(
          'label',
          { class: 'knob' },
          make('span', {}, text('gates-unit')),
          unitRange,
          unitWords,
        ),
      ),
      make('div', { class: 'formulas' }, formula, numbers, output),
      says,
      check,
    ),
    show(what) {
      refuseUnknown('unrolled', what, 'timeStep', 'unit');
      const { timeStep, unit } = what;
      if (timeStep !== undefined) choose({ step: wholeOf('timeStep', timeStep, 1, 200) - 1 });
      if (unit !== undefined) choose({ unit: wholeOf('unit', unit, 1, 256) - 1 });
    },
    draw() {
      if (trained()) question.outdated();
      question.draw(serves());
      if (dirty) {
        dirty = false;
        update();
      }
    },
  };
}
