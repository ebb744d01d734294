/**
 * How much of a gradient reaches each time step, as bars on a logarithmic scale.
 *
 * @module
 */

import { make } from './dom.js';
import { colours, onScheme } from './theme.js';

const HEIGHT = 150;
const EDGE = { left: 52, right: 10, top: 8, bottom: 24 };
/** Powers of ten in view, from the largest bar down. */
const DECADES = 7;

/** `most` is the largest norm of those that are to be compared. `open` are the first time steps, whose bars are drawn as outlines: the gradient that is cut off. @typedef {{norms: ArrayLike<number>, open?: number, most?: number, colour: string}} Bars */

/**
 * @param {{part: string}} how
 */
export function gradientBars({ part }) {
  const canvas = make('canvas', { part, class: 'gradient-bars', role: 'img' });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  /** @type {Bars} */
  let bars = { norms: [], colour: 'prediction' };
  /** @type {number[]} */
  let ticks = [];
  let dirty = true;

  const redraw = () => {
    dirty = true;
    draw();
  };
  new ResizeObserver(redraw).observe(canvas);
  onScheme(redraw);

  function draw() {
    const width = canvas.clientWidth;
    if (!dirty || !width) return;
    dirty = false;
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(HEIGHT * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const colour = colours(canvas);
    const { norms, open = 0 } = bars;
    const most = bars.most ?? Math.max(...Array.from(norms).filter(Number.isFinite));
    const top = Math.ceil(Math.log10(Math.max(1e-30, most)));
    const base = HEIGHT - EDGE.bottom;
    const y = (/** @type {number} */ value) =>
      EDGE.top + Math.min(1, (top - Math.log10(value)) / DECADES) * (base - EDGE.top);
    const step = (width - EDGE.left - EDGE.right) / Math.max(1, norms.length);

    pen.font = '12px system-ui, sans-serif';
    pen.fillStyle = colour.faint;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    pen.strokeStyle = colour.line;
    for (let k = 0; k <= DECADES; k += 2) {
      const at = y(10 ** (top - k));
      pen.beginPath();
      pen.moveTo(EDGE.left, at);
      pen.lineTo(width - EDGE.right, at);
      pen.stroke();
      if (norms.length > 0) pen.fillText(powerOfTen(top - k), EDGE.left - 6, at);
    }
    pen.textBaseline = 'top';
    pen.textAlign = 'center';
    for (const tick of ticks) pen.fillText(String(tick), EDGE.left + step * (tick - 0.5), base + 6);
    pen.fillStyle = pen.strokeStyle = getComputedStyle(canvas)
      .getPropertyValue(`--unroll-${bars.colour}`)
      .trim();
    for (let k = 0; k < norms.length; k += 1) {
      const height = norms[k] > 0 ? base - y(norms[k]) : 0;
      const gap = Math.min(1, step / 6);
      const box = /** @type {const} */ ([
        EDGE.left + k * step + gap,
        base - height,
        Math.max(0.5, step - 2 * gap),
        height,
      ]);
      if (k >= open) pen.fillRect(...box);
      else if (height > 1)
        pen.strokeRect(box[0] + 0.5, box[1] + 0.5, Math.max(0.5, box[2] - 1), box[3] - 1);
    }
    if (open > 0 && open < norms.length) {
      pen.strokeStyle = colour.ink;
      pen.setLineDash([4, 3]);
      pen.beginPath();
      pen.moveTo(EDGE.left + open * step, EDGE.top);
      pen.lineTo(EDGE.left + open * step, base);
      pen.stroke();
      pen.setLineDash([]);
    }
  }

  return {
    element: canvas,
    /** @param {Bars & {ticks: number[]}} what */
    show(what) {
      bars = what;
      ({ ticks } = what);
      dirty = true;
    },
    draw,
  };
}

/** @param {number} exponent */
export function powerOfTen(exponent) {
  const raised = String(exponent).replace(/./g, (sign) =>
    sign === '-'
      ? '\u207b'
      : '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'[Number(sign)],
  );
  return `10${raised}`;
}

/** A small number as a reader of formulas writes it: 2.1 · 10⁻⁶. @param {number} value @param {Intl.NumberFormat} format of the first factor */
export function scientific(value, format) {
  if (!(value > 0)) return format.format(0);
  if (value >= 0.01 && value < 1000) return format.format(value);
  const exponent = Math.floor(Math.log10(value));
  return `${format.format(value / 10 ** exponent)} \u00b7 ${powerOfTen(exponent)}`;
}
