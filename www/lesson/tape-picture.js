/**
 * The picture of a belief tape: the digit, and row by row beside it the probability of each digit.
 *
 * All lengths are in rows of the digit, so that the picture is the same at every size.
 *
 * @module
 */

import { make } from './dom.js';
import { digitCanvas, drawDigit } from './pixels.js';
import { colours, onScheme } from './theme.js';

/** @import {Prediction} from '../worker/protocol.js' */

export const ROWS = 28;
export const DIGITS = 10;

const HEAD = 2;
const GAP = 1.2;
const COLUMN = 2;
const STRIP = ROWS + GAP;
const END = STRIP + DIGITS * COLUMN;
const WIDTH = END + 1.6;
const HEIGHT = HEAD + ROWS + 0.3;

/**
 * A digit on the tape. `row` is the last one read, from 0. With rows blanked `belief` is about what is
 * left, and `whole` about the digit before.
 *
 * @typedef {object} Tape
 * @property {Uint8Array} pixels
 * @property {Prediction} belief
 * @property {Prediction | null} whole
 * @property {number[]} blank
 */

/** The digits from the most probable to the least, after `row`. @param {Float32Array} beliefs @param {number} row */
export function ranking(beliefs, row) {
  const after = beliefs.subarray(DIGITS * row, DIGITS * (row + 1));
  return Array.from(after.keys()).sort((a, b) => after[b] - after[a]);
}

/** The first row, from 0, from which on the final answer stays the most probable. @param {Prediction} belief */
export function decidedRow({ beliefs, digit }) {
  let row = ROWS - 1;
  while (row > 0 && ranking(beliefs, row - 1)[0] === digit) row -= 1;
  return row;
}

/**
 * @param {object} on
 * @param {(row: number | null) => void} on.hover  the row pointed at, if any
 * @param {(row: number) => void} on.pick          the row clicked or tapped
 */
export function tapePicture({ hover, pick }) {
  const element = make('canvas', {
    part: 'tape-figure',
    class: 'tape-figure',
    role: 'img',
    onpointermove: (/** @type {PointerEvent} */ event) =>
      event.pointerType === 'mouse' && hover(rowAt(event)),
    onpointerleave: () => hover(null),
    onclick: (/** @type {MouseEvent} */ event) => pick(rowAt(event)),
  });
  element.style.aspectRatio = `${WIDTH} / ${HEIGHT}`;
  const digit = digitCanvas('');
  const pen = /** @type {CanvasRenderingContext2D} */ (element.getContext('2d'));
  /** @type {Tape | null} */
  let tape = null;
  let row = ROWS - 1;
  let dirty = true;
  drawDigit(digit, null);

  new ResizeObserver(() => {
    dirty = true;
    draw();
  }).observe(element);
  onScheme(() => {
    dirty = true;
    draw();
  });

  /** @param {MouseEvent} event */
  function rowAt(event) {
    const box = element.getBoundingClientRect();
    const at = Math.floor(((event.clientY - box.top) / box.height) * HEIGHT - HEAD);
    return Math.max(0, Math.min(ROWS - 1, at));
  }

  function draw() {
    if (!dirty || !element.clientWidth) return;
    dirty = false;
    const scale = devicePixelRatio || 1;
    element.width = Math.round(element.clientWidth * scale);
    element.height = Math.round(element.clientHeight * scale);
    const unit = element.width / WIDTH;
    const at = (/** @type {number} */ rows) => Math.round(rows * unit);
    const colour = colours(element);

    /** @type {(draw: 'fillRect' | 'strokeRect', left: number, top: number, right: number, bottom: number) => void} */
    const box = (draw, left, top, right, bottom) =>
      pen[draw](at(left), at(HEAD + top), at(right) - at(left), at(HEAD + bottom) - at(HEAD + top));

    pen.imageSmoothingEnabled = false;
    pen.drawImage(digit, 0, at(HEAD), at(ROWS), at(HEAD + ROWS) - at(HEAD));
    pen.fillStyle = colour.prediction;
    for (const blank of tape?.blank ?? []) {
      pen.globalAlpha = 0.55;
      box('fillRect', 0, blank, ROWS, blank + 1);
    }
    pen.globalAlpha = 0.72;
    pen.fillStyle = colour.paper;
    box('fillRect', 0, row + 1, ROWS, ROWS);
    pen.globalAlpha = 1;

    pen.font = `${Math.max(11 * scale, 1.35 * unit)}px system-ui, sans-serif`;
    pen.textAlign = 'center';
    pen.textBaseline = 'alphabetic';
    for (let k = 0; k < DIGITS; k += 1) {
      const middle = at(STRIP + COLUMN * (k + 0.5));
      pen.fillStyle = tape?.belief.digit === k ? colour.ink : colour.faint;
      pen.fillText(String(k), middle, at(HEAD - 0.55));
    }
    pen.lineWidth = Math.round(scale);
    pen.strokeStyle = colour.line;
    for (let k = 0; k <= DIGITS; k += 1)
      box('strokeRect', STRIP + COLUMN * k, 0, STRIP + COLUMN * k, ROWS);
    box('strokeRect', STRIP, 0, END, ROWS);
    if (!tape) return;

    const { belief, whole, blank } = tape;
    pen.fillStyle = colour.prediction;
    belief.beliefs.forEach((probability, k) => {
      const [top, left] = [Math.floor(k / DIGITS), STRIP + COLUMN * (k % DIGITS)];
      pen.globalAlpha = probability;
      box('fillRect', left, top, left + COLUMN, top + 1);
    });
    pen.globalAlpha = 1;

    const line = (/** @type {number} */ after) => {
      const y = at(HEAD + after);
      pen.beginPath();
      pen.moveTo(0, y);
      pen.lineTo(at(END + 0.4), y);
      pen.stroke();
      pen.beginPath();
      pen.moveTo(at(END + 0.3), y);
      pen.lineTo(at(END + 1.5), y - at(0.7));
      pen.lineTo(at(END + 1.5), y + at(0.7));
      pen.closePath();
    };
    if (whole) {
      pen.strokeStyle = colour.ink;
      pen.lineWidth = Math.round(1.25 * scale);
      for (let top = Math.min(...blank); top < ROWS; ) {
        const [first] = ranking(whole.beliefs, top);
        let bottom = top + 1;
        while (bottom < ROWS && ranking(whole.beliefs, bottom)[0] === first) bottom += 1;
        box('strokeRect', STRIP + COLUMN * first, top, STRIP + COLUMN * (first + 1), bottom);
        top = bottom;
      }
      pen.strokeStyle = colour.target;
      pen.setLineDash([4 * scale, 3 * scale]);
      line(decidedRow(whole) + 1);
      pen.setLineDash([]);
      pen.stroke();
    }
    pen.strokeStyle = pen.fillStyle = colour.target;
    pen.lineWidth = Math.round(2 * scale);
    line(decidedRow(belief) + 1);
    pen.fill();

    pen.strokeStyle = colour.ink;
    pen.lineWidth = Math.round(1.5 * scale);
    box('strokeRect', STRIP - 0.15, row, END + 0.15, row + 1);
  }

  return {
    element,
    /** @param {Tape} next */
    show(next) {
      tape = next;
      drawDigit(digit, next.pixels);
      dirty = true;
    },
    /** @param {number} next the last row read, from 0 */
    read(next) {
      row = next;
      dirty = true;
    },
    draw,
  };
}
