/**
 * The picture of a belief tape: the digit, and row by row beside it the probability of each digit.
 *
 * All lengths are in rows of the digit, so that the picture is the same at every size.
 *
 * @module
 */

import { DIGITS, ROWS, decidedRow, firstTwo } from './beliefs.js';
import { canvas } from './canvas.js';
import { digitPicture } from './digit.js';
import { seenBox } from './seen.js';

/** @import {Sheet, Surroundings} from './canvas.js' */
/** @import {Prediction} from '../worker/protocol.js' */

const HEAD = 2;
/** How far above the rows the names of the columns stand. */
const LIFT = 0.55;
const GAP = 1.2;
const COLUMN = 2;
const STRIP = ROWS + GAP;
const END = STRIP + DIGITS * COLUMN;
const WIDTH = END + 1.6;
const HEIGHT = HEAD + ROWS + 0.3;

/**
 * A digit on the tape. With rows blanked or gates held `belief` is about what is then, and `whole` about what was
 * before.
 *
 * @typedef {object} Tape
 * @property {Uint8Array} pixels
 * @property {Prediction} belief
 * @property {Prediction | null} whole
 * @property {number[]} blank   rows, from 0
 * @property {number[]} [held]  rows, from 0, in which a gate is held
 */

/**
 * @param {Surroundings} around
 * @param {object} on
 * @param {(row: number | null) => void} on.hover  the row pointed at, if any
 * @param {(row: number) => void} on.pick          the row clicked or tapped
 */
export function tapePicture(around, { hover, pick }) {
  const digit = digitPicture();
  /** @type {Tape | null} */
  let tape = null;
  /** The last row read, from 0. */
  let row = ROWS - 1;
  /** Whether the rows after it are still to be read. */
  let reading = false;
  let untrained = true;
  const picture = canvas(around, {
    attributes: {
      part: 'tape-figure',
      class: 'tape-figure',
      onpointermove: (/** @type {PointerEvent} */ event) =>
        event.pointerType === 'mouse' && hover(rowAt(event)),
      onpointerleave: () => hover(null),
      onclick: (/** @type {MouseEvent} */ event) => pick(rowAt(event)),
    },
    paint,
  });
  const { element } = picture;
  element.style.aspectRatio = `${WIDTH} / ${HEIGHT}`;

  /** @param {MouseEvent} event */
  function rowAt(event) {
    const box = seenBox(element, around.theme.zoom);
    const at = Math.floor(((event.clientY - box.top) / box.height) * HEIGHT - HEAD);
    return Math.max(0, Math.min(ROWS - 1, at));
  }

  /** @param {Sheet} sheet */
  function paint({ pen, width, density, theme: { colours } }) {
    // Cells must meet without a seam: places are whole pixels of the device.
    const unit = width / WIDTH;
    const at = (/** @type {number} */ rows) => Math.round(rows * unit * density) / density;
    const thickness = (/** @type {number} */ pixels) => Math.round(pixels * density) / density;

    /** @type {(draw: 'fillRect' | 'strokeRect', left: number, top: number, right: number, bottom: number) => void} */
    const box = (draw, left, top, right, bottom) =>
      pen[draw](at(left), at(HEAD + top), at(right) - at(left), at(HEAD + bottom) - at(HEAD + top));

    pen.imageSmoothingEnabled = false;
    pen.drawImage(digit.element, 0, at(HEAD), at(ROWS), at(HEAD + ROWS) - at(HEAD));
    pen.fillStyle = colours.prediction;
    pen.globalAlpha = 0.55;
    for (const blank of tape?.blank ?? []) box('fillRect', 0, blank, ROWS, blank + 1);
    pen.globalAlpha = 0.72;
    pen.fillStyle = colours.paper;
    box('fillRect', 0, row + 1, ROWS, ROWS);
    pen.globalAlpha = 1;
    pen.fillStyle = colours.target;
    for (const held of tape?.held ?? []) box('fillRect', ROWS - 0.7, held, ROWS, held + 1);
    pen.globalAlpha = 1;

    // Legible, and no taller than the room above the rows: figures are three quarters of their font's size high.
    const size = Math.min(Math.max(11, 1.35 * unit), ((HEAD - LIFT) * unit) / 0.75);
    pen.font = `${size}px system-ui, sans-serif`;
    pen.textAlign = 'center';
    pen.textBaseline = 'alphabetic';
    for (let k = 0; k < DIGITS; k += 1) {
      pen.fillStyle = tape?.belief.digit === k ? colours.ink : colours.faint;
      pen.fillText(String(k), at(STRIP + COLUMN * (k + 0.5)), at(HEAD - LIFT));
    }
    pen.lineWidth = thickness(1);
    pen.strokeStyle = colours.line;
    for (let k = 0; k <= DIGITS; k += 1)
      box('strokeRect', STRIP + COLUMN * k, 0, STRIP + COLUMN * k, ROWS);
    box('strokeRect', STRIP, 0, END, ROWS);
    if (!tape) return;

    const { belief, blank, held = [] } = tape;
    const whole = reading ? null : tape.whole;
    pen.fillStyle = colours.prediction;
    const beliefs = reading ? belief.beliefs.slice(0, DIGITS * (row + 1)) : belief.beliefs;
    beliefs.forEach((probability, k) => {
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
      pen.strokeStyle = colours.ink;
      pen.lineWidth = thickness(1.25);
      for (let top = Math.min(...blank, ...held); top < ROWS; ) {
        const [first] = firstTwo(whole.beliefs, top);
        let bottom = top + 1;
        while (bottom < ROWS && firstTwo(whole.beliefs, bottom)[0] === first) bottom += 1;
        box('strokeRect', STRIP + COLUMN * first, top, STRIP + COLUMN * (first + 1), bottom);
        top = bottom;
      }
    }
    pen.strokeStyle = pen.fillStyle = colours.target;
    if (whole && !untrained) {
      pen.lineWidth = thickness(1.25);
      pen.setLineDash([4, 3]);
      line(decidedRow(whole) + 1);
      pen.setLineDash([]);
      pen.stroke();
    }
    pen.lineWidth = thickness(2);
    if (!untrained && (!reading || row >= decidedRow(belief))) {
      line(decidedRow(belief) + 1);
      pen.fill();
    }

    pen.strokeStyle = colours.ink;
    pen.lineWidth = thickness(1.5);
    box('strokeRect', STRIP - 0.15, row, END + 0.15, row + 1);
  }

  return {
    element,
    /**
     * @param {Tape | null} next
     * @param {number} last     the last row read, from 0
     * @param {object} how
     * @param {boolean} how.reading    whether the rows after it are still to be read: nothing is shown of them
     * @param {boolean} how.untrained  whether it has nothing to decide by
     */
    show(next, last, how) {
      if (next?.pixels !== tape?.pixels) digit.show(next?.pixels ?? null);
      tape = next;
      row = last;
      ({ reading, untrained } = how);
      picture.outdated();
    },
    draw: picture.draw,
  };
}
