/**
 * How much of a gradient reaches each time step, as bars on a logarithmic scale.
 *
 * @module
 */

import { FONT, canvas, stroke } from './canvas.js';
import { powerOfTen } from './notation.js';

/** @import {Sheet, Surroundings} from './canvas.js' */
/** @import {ColourName} from './theme.js' */

const EDGE = { left: 52, right: 10, top: 8, bottom: 24 };
/** Powers of ten in view, from the largest bar down. */
const DECADES = 7;

/**
 * @typedef {object} Bars
 * @property {ArrayLike<number>} norms  one per time step
 * @property {number} [open]            so many at the beginning are outlines: the gradient that is cut off
 * @property {number} [most]            the largest norm of all that are compared
 * @property {ColourName} colour
 * @property {number[]} ticks           time steps that are numbered, from 1
 */

/**
 * @param {Surroundings} around
 * @param {{part: string}} how
 */
export function gradientBars(around, { part }) {
  /** @type {Bars} */
  let bars = { norms: [], colour: 'prediction', ticks: [] };
  const picture = canvas(around, { attributes: { part, class: 'gradient-bars' }, paint });

  /** @param {Sheet} sheet */
  function paint({ pen, width, height, theme: { colours } }) {
    const { norms, open = 0, ticks, colour } = bars;
    const most = bars.most ?? Math.max(...Array.from(norms).filter(Number.isFinite));
    const top = Math.ceil(Math.log10(Math.max(1e-30, most)));
    const base = height - EDGE.bottom;
    const y = (/** @type {number} */ value) =>
      EDGE.top + Math.min(1, (top - Math.log10(value)) / DECADES) * (base - EDGE.top);
    const step = (width - EDGE.left - EDGE.right) / Math.max(1, norms.length);

    pen.font = FONT;
    pen.fillStyle = colours.faint;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    pen.strokeStyle = colours.line;
    for (let k = 0; k <= DECADES; k += 2) {
      const at = y(10 ** (top - k));
      stroke(pen, [
        [EDGE.left, at],
        [width - EDGE.right, at],
      ]);
      if (norms.length > 0) pen.fillText(powerOfTen(top - k), EDGE.left - 6, at);
    }
    pen.textBaseline = 'top';
    pen.textAlign = 'center';
    for (const tick of norms.length > 0 ? ticks : [])
      pen.fillText(String(tick), EDGE.left + step * (tick - 0.5), base + 6);

    pen.fillStyle = pen.strokeStyle = colours[colour];
    const gap = Math.min(1, step / 6);
    const broad = Math.max(0.5, step - 2 * gap);
    for (let k = 0; k < norms.length; k += 1) {
      const norm = norms[k] ?? 0;
      const tall = norm > 0 ? base - y(norm) : 0;
      const [left, up] = [EDGE.left + k * step + gap, base - tall];
      if (k >= open) pen.fillRect(left, up, broad, tall);
      else if (tall > 1) pen.strokeRect(left + 0.5, up + 0.5, Math.max(0.5, broad - 1), tall - 1);
    }
    if (open === 0 || open >= norms.length) return;
    pen.strokeStyle = colours.ink;
    pen.setLineDash([4, 3]);
    const border = EDGE.left + open * step;
    stroke(pen, [
      [border, EDGE.top],
      [border, base],
    ]);
  }

  return {
    element: picture.element,
    /** @param {Bars} next */
    show(next) {
      bars = next;
      picture.outdated();
    },
    draw: picture.draw,
  };
}
