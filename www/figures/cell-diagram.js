/**
 * The cell as a diagram: an LSTM's, a GRU's or an RNN's, with the values of one unit at one time step.
 *
 * Time runs from left to right. What is carried runs along the top; what is read comes in from below.
 *
 * @module
 */

import { arrow, drawn, line, picture, words } from '../canvas/svg.js';
import { isGate, SYMBOLS } from './cell-parts.js';

/** @import {Cell, Part, Unit} from './cell-parts.js' */

const [WIDTH, HEIGHT] = [640, 276];
/** Half of a box. */
const [ACROSS, UP] = [40, 24];
const RADIUS = 13;
/** Where what is carried runs, what is mixed into it, the gates, and what is read. */
const [TOP, MIX, GATES, BUS] = [46, 102, 172, 232];
/** A line that a closed gate lets nothing through is still to be seen. */
const FAINTEST = 0.12;

/** @typedef {ReturnType<typeof cellDiagram>} CellDiagram */

/**
 * @param {Cell} cell
 * @param {object} how
 * @param {string} how.label
 * @param {(part: Part) => void} how.pick  a part was clicked
 */
export function cellDiagram(cell, { label, pick }) {
  /** @type {Map<Part, {element: SVGGElement, value: SVGTextElement}>} */
  const boxes = new Map();
  /** Lines whose strength is a value from 0 to 1. @type {Array<{element: SVGElement, strength: (unit: Unit) => number}>} */
  const flows = [];
  /** Values beside lines. @type {Array<{element: SVGTextElement, value: (unit: Unit) => number}>} */
  const values = [];

  /** A part that can be chosen. @param {Part} part @param {number} x @param {number} y @param {string} does */
  function box(part, x, y, does) {
    const value = words(x, y + 17, '', { class: 'value' });
    const element = drawn(
      'g',
      {
        class: `cell-part ${isGate(part) ? 'gate' : ''}`,
        'data-part': part,
        onclick: () => pick(part),
      },
      drawn('rect', {
        x: x - ACROSS,
        y: y - UP,
        width: 2 * ACROSS,
        height: 2 * UP,
        rx: 8,
      }),
      words(x, y - 3, `${SYMBOLS[part]} = ${does}`, { class: 'symbol' }),
      value,
    );
    boxes.set(part, { element, value });
    return element;
  }

  /** @param {number} x @param {number} y @param {'×' | '+' | 'tanh'} does */
  const operation = (x, y, does) =>
    drawn(
      'g',
      { class: 'operation' },
      does === 'tanh'
        ? drawn('rect', { x: x - 22, y: y - 11, width: 44, height: 22, rx: 6 })
        : drawn('circle', { cx: x, cy: y, r: RADIUS }),
      words(x, y + 4.5, does),
    );

  /** @template {SVGElement} E @param {E} element @param {(unit: Unit) => number} strength */
  function flow(element, strength) {
    flows.push({ element, strength });
    return element;
  }

  /** A state at an end of a line. @param {Part} part @param {number} x @param {number} y @param {string} name @param {(unit: Unit) => number} of */
  function state(part, x, y, name, of) {
    const anchor = x < WIDTH / 2 ? 'start' : 'end';
    const value = words(x, y - 8, '', { class: 'value', 'text-anchor': anchor });
    values.push({ element: value, value: of });
    return drawn(
      'g',
      { class: 'cell-state', 'data-part': part, onclick: () => pick(part) },
      words(x, y - 27, name, { class: 'symbol', 'text-anchor': anchor }),
      value,
    );
  }

  /** What every gate reads. @param {number[]} places */
  const bus = (places) => [
    line(`8,${BUS} ${Math.max(...places)},${BUS}`),
    arrow(`70,${HEIGHT - 2} 70,${BUS + 3}`),
    drawn('circle', { cx: 70, cy: BUS, r: 3, class: 'joint' }),
    words(80, HEIGHT - 8, 'x[t]', { class: 'symbol', 'text-anchor': 'start' }),
    words(122, HEIGHT - 8, '[28]', { class: 'shape', 'text-anchor': 'start' }),
    ...places.map((x) => arrow(`${x},${BUS} ${x},${GATES + UP + 2}`)),
  ];

  const beforeH = state('h', 8, BUS, 'h[t−1]', (unit) => unit.before('h'));
  const build = {
    lstm: () => [
      ...bus([150, 260, 370, 480]),
      beforeH,
      arrow(`8,${TOP} ${150 - RADIUS},${TOP}`),
      flow(arrow(`${150 + RADIUS},${TOP} ${315 - RADIUS},${TOP}`), (unit) => unit.value('forget')),
      arrow(`${315 + RADIUS},${TOP} 632,${TOP}`),
      arrow(`150,${GATES - UP} 150,${TOP + RADIUS + 1}`),
      line(`260,${GATES - UP} 260,${MIX} ${315 - RADIUS},${MIX}`),
      line(`370,${GATES - UP} 370,${MIX} ${315 + RADIUS},${MIX}`),
      flow(arrow(`315,${MIX - RADIUS} 315,${TOP + RADIUS + 1}`), (unit) => unit.value('input')),
      arrow(`540,${TOP} 540,64`),
      line(`540,87 540,112`),
      line(`480,${GATES - UP} 480,125 ${540 - RADIUS},125`),
      flow(arrow(`540,${125 + RADIUS} 540,${BUS} 632,${BUS}`), (unit) => unit.value('output')),
      drawn('circle', { cx: 540, cy: TOP, r: 3, class: 'joint' }),
      operation(150, TOP, '×'),
      operation(315, TOP, '+'),
      operation(315, MIX, '×'),
      operation(540, 76, 'tanh'),
      operation(540, 125, '×'),
      state('c', 8, TOP, 'c[t−1]', (unit) => unit.before('c')),
      state('c', 632, TOP, 'c[t]', (unit) => unit.value('c')),
      state('h', 632, BUS, 'h[t]', (unit) => unit.value('h')),
      box('forget', 150, GATES, 'σ'),
      box('input', 260, GATES, 'σ'),
      box('cell', 370, GATES, 'tanh'),
      box('output', 480, GATES, 'σ'),
    ],
    gru: () => [
      ...bus([150, 280, 440]),
      beforeH,
      arrow(`8,${TOP} ${280 - RADIUS},${TOP}`),
      flow(arrow(`${280 + RADIUS},${TOP} ${440 - RADIUS},${TOP}`), (unit) => unit.value('update')),
      arrow(`${440 + RADIUS},${TOP} 632,${TOP}`),
      arrow(`280,${GATES - UP} 280,${TOP + RADIUS + 1}`),
      line(`280,${MIX} ${440 - RADIUS},${MIX}`),
      words(352, MIX - 6, '1 − z', { class: 'shape' }),
      drawn('circle', { cx: 280, cy: MIX, r: 3, class: 'joint' }),
      line(`440,${GATES - UP} 440,${MIX + RADIUS}`),
      flow(
        arrow(`440,${MIX - RADIUS} 440,${TOP + RADIUS + 1}`),
        (unit) => 1 - unit.value('update'),
      ),
      line(`150,${GATES - UP} 150,132 360,132 360,${GATES - RADIUS}`),
      arrow(`360,${BUS} 360,${GATES + RADIUS + 1}`),
      flow(arrow(`${360 + RADIUS},${GATES} ${440 - ACROSS - 1},${GATES}`), (unit) =>
        unit.value('reset'),
      ),
      operation(280, TOP, '×'),
      operation(440, TOP, '+'),
      operation(440, MIX, '×'),
      operation(360, GATES, '×'),
      state('h', 8, TOP, 'h[t−1]', (unit) => unit.before('h')),
      state('h', 632, TOP, 'h[t]', (unit) => unit.value('h')),
      box('reset', 150, GATES, 'σ'),
      box('update', 280, GATES, 'σ'),
      box('new', 440, GATES, 'tanh'),
    ],
    rnn: () => [
      ...bus([320]),
      beforeH,
      arrow(`320,${GATES - UP} 320,${TOP} 632,${TOP}`),
      state('h', 632, TOP, 'h[t]', (unit) => unit.value('h')),
      box('h', 320, GATES, 'tanh'),
    ],
  };
  const element = picture(
    WIDTH,
    HEIGHT,
    { class: 'cell-diagram', part: 'inside-diagram', 'aria-label': label },
    ...build[cell](),
  );

  return {
    element,
    cell,
    /**
     * @param {Unit} unit
     * @param {Part} chosen
     * @param {(part: Part) => boolean} isHeld
     * @param {(value: number) => string} written
     */
    show(unit, chosen, isHeld, written) {
      for (const [part, { element, value }] of boxes) {
        value.textContent = written(unit.value(part));
        element.classList.toggle('held', isHeld(part));
      }
      for (const { element, value } of values) element.textContent = written(value(unit));
      for (const { element, strength } of flows) {
        const share = Math.max(0, Math.min(1, strength(unit)));
        element.style.opacity = String(FAINTEST + (1 - FAINTEST) * share);
      }
      for (const one of element.querySelectorAll('[data-part]'))
        one.classList.toggle('chosen', one.getAttribute('data-part') === chosen);
    },
  };
}
