/**
 * Curves over time in units of pi, on a canvas: what a network hears, what it should answer, and what it
 * answers. Two parts draw it: the wave as it is trained, and the free run.
 *
 * @module
 */

import { make } from './dom.js';
import { colours, onScheme } from './theme.js';

const HEIGHT = 260;
const EDGE = { left: 36, right: 8, top: 10, bottom: 26 };

/**
 * Curves of one length; `targets` may be missing where there is no right answer.
 * @typedef {{times: ArrayLike<number>, inputs: ArrayLike<number>, targets: ArrayLike<number> | null, predictions: ArrayLike<number> | null}} Curves
 */

/**
 * @param {object} how
 * @param {string} how.part
 * @param {string} how.language
 * @param {number} how.span    halves of a wave in view
 * @param {number} how.most    the largest value in view
 */
export function wavePicture({ part, language, span, most }) {
  const canvas = make('canvas', { part, class: 'wave', role: 'img', tabindex: '0' });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  /** @type {Curves} */
  let curves = { times: [], inputs: [], targets: null, predictions: null };
  /** @type {number | null} */
  let marked = null;
  let dirty = true;

  const redraw = () => {
    dirty = true;
    draw();
  };
  new ResizeObserver(redraw).observe(canvas);
  onScheme(redraw);

  const first = () => curves.times[0] ?? 0;
  const inner = () => Math.max(1, canvas.clientWidth - EDGE.left - EDGE.right);
  const x = (/** @type {number} */ time) =>
    EDGE.left + ((time - first()) / (span * Math.PI)) * inner();
  const y = (/** @type {number} */ value) =>
    EDGE.top + ((most - value) / (2 * most)) * (HEIGHT - EDGE.top - EDGE.bottom);

  function draw() {
    const width = canvas.clientWidth;
    if (!dirty || !width) return;
    dirty = false;
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(HEIGHT * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const colour = colours(canvas);

    pen.font = '12px system-ui, sans-serif';
    pen.lineWidth = 1;
    pen.strokeStyle = colour.line;
    pen.fillStyle = colour.faint;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    const end = first() + span * Math.PI;
    for (let value = -Math.floor(most); value <= most; value += 1) {
      line([
        [x(first()), y(value)],
        [x(end), y(value)],
      ]);
      pen.fillText(format.format(value), EDGE.left - 8, y(value));
    }
    pen.textBaseline = 'top';
    const every = width < 500 ? 2 : 1;
    const start = Math.round(first() / Math.PI);
    for (let k = start; k <= start + span; k += 1) {
      const at = x(k * Math.PI);
      if (at < EDGE.left - 1 || at > width - EDGE.right + 1) continue;
      line([
        [at, y(most)],
        [at, y(-most)],
      ]);
      if (k % every) continue;
      pen.textAlign = at > width - 24 ? 'right' : 'center';
      pen.fillText(k === 0 ? '0' : `${k === 1 ? '' : k}π`, at, HEIGHT - EDGE.bottom + 8);
    }

    /** @type {Array<[ArrayLike<number> | null, string, number, number[]]>} */
    const drawn = [
      [curves.inputs, colour.faint, 1, [3, 4]],
      [curves.targets, colour.target, 2.5, []],
      [curves.predictions, colour.prediction, 2.5, []],
    ];
    const top = 1.12 * most;
    const height = (/** @type {number} */ value) => y(Math.max(-top, Math.min(top, value)));
    for (const [values, stroke, thickness, dash] of drawn) {
      if (!values) continue;
      pen.strokeStyle = stroke;
      pen.lineWidth = thickness;
      pen.setLineDash(dash);
      line(Array.from(values, (value, k) => [x(curves.times[k]), height(value)]));
    }
    pen.setLineDash([]);
    if (marked === null || marked >= curves.times.length) return;
    const at = x(curves.times[marked]);
    pen.strokeStyle = colour.ink;
    pen.lineWidth = 1;
    line([
      [at, y(most)],
      [at, y(-most)],
    ]);
    for (const [values, stroke] of drawn) {
      if (!values) continue;
      pen.fillStyle = stroke;
      pen.beginPath();
      pen.arc(at, height(values[marked]), 4.5, 0, 2 * Math.PI);
      pen.fill();
    }
  }

  /** @param {Array<[number, number]>} points */
  function line(points) {
    pen.lineJoin = 'round';
    pen.beginPath();
    for (const [at, height] of points) pen.lineTo(at, height);
    pen.stroke();
  }

  return {
    element: canvas,
    /** @param {Curves} next */
    show(next) {
      curves = next;
      dirty = true;
    },
    /** @param {number | null} point  the point that is read out */
    mark(point) {
      marked = point;
      dirty = true;
    },
    /** The time and the value at a place of the page. @param {{clientX: number, clientY: number}} place */
    at({ clientX, clientY }) {
      const box = canvas.getBoundingClientRect();
      const time = first() + ((clientX - box.left - EDGE.left) / inner()) * span * Math.PI;
      const value =
        most - (2 * most * (clientY - box.top - EDGE.top)) / (HEIGHT - EDGE.top - EDGE.bottom);
      return { time, value: Math.max(-most, Math.min(most, value)) };
    },
    /** The point nearest to a time. @param {number} time */
    nearest(time) {
      let best = 0;
      for (let k = 1; k < curves.times.length; k += 1)
        if (Math.abs(curves.times[k] - time) < Math.abs(curves.times[best] - time)) best = k;
      return best;
    },
    draw,
  };
}
