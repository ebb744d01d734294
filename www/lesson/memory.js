/**
 * Why memory is needed: the hidden state's path in the plane in which it varies most, and the same units
 * over time. Two points with the same sin are marked; only the state tells them apart.
 *
 * @module
 */

import { make, section } from './dom.js';
import { heatmap } from './heatmap.js';
import { Question } from './question.js';
import { statePath } from './state-path.js';
import { numbers } from './table.js';

/** @import {Context, Part} from './parts.js' */
/** @import {Portrait} from '../worker/protocol.js' */

/** Segments that are shown, and as many before them for the probe's state to settle. */
const SHOWN = 4;
/** While it trains, the path is drawn again this often, in milliseconds. */
const AGAIN = 200;

/** @typedef {'live' | 'probe'} Path */

/** What is shown: states x hiddenSize, of segments of `length` points. @typedef {{portrait: Portrait, states: Float32Array, inputs: Float32Array, hiddenSize: number, length: number}} Shown */

/**
 * @param {Context} context
 * @returns {Part}
 */
export function memory({ host, text, language, attempt }) {
  const path = statePath({ part: 'portrait' });
  const map = heatmap({ part: 'units' });
  path.element.setAttribute('aria-label', text('memory-portrait'));
  map.element.setAttribute('aria-label', text('memory-units'));
  const says = make('p', { part: 'memory-says', class: 'note' });
  const explained = make('p', { part: 'memory-explained', class: 'note' });
  const paths = make(
    'select',
    { part: 'memory-path', onchange: () => choose(/** @type {Path} */ (paths.value)) },
    make('option', { value: 'live' }, text('memory-live')),
    make('option', { value: 'probe' }, text('memory-probe')),
  );
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const fixed = new Intl.NumberFormat(language, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const hint = make('p', { class: 'empty' }, text('memory-empty'));
  const table = numbers(text, text('memory'), () => {
    const head = [
      text('memory-point'),
      text('wave-input'),
      text('memory-right'),
      text('memory-up'),
    ];
    const points = shown?.portrait.points ?? [];
    const rows = Array.from(shown?.inputs ?? [], (input, k) => [
      k + 1,
      fixed.format(input),
      fixed.format(points[2 * k]),
      fixed.format(points[2 * k + 1]),
    ]);
    return { head, rows };
  });

  /** @type {Path} */
  let which = 'live';
  /** @type {Shown | null} */
  let shown = null;
  /** @type {Float32Array | undefined} */
  let frame;
  let dirty = true;
  const question = new Question(host, AGAIN, ask);

  /** @param {Path} path */
  function choose(path) {
    which = path;
    paths.value = path;
    again();
  }

  function again() {
    dirty = true;
    question.changed();
  }

  /** The states to draw, or none where the run has not been through any. */
  async function states() {
    if (which === 'live') {
      const segments = host.segments.upTo(host.segments.last, SHOWN);
      if (segments.length === 0) return null;
      const length = segments[0].times.length;
      const size = segments[0].hidden.length / length;
      // The segment's length may have been changed on the way.
      const alike = segments.filter(
        ({ times, hidden }) => times.length === length && hidden.length === length * size,
      );
      return {
        states: join(alike.map(({ hidden }) => hidden)),
        inputs: join(alike.map(({ inputs }) => inputs)),
        hiddenSize: size,
        length,
      };
    }
    const { timeStep = 10, endpoint } = host.state.options;
    const intervals = endpoint === 'exclusive' ? timeStep : timeStep - 1;
    const inputs = Float32Array.from({ length: 2 * SHOWN * timeStep }, (_, k) =>
      Math.sin(Math.PI * (Math.floor(k / timeStep) + (k % timeStep) / intervals)),
    );
    const { hidden, hiddenSize } = await host.follow(inputs);
    const half = SHOWN * timeStep;
    return {
      states: hidden.slice(half * hiddenSize),
      inputs: inputs.slice(half),
      hiddenSize,
      length: timeStep,
    };
  }

  async function ask() {
    const found = await states();
    if (!found) {
      shown = null;
    } else {
      if (frame?.length !== 2 * found.hiddenSize) frame = undefined;
      const portrait = await host.portrait({
        states: found.states,
        hiddenSize: found.hiddenSize,
        frame,
      });
      ({ frame } = portrait);
      shown = { ...found, portrait };
    }
    dirty = true;
  }

  function tell() {
    hint.hidden = shown !== null;
    if (!shown) {
      path.show(null);
      map.show({ values: new Float32Array(1), rows: 1, columns: 1, most: 1, signed: true });
      says.textContent = explained.textContent = '\u00a0';
      return;
    }
    const { portrait, states, hiddenSize, length, inputs } = shown;
    const pair = twins(inputs, length);
    path.show({ points: portrait.points, length, pair });
    // Units from top to bottom, time from left to right.
    const count = inputs.length;
    map.show({
      values: Float32Array.from(
        { length: count * hiddenSize },
        (_, k) => states[(k % count) * hiddenSize + Math.floor(k / count)],
      ),
      rows: hiddenSize,
      columns: count,
      most: 1,
      signed: true,
    });
    const [apart, size] = distances(states, hiddenSize, pair);
    const words = text('memory-says', {
      sin: fixed.format(inputs[pair[0]]),
      apart: fixed.format(apart),
      share: percent.format(size > 0 ? apart / size : 0),
    });
    says.textContent = words;
    explained.textContent = text('memory-explained', { share: percent.format(portrait.explained) });
    path.element.setAttribute('aria-label', text('memory-alt', { says: words }));
    map.element.setAttribute('aria-label', text('memory-units-alt', { units: hiddenSize, count }));
    table.changed();
  }

  return {
    element: section(
      'memory',
      text('memory'),
      make(
        'div',
        { class: 'memory' },
        make(
          'div',
          { class: 'memory-side' },
          make('h4', {}, text('memory-portrait')),
          make('div', { class: 'chart' }, path.element, hint),
        ),
        make(
          'div',
          { class: 'memory-side' },
          make('h4', {}, text('memory-units')),
          map.element,
          make('p', { class: 'key' }, '\u22121', make('span', { class: 'ramp signed' }), '1'),
        ),
      ),
      make(
        'div',
        { class: 'figure-bar' },
        make('label', {}, make('span', {}, text('memory-path')), paths),
        make('div', {}, says, explained),
      ),
      table.element,
    ),
    metrics: () => question.outdated(),
    state(state) {
      question.state(state);
      question.outdated();
    },
    fresh() {
      frame = undefined;
      again();
    },
    ready: () => question.ready(),
    figure({ path = which }) {
      attempt(Promise.resolve(choose(/** @type {Path} */ (path))));
    },
    draw() {
      if (!path.element.clientWidth) return;
      question.draw();
      if (dirty) {
        dirty = false;
        tell();
      }
      path.draw();
      map.draw();
    },
  };
}

/** @param {Float32Array[]} parts */
function join(parts) {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Two points of the last segment but one whose inputs are alike and whose targets are opposite: one on the way
 * to the peak, near to where input and target are equal, and the later one that is nearest to it.
 *
 * @param {Float32Array} inputs
 * @param {number} length
 * @returns {[number, number]}
 */
function twins(inputs, length) {
  const from = Math.max(0, inputs.length - 2 * length);
  const middle = from + Math.ceil(length / 2);
  const nearest = (
    /** @type {number} */ start,
    /** @type {number} */ end,
    /** @type {number} */ value,
  ) => {
    let best = start;
    for (let k = start; k < end; k += 1)
      if (Math.abs(inputs[k] - value) < Math.abs(inputs[best] - value)) best = k;
    return best;
  };
  const first = nearest(from, middle, Math.sign(inputs[middle]) * Math.SQRT1_2);
  return [first, nearest(middle, from + length, inputs[first])];
}

/**
 * How far two states are apart, and twice the root mean square distance of all from their mean: the loop's size.
 *
 * @param {Float32Array} states
 * @param {number} size
 * @param {[number, number]} pair
 */
function distances(states, size, [a, b]) {
  const count = states.length / size;
  let [apart, spread] = [0, 0];
  for (let unit = 0; unit < size; unit += 1) {
    let [sum, squares] = [0, 0];
    for (let k = 0; k < count; k += 1) {
      const value = states[k * size + unit];
      sum += value;
      squares += value * value;
    }
    spread += squares / count - (sum / count) ** 2;
    apart += (states[a * size + unit] - states[b * size + unit]) ** 2;
  }
  return [Math.sqrt(apart), 2 * Math.sqrt(spread)];
}
