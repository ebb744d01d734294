/**
 * A curve over steps, drawn by uPlot: the loss, and the accuracy.
 *
 * @module
 */

import uPlot from '../vendor/uPlot.esm.js';
import { make } from './dom.js';
import { colours, onScheme } from './theme.js';

const HEIGHT = 190;

/**
 * @param {object} how
 * @param {string} how.part
 * @param {string} how.empty           what to say while there is nothing to draw
 * @param {string} how.language
 * @param {boolean} how.smoothed       draw a second, smoothed curve over the first
 * @param {[string, string]} how.names of the curve and of its smoothed one
 * @param {(value: number) => string} how.format
 * @param {boolean} [how.fraction]     values are shares of one
 */
export function curveChart({ part, empty, language, smoothed, names, format, fraction }) {
  const canvasHolder = make('div', { class: 'plot' });
  const hint = make('p', { class: 'empty' }, empty);
  const element = make('div', { part, class: 'chart', role: 'img', 'aria-label': empty }, canvasHolder, hint);
  const whole = new Intl.NumberFormat(language);
  /** @type {number[]} */
  let steps = [];
  /** @type {number[]} */
  let values = [];
  /** @type {number[]} */
  let smooth = [];
  let mean = 0;
  let weight = 0;
  /** @type {any} */
  let plot = null;
  let dirty = false;

  function build() {
    plot?.destroy();
    const colour = colours(element);
    const axis = { stroke: colour.faint, grid: { stroke: colour.line, width: 1 }, ticks: { stroke: colour.line, width: 1 }, font: '12px system-ui, sans-serif' };
    /** @type {any[]} */
    const series = [
      {},
      {
        label: names[0],
        stroke: smoothed ? `color-mix(in srgb, ${colour.prediction} 40%, ${colour.paper})` : colour.prediction,
        width: smoothed ? 1 : 2,
        points: { show: !smoothed, size: 5 },
      },
    ];
    if (smoothed) series.push({ label: names[1], stroke: colour.prediction, width: 2, points: { show: false } });
    plot = new uPlot(
      {
        width: canvasHolder.clientWidth || 300,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false },
          y: { range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) => (fraction ? [Math.max(0, Math.floor(low * 10 - 0.5) / 10), 1] : [0, high * 1.05 || 1]) },
        },
        axes: [
          { ...axis, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((t) => (Number.isInteger(t) ? whole.format(t) : '')) },
          { ...axis, size: 52, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(format) },
        ],
        series,
      },
      data(),
      canvasHolder,
    );
  }

  /** @returns {uPlot.AlignedData} */
  function data() {
    return smoothed ? [steps, values, smooth] : [steps, values];
  }

  /** Pairs become one: the curve keeps its shape at half the points. */
  function thin() {
    const halve = (/** @type {number[]} */ list) =>
      list.filter((_, k) => k % 2 === 1).map((value, k) => (value + list[2 * k]) / 2);
    values = halve(values);
    smooth = halve(smooth);
    steps = steps.filter((_, k) => k % 2 === 1);
  }

  const observer = new ResizeObserver(() => {
    if (plot && canvasHolder.clientWidth) plot.setSize({ width: canvasHolder.clientWidth, height: HEIGHT });
  });
  observer.observe(canvasHolder);
  onScheme(() => plot && build());

  return {
    element,
    get count() {
      return steps.length;
    },
    /**
     * @param {number} step
     * @param {number} value
     */
    add(step, value) {
      if (!Number.isFinite(value)) return;
      const share = 0.95;
      mean = share * mean + (1 - share) * value;
      weight = share * weight + (1 - share);
      steps.push(step);
      values.push(value);
      smooth.push(mean / weight);
      if (steps.length > 8192) thin();
      dirty = true;
    },
    clear() {
      [steps, values, smooth, mean, weight] = [[], [], [], 0, 0];
      dirty = true;
    },
    /** @param {string} text what the chart shows, in words */
    describe(text) {
      if (element.getAttribute('aria-label') !== text) element.setAttribute('aria-label', text);
    },
    draw() {
      if (!dirty) return;
      dirty = false;
      hint.hidden = steps.length > 0;
      if (!plot) build();
      else plot.setData(data());
    },
  };
}
