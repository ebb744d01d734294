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
/** Length of an arrow's head, in pixels. */
const HEAD = 9;

/** `points` are pairs of coordinates, in segments of `length` points; `pair` are two of them to be marked, `read` is one that is read out elsewhere. @typedef {{points: Float32Array, length: number, pair: [number, number] | null, read: number | null}} Path */

/**
 * @param {Surroundings} around
 * @param {{part: string, axes: readonly [string, string], marks: readonly [string, string]}} how  what is right and what is up; what is written beside the two points
 */
export function statePath(around, { part, axes, marks }) {
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
    pen.font = FONT;
    pen.fillStyle = colours.faint;
    pen.textAlign = 'left';
    pen.textBaseline = 'top';
    pen.fillText(`\u2191 ${axes[1]}`, 8, 8);
    pen.textAlign = 'right';
    pen.textBaseline = 'bottom';
    pen.fillText(`${axes[0]} \u2192`, side - 8, side - 8);
    if (!path) return;
    const { points, length, pair, read } = path;
    const most = points.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const range = SCALES.find((scale) => scale > 1.2 * most) ?? 1.25 * most;
    const at = (/** @type {number} */ k) =>
      /** @type {const} */ ([
        half * (1 + (points[2 * k] ?? 0) / range),
        half * (1 - (points[2 * k + 1] ?? 0) / range),
      ]);
    const count = points.length / 2;

    pen.fillText(String(range), side - 6, half - 3);
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
      arrowHead(pen, at(start + Math.floor(length / 2) - 1), at(start + Math.floor(length / 2)));
    }
    pen.globalAlpha = 1;
    if (read !== null) {
      pen.fillStyle = colours.paper;
      pen.strokeStyle = colours.ink;
      dot(pen, at(read), 6);
      pen.beginPath();
      pen.arc(...at(read), 6, 0, 2 * Math.PI);
      pen.stroke();
    }
    if (!pair) return;
    pen.strokeStyle = pen.fillStyle = colours.target;
    pen.setLineDash([4, 3]);
    stroke(pen, pair.map(at));
    pen.setLineDash([]);
    for (const point of pair) dot(pen, at(point), 6);
    pen.fillStyle = colours.ink;
    pen.textBaseline = 'middle';
    pen.textAlign = 'left';
    pen.lineJoin = 'round';
    pen.strokeStyle = colours.paper;
    pen.lineWidth = 4;
    pair.forEach((point, k) => {
      const [left, top] = at(point);
      const mark = marks[k] ?? '';
      const { width } = pen.measureText(mark);
      // Outwards, as far as there is room.
      const from = left > half ? left + 11 : left - 11 - width;
      const within = Math.max(4, Math.min(side - 4 - width, from));
      pen.strokeText(mark, within, top);
      pen.fillText(mark, within, top);
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

/** In the middle between two points, in the direction from one to the other. @param {CanvasRenderingContext2D} pen @param {readonly [number, number]} from @param {readonly [number, number]} to */
function arrowHead(pen, [x1, y1], [x2, y2]) {
  const [along, up] = [x2 - x1, y2 - y1];
  const far = Math.hypot(along, up);
  if (far < HEAD / 2) return;
  const [a, b] = [(HEAD * along) / far, (HEAD * up) / far];
  const [x, y] = [(x1 + x2 + a) / 2, (y1 + y2 + b) / 2];
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x - a - b / 2, y - b + a / 2);
  pen.lineTo(x - a + b / 2, y - b - a / 2);
  pen.fill();
}
