/**
 * The sin-cos lesson's picture: target and prediction, growing segment by segment as it trains.
 *
 * @module
 */

import { make, section } from './dom.js';
import { colours, onScheme } from './theme.js';

/** @import {Context, Part} from './parts.js' */

/** Segments in view. */
const SHOWN = 8;
const HEIGHT = 260;
const EDGE = { left: 36, right: 8, top: 10, bottom: 26 };

/** @typedef {{times: Float32Array, inputs: Float32Array, targets: Float32Array, predictions: Float32Array}} Segment */

/**
 * @param {Context} context
 * @returns {Part}
 */
export function waveChart({ text, language }) {
  const canvas = make('canvas', { class: 'wave' });
  const hint = make('p', { class: 'empty' }, text('wave-empty'));
  const chart = make('div', { part: 'lesson-chart', class: 'chart', role: 'img', 'aria-label': text('wave-empty') }, canvas, hint);
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  /** @type {Segment[]} */
  let segments = [];
  let dirty = true;
  let loss = Number.NaN;

  new ResizeObserver(() => {
    dirty = true;
    draw();
  }).observe(chart);
  onScheme(() => {
    dirty = true;
    draw();
  });

  function draw() {
    const width = chart.clientWidth;
    if (!dirty || !width) return;
    dirty = false;
    hint.hidden = segments.length > 0;
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(HEIGHT * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const colour = colours(chart);
    const first = segments[0]?.times[0] ?? 0;
    const span = SHOWN * Math.PI;
    const x = (/** @type {number} */ time) => EDGE.left + ((time - first) / span) * (width - EDGE.left - EDGE.right);
    const y = (/** @type {number} */ value) => EDGE.top + ((1.25 - value) / 2.5) * (HEIGHT - EDGE.top - EDGE.bottom);

    pen.font = '12px system-ui, sans-serif';
    pen.lineWidth = 1;
    pen.strokeStyle = colour.line;
    pen.fillStyle = colour.faint;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    for (const value of [-1, 0, 1]) {
      line([[x(first), y(value)], [x(first + span), y(value)]]);
      pen.fillText(format.format(value), EDGE.left - 8, y(value));
    }
    pen.textBaseline = 'top';
    pen.textAlign = 'center';
    const every = width < 500 ? 2 : 1;
    const start = Math.round(first / Math.PI);
    for (let k = start; k <= start + SHOWN; k += 1) {
      const at = x(k * Math.PI);
      if (at < EDGE.left - 1 || at > width - EDGE.right + 1) continue;
      line([[at, y(1.25)], [at, y(-1.25)]]);
      if (k % every) continue;
      pen.textAlign = at > width - 24 ? 'right' : 'center';
      pen.fillText(k === 0 ? '0' : `${k === 1 ? '' : k}π`, at, HEIGHT - EDGE.bottom + 8);
    }

    /** @type {Array<[keyof Segment, string, number, number[]]>} */
    const curves = [
      ['inputs', colour.faint, 1, [3, 4]],
      ['targets', colour.target, 2.5, []],
      ['predictions', colour.prediction, 2.5, []],
    ];
    for (const [name, stroke, thickness, dash] of curves) {
      pen.strokeStyle = stroke;
      pen.lineWidth = thickness;
      pen.setLineDash(dash);
      const points = segments.flatMap((segment) => Array.from(segment[name], (value, k) => /** @type {[number, number]} */ ([x(segment.times[k]), y(Math.max(-1.4, Math.min(1.4, value)))])));
      line(points);
    }
    pen.setLineDash([]);
  }

  /** @param {Array<[number, number]>} points */
  function line(points) {
    pen.lineJoin = 'round';
    pen.beginPath();
    for (const [at, height] of points) pen.lineTo(at, height);
    pen.stroke();
  }

  return {
    element: section(
      'chart',
      text('wave-title'),
      make(
        'p',
        { class: 'key' },
        make('span', { class: 'swatch target' }),
        text('wave-target'),
        make('span', { class: 'swatch' }),
        text('wave-prediction'),
        make('span', { class: 'swatch input' }),
        text('wave-input'),
      ),
      chart,
    ),
    metrics({ losses, segments: curves }) {
      if (!curves) return;
      let at = 0;
      for (const length of curves.lengths) {
        const part = (/** @type {Float32Array} */ values) => values.subarray(at, at + length);
        segments.push({
          times: part(curves.times),
          inputs: part(curves.inputs),
          targets: part(curves.targets),
          predictions: part(curves.predictions),
        });
        at += length;
      }
      segments = segments.slice(-SHOWN);
      loss = losses[losses.length - 1];
      dirty = true;
    },
    state(state) {
      if (state.running || segments.length === 0) return;
      chart.setAttribute('aria-label', text('wave-alt', { count: segments.length, loss: format.format(loss) }));
    },
    fresh() {
      segments = [];
      dirty = true;
      chart.setAttribute('aria-label', text('wave-empty'));
    },
    draw,
  };
}
