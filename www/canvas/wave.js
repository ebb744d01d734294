/**
 * Curves over time in units of pi: what a network is given, what it should answer, and what it answers.
 * Two figures draw it: the wave as it is trained, and the free run.
 *
 * @module
 */

import { FONT, canvas, dot, stroke } from './canvas.js';
import { decimals } from './notation.js';
import { seenBox } from './seen.js';

/** @import {Sheet, Surroundings} from './canvas.js' */

const EDGE = { left: 36, right: 8, top: 10, bottom: 26 };

/**
 * Curves of one length; `targets` may be missing where there is no right answer.
 *
 * @typedef {object} Curves
 * @property {ArrayLike<number>} times
 * @property {ArrayLike<number>} inputs
 * @property {ArrayLike<number> | null} targets
 * @property {ArrayLike<number> | null} predictions
 * @property {number | null} [own]  from which point on the inputs are made of the predictions
 */

/**
 * @param {Surroundings} around
 * @param {object} how
 * @param {string} how.part
 * @param {string} how.language
 * @param {number} how.span    half waves in view
 * @param {number} how.most    the largest value in view
 */
export function wavePicture(around, { part, language, span, most }) {
  const whole = decimals(language, 0);
  /** @type {Curves} */
  let curves = { times: [], inputs: [], targets: null, predictions: null };
  /** The point that is read out. @type {number | null} */
  let marked = null;
  const picture = canvas(around, { attributes: { part, class: 'wave', tabindex: '0' }, paint });
  const { element } = picture;

  const first = () => curves.times[0] ?? 0;
  const inner = (/** @type {number} */ width) => Math.max(1, width - EDGE.left - EDGE.right);
  const tall = (/** @type {number} */ height) => Math.max(1, height - EDGE.top - EDGE.bottom);

  /** @param {Sheet} sheet */
  function paint({ pen, width, height, theme: { colours, forced } }) {
    const x = (/** @type {number} */ time) =>
      EDGE.left + ((time - first()) / (span * Math.PI)) * inner(width);
    const y = (/** @type {number} */ value) =>
      EDGE.top + ((most - value) / (2 * most)) * tall(height);

    pen.font = FONT;
    pen.lineWidth = 1;
    pen.strokeStyle = colours.line;
    pen.fillStyle = colours.faint;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    const end = first() + span * Math.PI;
    for (let value = -Math.floor(most); value <= most; value += 1) {
      stroke(pen, [
        [x(first()), y(value)],
        [x(end), y(value)],
      ]);
      pen.fillText(whole(value), EDGE.left - 8, y(value));
    }
    pen.textBaseline = 'top';
    const every = width < 500 ? 2 : 1;
    const start = Math.round(first() / Math.PI);
    for (let k = start; k <= start + span; k += 1) {
      const at = x(k * Math.PI);
      if (at < EDGE.left - 1 || at > width - EDGE.right + 1) continue;
      stroke(pen, [
        [at, y(most)],
        [at, y(-most)],
      ]);
      if (k % every) continue;
      pen.textAlign = at > width - 24 ? 'right' : 'center';
      pen.fillText(k === 0 ? '0' : `${k === 1 ? '' : k}π`, at, height - EDGE.bottom + 8);
    }

    // What it makes for itself stands out from what it is given.
    const own =
      curves.own == null
        ? null
        : Array.from(curves.inputs, (value, k) => (k < Number(curves.own) - 1 ? NaN : value));
    /** @type {Array<[values: ArrayLike<number> | null, colour: string, thickness: number, dash: number[]]>} */
    const drawn = [
      [curves.inputs, colours.faint, 1, [3, 4]],
      [own, colours.ink, 1, [3, 4]],
      [curves.targets, colours.target, 2.5, forced ? [9, 5] : []],
      [curves.predictions, colours.prediction, 2.5, []],
    ];
    // What leaves the scale is cut at its edge.
    pen.save();
    pen.beginPath();
    pen.rect(EDGE.left, EDGE.top, inner(width), tall(height));
    pen.clip();
    const top = 1.12 * most;
    const level = (/** @type {number} */ value) => y(Math.max(-top, Math.min(top, value)));
    for (const [values, colour, thickness, dash] of drawn) {
      if (!values) continue;
      pen.strokeStyle = colour;
      pen.lineWidth = thickness;
      pen.setLineDash(dash);
      stroke(
        pen,
        Array.from(
          values,
          (value, k) => /** @type {const} */ ([x(curves.times[k] ?? 0), level(value)]),
        ),
      );
    }
    pen.restore();
    const time = marked === null ? undefined : curves.times[marked];
    if (marked === null || time === undefined) return;
    const at = x(time);
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 1;
    stroke(pen, [
      [at, y(most)],
      [at, y(-most)],
    ]);
    for (const [values, colour] of drawn) {
      if (!values) continue;
      pen.fillStyle = colour;
      dot(pen, [at, level(values[marked] ?? 0)], 4.5);
    }
  }

  return {
    element,
    /** @param {Curves} next @param {number | null} point  the one that is read out */
    show(next, point) {
      curves = next;
      marked = point;
      picture.outdated();
    },
    /** The time and the value at a place of the page. @param {{clientX: number, clientY: number}} place */
    at({ clientX, clientY }) {
      // A place of the page, in the picture's own pixels.
      const { zoom } = around.theme;
      const { left, top, width, height } = seenBox(element, zoom);
      const [x, y] = [(clientX - left) / zoom - EDGE.left, (clientY - top) / zoom - EDGE.top];
      const time = first() + (x / inner(width / zoom)) * span * Math.PI;
      const value = most - (2 * most * y) / tall(height / zoom);
      return { time, value: Math.max(-most, Math.min(most, value)) };
    },
    /** The point nearest to a time. @param {number} time */
    nearest(time) {
      let [best, least] = [0, Infinity];
      for (let k = 0; k < curves.times.length; k += 1) {
        const distance = Math.abs((curves.times[k] ?? 0) - time);
        if (distance < least) [best, least] = [k, distance];
      }
      return best;
    },
    draw: picture.draw,
  };
}
