/**
 * A line that moves over a digit, row by row, as the network reads it: once for every digit that comes.
 *
 * @module
 */

/** @import {Theme} from '../canvas/theme.js' */

/** From the first row to the last, in milliseconds. */
const PACE = 2000;

export class ScanLine {
  #rows;
  /** When it is at the first row; it stands still otherwise. @type {number | null} */
  #start = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #theme;

  /** @param {number} rows @param {Theme} theme */
  constructor(rows, theme) {
    this.#rows = rows;
    this.#theme = theme;
  }

  /** Begins, in so many milliseconds. @param {number} [after] */
  begin(after = 0) {
    this.#start = this.#theme.calm ? null : performance.now() + after;
  }

  stop() {
    this.#start = null;
  }

  /** Whether it is about to move, or moves. */
  get moves() {
    return this.#start !== null;
  }

  /** Calls `then` when it comes to its next row, if it moves. @param {() => void} then */
  onward(then) {
    clearTimeout(this.#timer);
    if (this.#start === null) return;
    const passed = performance.now() - this.#start;
    const row = PACE / this.#rows;
    this.#timer = setTimeout(then, Math.ceil(passed < 0 ? -passed : row - (passed % row)));
  }

  /** The row that is being read, from 0; null: none is. */
  get row() {
    if (this.#start === null) return null;
    const row = Math.floor(((performance.now() - this.#start) / PACE) * this.#rows);
    if (row >= this.#rows) this.#start = null;
    return row >= 0 && row < this.#rows ? row : null;
  }
}
