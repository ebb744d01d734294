/**
 * A curve over steps, drawn by uPlot: the loss, and the accuracy. Other runs can lie over it, and one cursor
 * reads all of them.
 *
 * @module
 */

import uPlot from '../vendor/uPlot.esm.js';
import { make } from './dom.js';
import { colours, onScheme } from './theme.js';

const HEIGHT = 190;
/** Points of a curve; where there are more, pairs become one. */
const MOST = 2048;

/** Another run's curve: a value for every step. `colour` is a custom property's name without `--unroll-`. @typedef {{colour: string, dash: number[], values: Float32Array}} Overlay */

/**
 * @param {object} how
 * @param {string} how.part
 * @param {string} how.empty           what to say while there is nothing to draw
 * @param {string} how.language
 * @param {boolean} how.smoothed       draw a second, smoothed curve over the first
 * @param {[string, string]} how.names of the curve and of its smoothed one
 * @param {(value: number) => string} how.format
 * @param {boolean} [how.fraction]     values are shares of one
 * @param {(step: number | null) => void} [how.cursor]  the step that is pointed at, if any
 */
export function curveChart({ part, empty, language, smoothed, names, format, fraction, cursor }) {
  const canvasHolder = make('div', { class: 'plot' });
  const hint = make('p', { class: 'empty' }, empty);
  const element = make(
    'div',
    {
      part,
      class: 'chart',
      role: 'img',
      'aria-label': empty,
      tabindex: '0',
      onkeydown,
      onblur: () => plot?.setCursor({ left: -10, top: -10 }),
    },
    canvasHolder,
    hint,
  );
  const whole = new Intl.NumberFormat(language);
  /** @type {number[]} */
  let steps = [];
  /** @type {number[]} */
  let values = [];
  /** @type {number[]} */
  let smooth = [];
  let mean = 0;
  let weight = 0;
  /** Steps from one point to the next. */
  let stride = 1;
  /** @type {Overlay[]} */
  let overlays = [];
  /** A value to hold the curves against. @type {number | null} */
  let level = null;
  let logarithmic = false;
  /** @type {any} */
  let plot = null;
  let dirty = false;
  /** Whether the series are others than those that the plot was built for. */
  let stale = false;

  function build() {
    plot?.destroy();
    stale = false;
    const colour = colours(element);
    const style = getComputedStyle(element);
    const axis = {
      stroke: colour.faint,
      grid: { stroke: colour.line, width: 1 },
      ticks: { stroke: colour.line, width: 1 },
      font: '12px system-ui, sans-serif',
    };
    /** @type {any[]} */
    const series = [
      {},
      {
        label: names[0],
        stroke: smoothed
          ? `color-mix(in srgb, ${colour.prediction} 40%, ${colour.paper})`
          : colour.prediction,
        width: smoothed ? 1 : 2,
        points: { show: !smoothed, size: 5 },
      },
    ];
    if (smoothed)
      series.push({
        label: names[1],
        stroke: colour.prediction,
        width: 2,
        points: { show: false },
      });
    for (const overlay of overlays)
      series.push({
        stroke: style.getPropertyValue(`--unroll-${overlay.colour}`).trim(),
        width: 2,
        dash: overlay.dash,
        points: { show: false },
      });
    if (level !== null)
      series.push({ stroke: colour.faint, width: 1, dash: [2, 3], points: { show: false } });
    /** @type {(_: any, low: number, high: number) => [number, number]} */
    const linear = (_, low, high) =>
      fraction ? [Math.max(0, Math.floor(low * 10 - 0.5) / 10), 1] : [0, high * 1.05 || 1];
    /** @type {(_: any, low: number, high: number) => [number, number]} */
    const decades = (_, low, high) => [10 ** Math.floor(Math.log10(low || 1e-3)), high * 1.3 || 1];
    plot = new uPlot(
      {
        width: canvasHolder.clientWidth || 300,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        hooks: {
          setCursor: [
            (/** @type {any} */ { cursor: { idx, left } }) =>
              cursor?.(idx !== null && left >= 0 ? (plot?.data[0][idx] ?? null) : null),
          ],
        },
        scales: {
          x: { time: false },
          y: logarithmic ? { distr: 3, range: decades } : { range: linear },
        },
        axes: [
          {
            ...axis,
            values: (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
              ticks.map((t) => (Number.isInteger(t) ? whole.format(t) : '')),
          },
          {
            ...axis,
            size: 52,
            values: (/** @type {any} */ _, /** @type {Array<number | null>} */ ticks) =>
              ticks.map((tick) =>
                tick === null || (logarithmic && !decade(tick)) ? '' : format(tick),
              ),
          },
        ],
        series,
      },
      data(),
      canvasHolder,
    );
  }

  /** @returns {any} */
  function data() {
    const longest = overlays.reduce((most, { values }) => Math.max(most, values.length), 0);
    const own = smoothed ? [values, smooth] : [values];
    if (overlays.length === 0 && level === null) return [steps, ...own];
    const at = steps.slice();
    for (let step = (at.at(-1) ?? 1 - stride) + stride; step <= longest; step += stride)
      at.push(step);
    const padded =
      at.length > steps.length
        ? own.map((list) => [...list, ...Array(at.length - steps.length).fill(null)])
        : own;
    const others = overlays.map(({ values }) =>
      at.map((step) => (step <= values.length ? values[step - 1] : null)),
    );
    return [at, ...padded, ...others, ...(level === null ? [] : [at.map(() => level)])];
  }

  /** Pairs become one: the curve keeps its shape at half the points. */
  function thin() {
    const halve = (/** @type {number[]} */ list) =>
      list.filter((_, k) => k % 2 === 1).map((value, k) => (value + list[2 * k]) / 2);
    values = halve(values);
    smooth = halve(smooth);
    steps = steps.filter((_, k) => k % 2 === 1);
    stride *= 2;
  }

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    const count = plot?.data[0].length ?? 0;
    const from = plot?.cursor.idx ?? null;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowLeft: (from ?? count) - 1,
      ArrowRight: (from ?? -1) + 1,
      Home: 0,
      End: count - 1,
    };
    if (!(event.key in goals) || count === 0) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(count - 1, goals[event.key]));
    plot.setCursor({ left: plot.valToPos(plot.data[0][at], 'x'), top: 10 });
  }

  const observer = new ResizeObserver(() => {
    if (plot && canvasHolder.clientWidth)
      plot.setSize({ width: canvasHolder.clientWidth, height: HEIGHT });
  });
  observer.observe(canvasHolder);
  onScheme(() => plot && build());

  return {
    element,
    get count() {
      return steps.length;
    },
    /** The points, for a table. */
    get points() {
      return steps.map((step, k) => ({ step, value: values[k] }));
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
      if (steps.length > MOST) thin();
      dirty = true;
    },
    clear() {
      [steps, values, smooth, mean, weight, stride] = [[], [], [], 0, 0, 1];
      dirty = true;
    },
    /** @param {{overlays?: Overlay[], level?: number | null, logarithmic?: boolean}} what */
    set(what) {
      if ((what.level ?? level) === level && !what.overlays && what.logarithmic === undefined)
        return;
      overlays = what.overlays ?? overlays;
      level = what.level === undefined ? level : what.level;
      logarithmic = what.logarithmic ?? logarithmic;
      stale = dirty = true;
    },
    /** @param {string} text what the chart shows, in words */
    describe(text) {
      if (element.getAttribute('aria-label') !== text) element.setAttribute('aria-label', text);
    },
    draw() {
      if (!dirty) return;
      dirty = false;
      hint.hidden = steps.length > 0 || overlays.length > 0;
      if (!plot || stale) build();
      else plot.setData(data());
    },
  };
}

/** Whether a number is a power of ten. @param {number} value */
function decade(value) {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-6;
}
