/**
 * A few curves over steps on one logarithmic scale, drawn on a canvas: runs that were made to be compared.
 *
 * @module
 */

import { make } from './dom.js';
import { colours, onScheme } from './theme.js';

const HEIGHT = 220;
const EDGE = { left: 52, right: 10, top: 8, bottom: 26 };

/** `colour` is a custom property's name without `--unroll-`. @typedef {{name: string, values: ArrayLike<number>, colour: string, dash: number[]}} Line */
/** A level to hold the lines against. @typedef {{name: string, value: number}} Level */

/**
 * @param {object} how
 * @param {string} how.part
 * @param {string} how.language
 */
export function linesChart({ part, language }) {
  const canvas = make('canvas', { part, class: 'lines', role: 'img' });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const small = new Intl.NumberFormat(language, { maximumSignificantDigits: 1 });
  const whole = new Intl.NumberFormat(language);
  /** @type {Line[]} */
  let lines = [];
  /** @type {Level[]} */
  let levels = [];
  let steps = 1;
  /** @type {number | null} */
  let marked = null;
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
    const style = getComputedStyle(canvas);

    let [low, high] = [1, 1];
    for (const { values } of lines)
      for (let k = 0; k < values.length; k += 1)
        if (values[k] > 0) [low, high] = [Math.min(low, values[k]), Math.max(high, values[k])];
    const bottom = Math.max(-6, Math.floor(Math.log10(low)));
    const top = Math.max(Math.log10(high) + 0.05, bottom + 1);
    const x = (/** @type {number} */ step) =>
      EDGE.left + (step / steps) * (width - EDGE.left - EDGE.right);
    const y = (/** @type {number} */ value) =>
      EDGE.top +
      ((top - Math.max(bottom, Math.log10(value))) / (top - bottom)) *
        (HEIGHT - EDGE.top - EDGE.bottom);

    pen.font = '12px system-ui, sans-serif';
    pen.lineWidth = 1;
    pen.strokeStyle = colour.line;
    pen.fillStyle = colour.faint;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    for (let power = bottom; power <= top; power += 1) {
      stroke([
        [EDGE.left, y(10 ** power)],
        [width - EDGE.right, y(10 ** power)],
      ]);
      pen.fillText(small.format(10 ** power), EDGE.left - 8, y(10 ** power));
    }
    pen.textBaseline = 'top';
    for (let k = 0; k <= 4; k += 1) {
      const step = Math.round((k * steps) / 4);
      pen.textAlign = k === 4 ? 'right' : 'center';
      pen.fillText(whole.format(step), x(step), HEIGHT - EDGE.bottom + 8);
    }
    pen.setLineDash([2, 3]);
    pen.strokeStyle = colour.faint;
    pen.textAlign = 'right';
    pen.textBaseline = 'bottom';
    for (const { name, value } of levels) {
      stroke([
        [EDGE.left, y(value)],
        [width - EDGE.right, y(value)],
      ]);
      pen.fillText(name, width - EDGE.right, y(value) - 2);
    }
    for (const { values, colour: property, dash } of lines) {
      pen.strokeStyle = style.getPropertyValue(`--unroll-${property}`).trim();
      pen.lineWidth = 2;
      pen.setLineDash(dash);
      stroke(
        Array.from(
          values,
          (value, k) => /** @type {[number, number]} */ ([x(k + 1), y(value)]),
        ).filter(([, height]) => Number.isFinite(height)),
      );
    }
    pen.setLineDash([]);
    if (marked === null) return;
    pen.strokeStyle = colour.ink;
    pen.lineWidth = 1;
    stroke([
      [x(marked), EDGE.top],
      [x(marked), HEIGHT - EDGE.bottom],
    ]);
  }

  /** @param {Array<[number, number]>} points */
  function stroke(points) {
    pen.lineJoin = 'round';
    pen.beginPath();
    for (const [at, height] of points) pen.lineTo(at, height);
    pen.stroke();
  }

  return {
    element: canvas,
    /** @param {{lines: Line[], levels?: Level[], steps: number, marked?: number | null}} what */
    show(what) {
      ({ lines, steps, levels = [], marked = null } = what);
      dirty = true;
    },
    draw,
  };
}

/** How a line looks beside its name. @param {Pick<Line, 'name' | 'colour' | 'dash'>} line */
export function lineKey({ name, colour, dash }) {
  const swatch = make('span', { class: dash.length > 0 ? 'swatch dashed' : 'swatch' });
  swatch.style.setProperty('--swatch', `var(--unroll-${colour})`);
  return make('span', { class: 'line-key' }, swatch, name);
}
