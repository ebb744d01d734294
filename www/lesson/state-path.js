/**
 * A path through a plane, the latest part of it the strongest, with two points on it marked.
 *
 * The scale changes in steps, so that a growing loop is seen to grow.
 *
 * @module
 */

import { make } from './dom.js';
import { colours, onScheme } from './theme.js';

/** Half widths of the picture. */
const SCALES = [0.5, 1, 2, 3, 4, 6, 8, 12, 16];

/** `points` are pairs, in segments of `length`. @typedef {{points: Float32Array, length: number, pair: [number, number]}} Path */

/** @param {{part: string}} how */
export function statePath({ part }) {
  const canvas = make('canvas', { part, class: 'state-path', role: 'img' });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  /** @type {Path | null} */
  let path = null;
  let dirty = true;
  const redraw = () => {
    dirty = true;
    draw();
  };
  new ResizeObserver(redraw).observe(canvas);
  onScheme(redraw);

  function draw() {
    const side = canvas.clientWidth;
    if (!dirty || !side) return;
    dirty = false;
    const scale = devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(side * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const colour = colours(canvas);
    pen.strokeStyle = colour.line;
    pen.lineWidth = 1;
    stroke([
      [0, side / 2],
      [side, side / 2],
    ]);
    stroke([
      [side / 2, 0],
      [side / 2, side],
    ]);
    if (!path) return;
    const { points, length, pair } = path;
    const most = points.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const range = SCALES.find((scale) => scale > 1.05 * most) ?? 1.1 * most;
    const at = (/** @type {number} */ k) =>
      /** @type {[number, number]} */ ([
        (side / 2) * (1 + points[2 * k] / range),
        (side / 2) * (1 - points[2 * k + 1] / range),
      ]);
    const count = points.length / 2;

    pen.font = '12px system-ui, sans-serif';
    pen.fillStyle = colour.faint;
    pen.textAlign = 'right';
    pen.textBaseline = 'bottom';
    pen.fillText(String(range), side - 4, side / 2 - 3);
    pen.strokeStyle = pen.fillStyle = colour.prediction;
    pen.lineWidth = 2;
    pen.lineJoin = 'round';
    for (let start = 0; start < count; start += length) {
      pen.globalAlpha = 0.25 + (0.75 * Math.min(count, start + length)) / count;
      stroke(Array.from({ length: Math.min(length + 1, count - start) }, (_, k) => at(start + k)));
      for (let k = start; k < Math.min(count, start + length); k += 1) dot(at(k), 2.5);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = colour.target;
    pen.setLineDash([4, 3]);
    stroke(pair.map(at));
    pen.setLineDash([]);
    pen.fillStyle = colour.target;
    for (const point of pair) dot(at(point), 6);
    pen.fillStyle = colour.ink;
    pen.textBaseline = 'middle';
    pair.forEach((point, k) => {
      const [left, top] = at(point);
      pen.textAlign = left > side / 2 ? 'left' : 'right';
      pen.fillText(k === 0 ? '\u2197' : '\u2198', left + (left > side / 2 ? 10 : -10), top);
    });
  }

  /** @param {[number, number]} place @param {number} radius */
  function dot([left, top], radius) {
    pen.beginPath();
    pen.arc(left, top, radius, 0, 2 * Math.PI);
    pen.fill();
  }

  /** @param {Array<[number, number]>} points */
  function stroke(points) {
    pen.beginPath();
    for (const point of points) pen.lineTo(...point);
    pen.stroke();
  }

  return {
    element: canvas,
    /** @param {Path | null} next */
    show(next) {
      path = next;
      dirty = true;
    },
    draw,
  };
}
