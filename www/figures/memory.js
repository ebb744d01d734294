/**
 * Why memory is needed: the hidden state's path in the plane in which it varies most, and the same units
 * over time. Two points with the same sin are marked; only the state tells them apart.
 *
 * @module
 */

import { heatmap } from '../canvas/heatmap.js';
import { statePath } from '../canvas/state-path.js';
import { decimals } from '../canvas/notation.js';
import { join } from '../lesson/join.js';
import { make, section, write } from '../lesson/dom.js';
import { choiceOf, refuseUnknown, refuseValue } from './figure.js';
import { numbers } from './numbers.js';
import { Question } from './question.js';
import { distances, sameInput } from './states.js';

/** @import {Portrait} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

/** Segments that are shown, and as many before them for the probe's state to settle. */
const SHOWN = 4;
/** While it trains, the path is drawn again this often, in milliseconds. */
const AGAIN = 200;

const PATHS = /** @type {const} */ (['live', 'probe']);
const VIEWS = /** @type {const} */ (['both', 'portrait', 'heatmap']);

/** @import {Read} from './wave.js' */

/** States x hiddenSize, of segments of `length` points; `steps` are the segments' numbers, where training went through them. @typedef {{states: Float32Array, inputs: Float32Array, hiddenSize: number, length: number, steps: number[]}} States */
/** @typedef {States & {portrait: Portrait}} Shown */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function memory(context) {
  const { host, run, text, language } = context;
  const view = run.view('memory', {
    path: /** @type {typeof PATHS[number]} */ ('live'),
    /** Which picture the text beside it is about. */
    view: /** @type {typeof VIEWS[number]} */ ('both'),
    /** Whether the two points are marked. */
    pair: true,
    /** What is right and what is up: the next path is not turned against this one. */
    frame: /** @type {Float32Array | null} */ (null),
    /** The number of the run that the frame belongs to. */
    run: 0,
    /** The last answer. */
    shown: /** @type {Shown | null} */ (null),
  });
  const components = /** @type {[string, string]} */ (
    [1, 2].map((k) => text('memory-component', { k }))
  );
  const path = statePath(context, {
    part: 'portrait',
    axes: components,
    marks: [text('memory-rising'), text('memory-falling')],
  });
  /** The point that is read out of the wave. */
  const wave = run.view('wave', { read: /** @type {Read | null} */ (null) });
  const map = heatmap(context, { part: 'units' });
  const says = make('p', { part: 'memory-says', class: 'note' });
  const explained = make('p', { part: 'memory-explained', class: 'note' });
  const paths = make(
    'select',
    { part: 'memory-path', onchange: () => choose(choiceOf('path', paths.value, PATHS)) },
    ...PATHS.map((path) => make('option', { value: path }, text(`memory-${path}`))),
  );
  const pair = make('input', {
    part: 'memory-pair',
    type: 'checkbox',
    onchange: () => {
      view.pair = pair.checked;
      redraw();
    },
  });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const fixed = decimals(language, 2);
  const hint = make('p', { class: 'empty' }, text('memory-empty'));
  const table = numbers(context, 'memory', text('memory'), fixed, () => {
    const points = view.shown?.portrait.points ?? [];
    return {
      head: [text('memory-point'), text('wave-input'), ...components],
      rows: Array.from(view.shown?.inputs ?? [], (input, k) => [
        k + 1,
        input,
        points[2 * k] ?? 0,
        points[2 * k + 1] ?? 0,
      ]),
    };
  });

  let dirty = true;
  /** As the picture shows it. @type {Read | null} */
  let drawn = null;
  const question = new Question(context, AGAIN, ask);
  const fresh = run.watch('fresh', 'serves');
  const trained = run.watch('state', 'losses');

  function redraw() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {typeof PATHS[number]} path */
  function choose(path) {
    view.path = path;
    question.changed();
    redraw();
  }

  /** The states that training went through. @returns {States | null} null where there are none */
  function liveStates() {
    const segments = run.segments.upTo(run.segments.last, SHOWN);
    const [first] = segments;
    if (!first) return null;
    const length = first.times.length;
    const size = first.hidden.length / length;
    // The segment's length may have been changed on the way.
    const alike = segments.filter(
      ({ times, hidden }) => times.length === length && hidden.length === length * size,
    );
    return {
      states: join(alike.map(({ hidden }) => hidden)),
      inputs: join(alike.map(({ inputs }) => inputs)),
      hiddenSize: size,
      length,
      steps: alike.map(({ step }) => step),
    };
  }

  /** The states of the present weights, on a wave whose beginning is forgotten. @returns {Promise<States>} */
  async function probeStates() {
    const { timeStep = 10, endpoint } = run.state?.options ?? {};
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
      steps: [],
    };
  }

  async function ask() {
    const asked = view.path;
    const found = asked === 'live' ? liveStates() : await probeStates();
    if (asked !== view.path) return;
    if (!found) {
      view.shown = null;
    } else {
      const { states, hiddenSize } = found;
      if (view.frame?.length !== 2 * hiddenSize) view.frame = null;
      const frame = view.frame ?? undefined;
      const portrait = await host.portrait({ states, hiddenSize, frame });
      if (asked !== view.path) return;
      view.frame = portrait.frame;
      view.shown = { ...found, portrait };
    }
    dirty = true;
  }

  /** Where the point that is read out of the wave lies among these. @param {Shown} shown */
  function placeOf({ steps, length }) {
    const at = wave.read ? steps.indexOf(wave.read.step) : -1;
    return wave.read && at >= 0 ? at * length + wave.read.point : null;
  }

  function update() {
    paths.value = view.path;
    pair.checked = view.pair;
    left.classList.toggle('chosen', view.view === 'portrait');
    right.classList.toggle('chosen', view.view === 'heatmap');
    const { shown } = view;
    hint.hidden = shown !== null;
    if (!shown) {
      path.show(null);
      map.show(null);
      path.element.setAttribute('aria-label', text('memory-empty'));
      map.element.setAttribute('aria-label', text('memory-units'));
      write(says, '\u00a0');
      return write(explained, '\u00a0');
    }
    const { portrait, states, hiddenSize, length, inputs } = shown;
    const two = sameInput(inputs, length);
    const read = placeOf(shown);
    path.show({ points: portrait.points, length, pair: view.pair ? two : null, read });
    const count = inputs.length;
    map.show({
      values: turned(states, count, hiddenSize),
      rows: hiddenSize,
      columns: count,
      most: 1,
      signed: true,
    });
    const { apart, size } = distances(states, hiddenSize, two);
    const words = text('memory-says', {
      sin: fixed(inputs[two[0]] ?? 0),
      apart: fixed(apart),
      share: percent.format(size > 0 ? apart / size : 0),
    });
    write(says, words);
    const share = percent.format(portrait.explained);
    const parts = [text('memory-explained', { share })];
    if (run.state?.options.cell === 'lstm') parts.push(text('memory-lstm'));
    write(explained, parts.join(text('sentence')));
    path.element.setAttribute('aria-label', text('memory-alt', { says: words }));
    map.element.setAttribute('aria-label', text('memory-units-alt', { units: hiddenSize, count }));
    table.changed();
  }

  const left = make(
    'div',
    { class: 'memory-side' },
    make('h4', {}, text('memory-portrait')),
    make('div', { class: 'chart' }, path.element, hint),
  );
  const right = make(
    'div',
    { class: 'memory-side' },
    make('h4', {}, text('memory-units')),
    make('div', { class: 'memory-map' }, map.element),
    make('p', { class: 'key' }, '\u22121', make('span', { class: 'ramp signed' }), '1'),
  );
  return {
    element: section(
      'memory',
      text('memory'),
      make('div', { class: 'memory' }, left, right),
      make(
        'div',
        { class: 'figure-bar' },
        make('label', {}, make('span', {}, text('memory-path')), paths),
        make('label', { class: 'check' }, pair, text('memory-pair')),
        make('div', {}, says, explained),
      ),
      table.element,
    ),
    show(what) {
      refuseUnknown('memory', what, 'view', 'path', 'pair');
      const { path = view.path, view: which = view.view, pair = view.pair } = what;
      refuseValue('pair', pair, typeof pair === 'boolean', 'true or false');
      view.view = choiceOf('view', which, VIEWS);
      view.pair = Boolean(pair);
      choose(choiceOf('path', path, PATHS));
    },
    draw() {
      const now = run.state?.run ?? 0;
      if (now !== view.run) Object.assign(view, { run: now, frame: null });
      if (trained()) question.outdated();
      question.draw(fresh());
      if (drawn !== wave.read) dirty = true;
      if (dirty) {
        dirty = false;
        drawn = wave.read;
        update();
      }
      path.draw();
      map.draw();
    },
  };
}

/** Units from top to bottom, time from left to right. @param {Float32Array} states @param {number} count @param {number} size */
function turned(states, count, size) {
  return Float32Array.from(
    { length: count * size },
    (_, k) => states[(k % count) * size + Math.floor(k / count)] ?? 0,
  );
}
