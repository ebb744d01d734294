/**
 * A path through a plane, the latest part of it the strongest; two points on it can be marked.
 *
 * The scale changes in steps, so that a growing loop is seen to grow.
 *
 * @module
 */

import { FONT, canvas, dot, stroke } from './canvas.js';

/** @import {Sheet, Surroundings} from './canvas.js' */

/** Half widths of the picture. */
const SCALES = [0.5, 1, 2, 3, 4, 6, 8, 12, 16];
/** What is written beside the two points: rising, falling. */
const ARROWS = ['\u2197', '\u2198'];

/** `points` are pairs of coordinates, in segments of `length` points; `pair` are two of them to be marked. @typedef {{points: Float32Array, length: number, pair: [number, number] | null}} Path */

/**
 * @param {Surroundings} around
 * @param {{part: string}} how
 */
export function statePath(around, { part }) {
  /** @type {Path | null} */
  let path = null;
  const picture = canvas(around, { attributes: { part, class: 'state-path' }, paint });

  /** @param {Sheet} sheet */
  function paint({ pen, width: side, theme: { colours } }) {
    const half = side / 2;
    pen.strokeStyle = colours.line;
    pen.lineWidth = 1;
    stroke(pen, [
      [0, half],
      [side, half],
    ]);
    stroke(pen, [
      [half, 0],
      [half, side],
    ]);
    if (!path) return;
    const { points, length, pair } = path;
    const most = points.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const range = SCALES.find((scale) => scale > 1.05 * most) ?? 1.1 * most;
    const at = (/** @type {number} */ k) =>
      /** @type {const} */ ([
        half * (1 + (points[2 * k] ?? 0) / range),
        half * (1 - (points[2 * k + 1] ?? 0) / range),
      ]);
    const count = points.length / 2;

    pen.font = FONT;
    pen.fillStyle = colours.faint;
    pen.textAlign = 'right';
    pen.textBaseline = 'bottom';
    pen.fillText(String(range), side - 4, half - 3);
    pen.strokeStyle = pen.fillStyle = colours.prediction;
    pen.lineWidth = 2;
    for (let start = 0; start < count; start += length) {
      const end = Math.min(count, start + length);
      pen.globalAlpha = 0.25 + (0.75 * end) / count;
      stroke(
        pen,
        Array.from({ length: Math.min(length + 1, count - start) }, (_, k) => at(start + k)),
      );
      for (let k = start; k < end; k += 1) dot(pen, at(k), 2.5);
    }
    pen.globalAlpha = 1;
    if (!pair) return;
    pen.strokeStyle = pen.fillStyle = colours.target;
    pen.setLineDash([4, 3]);
    stroke(pen, pair.map(at));
    pen.setLineDash([]);
    for (const point of pair) dot(pen, at(point), 6);
    pen.fillStyle = colours.ink;
    pen.textBaseline = 'middle';
    pair.forEach((point, k) => {
      const [left, top] = at(point);
      const outwards = left > half ? 1 : -1;
      pen.textAlign = outwards > 0 ? 'left' : 'right';
      pen.fillText(ARROWS[k] ?? '', left + 10 * outwards, top);
    });
  }

  return {
    element: picture.element,
    /** @param {Path | null} next */
    show(next) {
      path = next;
      picture.outdated();
    },
    draw: picture.draw,
  };
}
