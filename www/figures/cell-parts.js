/**
 * What a cell is made of: its parts in the order in which they are computed, each with its equation in
 * PyTorch's names and the numbers that stand in it.
 *
 * @module
 */

import { MINUS } from '../canvas/notation.js';
import { make } from '../lesson/dom.js';

/** @import {Options, Unrolled} from '../worker/protocol.js' */

/** `g` of `gates` are the protocol's; `c` and `h` are states. @typedef {'input' | 'forget' | 'cell' | 'output' | 'reset' | 'update' | 'new' | 'c' | 'h'} Part */
/** @typedef {Options['cell']} Cell */

/** In the order in which they are computed. @type {Record<Cell, readonly Part[]>} */
export const PARTS = {
  rnn: ['h'],
  lstm: ['forget', 'input', 'cell', 'c', 'output', 'h'],
  gru: ['reset', 'update', 'new', 'h'],
};

/** In the order of the weights. @type {Record<Cell, readonly Part[]>} */
export const GATES = {
  rnn: [],
  lstm: ['input', 'forget', 'cell', 'output'],
  gru: ['reset', 'update', 'new'],
};

/** @type {Record<Part, string>} */
export const SYMBOLS = {
  input: 'i',
  forget: 'f',
  cell: 'g',
  output: 'o',
  reset: 'r',
  update: 'z',
  new: 'n',
  c: 'c',
  h: 'h',
};

/** What opens and closes, and can be held; a candidate does neither. @param {Part} part */
export const isGate = (part) => !['cell', 'new', 'c', 'h'].includes(part);

/** With so many decimals that sums add up. @param {number} value */
const written = (value) => value.toFixed(3).replace('-', MINUS);

/** The cell that was looked into. @param {Pick<Unrolled, 'gates' | 'cellState'>} seen @returns {Cell} */
export function cellOf({ gates, cellState }) {
  if (gates.length === 0) return 'rnn';
  return cellState.length > 0 ? 'lstm' : 'gru';
}

/** Blocks of weights: the gates', or the only one of a cell without gates. @param {Cell} cell */
export const blocksOf = (cell) => Math.max(1, GATES[cell].length);

/** One unit at one time step, both from 0. */
export class Unit {
  #all;
  #cell;
  #t;
  #unit;

  /** @param {Unrolled} all @param {number} t @param {number} unit */
  constructor(all, t, unit) {
    this.#all = all;
    this.#cell = cellOf(all);
    this.#t = t;
    this.#unit = unit;
  }

  /** Where a gate's value stands. @param {Part} part */
  #at(part) {
    const size = this.#all.hiddenSize;
    const gate = Math.max(0, GATES[this.#cell].indexOf(part));
    return (this.#t * blocksOf(this.#cell) + gate) * size + this.#unit;
  }

  /** @param {Part} part */
  value(part) {
    if (part === 'h') return this.#state(this.#all.hidden, this.#t);
    if (part === 'c') return this.#state(this.#all.cellState, this.#t);
    return this.#all.gates[this.#at(part)] ?? 0;
  }

  /** A state after the time step before; zero before the first one. @param {'c' | 'h'} part */
  before(part) {
    return this.#state(part === 'h' ? this.#all.hidden : this.#all.cellState, this.#t - 1);
  }

  /** What the input and the hidden state contribute to a gate's sum. @param {Part} part */
  sums(part) {
    const at = this.#at(part);
    return { input: this.#all.fromInput[at] ?? 0, state: this.#all.fromState[at] ?? 0 };
  }

  /** What is multiplied into the state on its way through this time step: what the gradient is multiplied by. */
  get kept() {
    return this.#cell === 'lstm' ? this.value('forget') : this.value('update');
  }

  /** @param {Float32Array} states @param {number} t */
  #state(states, t) {
    return t < 0 ? 0 : (states[t * this.#all.hiddenSize + this.#unit] ?? 0);
  }
}

/**
 * A part's equation. `_` begins a subscript, up to the next space or bracket.
 *
 * @param {Cell} cell
 * @param {Part} part
 * @param {number} step  from 1
 */
export function equation(cell, part, step) {
  const [now, before] = [`[${step}]`, `[${step - 1}]`];
  const symbol = SYMBOLS[part];
  const input = (/** @type {string} */ s) => `W_i${s} x${now} + b_i${s}`;
  const state = (/** @type {string} */ s) => `W_h${s} h${before} + b_h${s}`;
  if (part === 'c') return `c${now} = f · c${before} + i · g`;
  if (part === 'h') {
    if (cell === 'lstm') return `h${now} = o · tanh(c${now})`;
    if (cell === 'gru') return `h${now} = (1 − z) · n + z · h${before}`;
    return `h${now} = tanh(W_ih x${now} + b_ih + W_hh h${before} + b_hh)`;
  }
  if (part === 'new') return `n${now} = tanh(${input('n')} + r · (${state('n')}))`;
  const activation = part === 'cell' ? 'tanh' : 'σ';
  return `${symbol}${now} = ${activation}(${input(symbol)} + ${state(symbol)})`;
}

/**
 * The same with numbers.
 *
 * @param {Cell} cell
 * @param {Part} part
 * @param {Unit} unit
 */
export function sum(cell, part, unit) {
  const number = (/** @type {number} */ value) =>
    value < 0 ? `(${written(value)})` : written(value);
  const of = (/** @type {Part} */ one) => number(unit.value(one));
  const { input, state } = unit.sums(part);
  const total = () => {
    if (part === 'c')
      return `${of('forget')} · ${number(unit.before('c'))} + ${of('input')} · ${of('cell')}`;
    if (part === 'h' && cell === 'lstm')
      return `${of('output')} · tanh(${written(unit.value('c'))})`;
    if (part === 'h' && cell === 'gru')
      return `(1 − ${of('update')}) · ${of('new')} + ${of('update')} · ${number(unit.before('h'))}`;
    if (part === 'new') return `tanh(${written(input)} + ${of('reset')} · ${number(state)})`;
    const activation = part === 'cell' || part === 'h' ? 'tanh' : 'σ';
    return `${activation}(${written(input)} + ${number(state)})`;
  };
  return `${SYMBOLS[part]} = ${total()} = ${written(unit.value(part))}`;
}

/** A formula, with what follows each `_` as a subscript. @param {string} formula */
export function subscripts(formula) {
  return formula
    .split(/(_\w+)/)
    .map((piece) => (piece.startsWith('_') ? make('sub', {}, piece.slice(1)) : piece));
}
