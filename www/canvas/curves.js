/**
 * The one chart for curves over steps, drawn by uPlot: losses, accuracies, comparisons.
 *
 * One cursor reads all curves. There may be levels to hold them against, and a mark at a step.
 *
 * @module
 */

import { make } from '../lesson/dom.js';
import { logarithmicRange, logarithmicTicks } from './axis.js';
import { copiedBy } from './canvas.js';
import { smallTick } from './notation.js';
import uPlot from './uplot.js';

/** @import {Surroundings} from './canvas.js' */
/** @import {Values} from './series.js' */
/** @import {ColourName} from './theme.js' */

/** How a curve looks; `pale` is what lies behind its own smoothed form. @typedef {{colour: ColourName, dash?: number[], pale?: boolean, dots?: boolean}} Look */

/** @typedef {Look & {values: Values | number[]}} Line  a value, or none, for each of the chart's steps */

/**
 * @typedef {object} Curves
 * @property {number[]} steps                             where there are values
 * @property {Line[]} lines
 * @property {number | null} [until]                      the last step of the axis, if it is known before it comes
 * @property {number[]} [levels]  values to hold the curves against, dotted
 * @property {number | null} [marked]                     a step
 * @property {boolean} [logarithmic]
 */

/** Distances of ticks along the steps: whole numbers. */
const WHOLE = Array.from({ length: 9 }, (_, k) => [1, 2, 5].map((n) => n * 10 ** k)).flat();
const LEVEL_DASH = [2, 3];
const HIDDEN = { left: -10, top: -10 };

/** @type {Curves} */
const NOTHING = { steps: [], lines: [] };

/**
 * @param {Surroundings} around
 * @param {object} how
 * @param {string} how.part
 * @param {string} how.empty     what to say while there is nothing to draw
 * @param {string} how.language
 * @param {(value: number) => string} how.format
 * @param {{step: string, value: string}} how.names  of the two axes
 * @param {boolean} [how.share]  values are shares of one
 * @param {(step: number | null) => void} [how.cursor]  the step that is pointed at, if any
 */
export function curveChart({ signal, theme, host }, how) {
  const { part, empty, language, format, names, share = false, cursor } = how;
  // uPlot knows no zoom: it stands in a sheet of the window's own pixels, and draws larger by itself.
  const sheet = make('div', { class: 'sheet' });
  const holder = make('div', { class: 'plot' }, sheet);
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
      onblur: () => plot?.setCursor(HIDDEN),
    },
    holder,
    hint,
  );
  const whole = new Intl.NumberFormat(language);
  let curves = NOTHING;
  /** @type {uPlot | null} */
  let plot = null;
  /** @type {Link} */
  let link = { chart: null };
  let dirty = true;
  /** What the plot was built for. */
  let built = '';

  /** As its observer reports it: to read it from the element would force a layout. */
  let size = { width: 0, height: 0 };
  const observer = new ResizeObserver(([entry]) => {
    const { width = 0, height = 0 } = entry?.contentRect ?? {};
    if (size.width === 0) theme.refresh();
    size = { width, height };
    if (plot && width > 0) plot.setSize(size);
    host.needsFrame();
  });
  observer.observe(sheet);
  theme.watch(() => {
    built = '';
    dirty = true;
  });
  signal.addEventListener('abort', () => {
    observer.disconnect();
    end();
  });

  function end() {
    if (!plot) return;
    // An engine may keep the last plot's canvas, and with it what it is copied by.
    copiedBy(plot.ctx.canvas, null);
    plot.destroy();
    link.chart = null;
    plot = null;
  }

  const levels = () => curves.levels ?? [];

  /** Whether there is no line yet. */
  const isPoint = () => curves.steps.length === 1;

  /** What another plot is needed for: its series and its axis. */
  function kind() {
    const looks = curves.lines.map(({ colour, dash, pale, dots }) => [colour, dash, pale, dots]);
    return JSON.stringify([looks, curves.logarithmic ?? false, isPoint()]);
  }

  function build() {
    end();
    link = { chart: asked(theme.zoom, (self) => cursor?.(pointed(self))) };
    plot = new uPlot(options(link, size, theme.zoom), data(), sheet);
    copiedBy(plot.ctx.canvas, copy);
  }

  /** The same curves once more. @param {number} density @returns {Promise<HTMLCanvasElement>} */
  function copy(density) {
    const larger = density / theme.zoom / uPlot.pxRatio;
    const scale = theme.zoom * larger;
    const { width, height } = size;
    return new Promise((resolve) => {
      const asks = asked(scale, () => {});
      /** @type {Link} */
      const once = {
        chart: {
          ...asks,
          draw(self) {
            asks.draw(self);
            once.chart = null;
            resolve(self.ctx.canvas);
            // Not within its own drawing.
            queueMicrotask(() => self.destroy());
          },
        },
      };
      new uPlot(
        options(once, { width: width * larger, height: height * larger }, scale),
        data(),
        make('div'),
      );
    });
  }

  /** @param {number} scale @param {(self: uPlot) => void} pointed @returns {Asked} */
  function asked(scale, pointed) {
    return {
      pointed,
      draw(self) {
        drawLevels(self, scale);
        drawMark(self, scale);
        drawNames(self, scale);
      },
      stepRange,
      valueRange,
      stepWords: (tick) => whole.format(tick),
      valueWords: (tick) => (curves.logarithmic && tick < 0.001 ? smallTick(tick) : format(tick)),
    };
  }

  /** @param {Link} link @param {{width: number, height: number}} size @param {number} scale  of lines and words */
  function options(link, size, scale) {
    const { colours } = theme;
    const axis = {
      stroke: colours.faint,
      grid: { stroke: colours.line, width: scale },
      ticks: { stroke: colours.line, width: scale, size: 10 * scale },
      gap: 5 * scale,
      // uPlot takes whole pixels.
      font: `${Math.round(12 * scale)}px system-ui, sans-serif`,
    };
    const series = curves.lines.map(({ colour, dash = [], pale = false, dots = false }) => ({
      stroke: pale ? theme.between('paper', colour, 0.4) : colours[colour],
      width: (pale ? 1 : 2) * scale,
      dash: dash.map((length) => length * scale),
      points: { show: dots || isPoint(), size: 5 * scale },
    }));
    const logarithmic = curves.logarithmic ?? false;
    return plotOptions(link, { size, scale, axis, series, logarithmic });
  }

  /** @returns {uPlot.AlignedData} */
  function data() {
    const { steps, lines } = curves;
    return [
      steps,
      ...lines.map(({ values }) =>
        values.length === steps.length
          ? values
          : [...values, ...Array(steps.length - values.length).fill(null)],
      ),
    ];
  }

  /** @param {number | null} low @param {number | null} high @returns {uPlot.Range.MinMax} */
  function stepRange(low, high) {
    const first = low ?? 1;
    return [curves.until ? 0 : first, curves.until ?? Math.max(high ?? first, first + 1)];
  }

  /** @param {number | null} low @param {number | null} high @param {boolean} logarithmic @returns {uPlot.Range.MinMax} */
  function valueRange(low, high, logarithmic) {
    const beside = levels();
    const most = Math.max(high ?? 0, ...beside);
    if (share) return [Math.max(0, Math.floor((low ?? 0) * 10 - 0.5) / 10), 1];
    if (!logarithmic) return [0, most * 1.05 || 1];
    return logarithmicRange(Math.min(low ?? Infinity, ...beside), most);
  }

  /** @param {uPlot} self @param {number} larger */
  function drawLevels(self, larger) {
    const { ctx: pen, bbox } = self;
    const scale = uPlot.pxRatio * larger;
    pen.save();
    pen.strokeStyle = theme.colours.faint;
    pen.lineWidth = scale;
    pen.setLineDash(LEVEL_DASH.map((length) => length * scale));
    const right = bbox.left + bbox.width;
    for (const value of levels()) {
      const y = Math.round(self.valToPos(value, 'y', true));
      pen.beginPath();
      pen.moveTo(bbox.left, y);
      pen.lineTo(right, y);
      pen.stroke();
    }
    pen.restore();
  }

  /** What the axes are of, where they point to. @param {uPlot} self @param {number} larger */
  function drawNames(self, larger) {
    const { ctx: pen, bbox } = self;
    const scale = uPlot.pxRatio * larger;
    pen.save();
    pen.fillStyle = theme.colours.faint;
    pen.font = `${12 * scale}px system-ui, sans-serif`;
    pen.textBaseline = 'top';
    pen.textAlign = 'left';
    pen.fillText(`\u2191 ${names.value}`, bbox.left - 40 * scale, bbox.top - 18 * scale);
    pen.textAlign = 'right';
    const [right, bottom] = [bbox.left + bbox.width, bbox.top + bbox.height];
    pen.fillText(`${names.step} \u2192`, right, bottom + 30 * scale);
    pen.restore();
  }

  /** @param {uPlot} self @param {number} larger */
  function drawMark(self, larger) {
    const { marked = null } = curves;
    if (marked === null) return;
    const { ctx: pen, bbox } = self;
    const x = Math.round(self.valToPos(marked, 'x', true));
    pen.save();
    pen.strokeStyle = theme.colours.ink;
    pen.lineWidth = uPlot.pxRatio * larger;
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(x, bbox.top);
    pen.lineTo(x, bbox.top + bbox.height);
    pen.stroke();
    pen.restore();
  }

  /** The step under the cursor. @param {uPlot} self */
  function pointed({ cursor: { idx, left = -1 } }) {
    return typeof idx === 'number' && left >= 0 ? (curves.steps[idx] ?? null) : null;
  }

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    const count = curves.steps.length;
    if (!plot || count === 0) return;
    const from = plot.cursor.idx ?? null;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowLeft: (from ?? count) - 1,
      ArrowRight: (from ?? -1) + 1,
      Home: 0,
      End: count - 1,
    };
    const goal = goals[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    const step = curves.steps[Math.max(0, Math.min(count - 1, goal))] ?? 1;
    plot.setCursor({ left: plot.valToPos(step, 'x'), top: 10 });
  }

  return {
    element,
    /** @param {Curves} next */
    show(next) {
      curves = next;
      dirty = true;
    },
    /** What the chart shows, in words. @param {string} words */
    describe(words) {
      if (element.getAttribute('aria-label') !== words) element.setAttribute('aria-label', words);
    },
    draw() {
      if (!dirty || size.width === 0 || signal.aborted) return;
      dirty = false;
      hint.hidden = curves.steps.length > 0;
      if (!hint.hidden) {
        end();
        return;
      }
      const now = kind();
      if (plot && built === now) {
        plot.setData(data());
      } else {
        built = now;
        build();
      }
    },
  };
}

/**
 * What a plot asks of its chart.
 *
 * @typedef {object} Asked
 * @property {(self: uPlot) => void} pointed  the cursor moved
 * @property {(self: uPlot) => void} draw
 * @property {(low: number | null, high: number | null) => uPlot.Range.MinMax} stepRange
 * @property {(low: number | null, high: number | null, logarithmic: boolean) => uPlot.Range.MinMax} valueRange
 * @property {(tick: number) => string} stepWords
 * @property {(tick: number) => string} valueWords
 */

/** @typedef {{chart: Asked | null}} Link */

/**
 * A plot's options. An engine may keep the last plot of a page alive, and with it these functions: they
 * reach their chart through `link` alone, which is cut when the plot ends.
 *
 * @param {Link} link
 * @param {{size: {width: number, height: number}, scale: number, axis: uPlot.Axis, series: uPlot.Series[], logarithmic: boolean}} how
 * @returns {uPlot.Options}
 */
function plotOptions(link, { size, scale, axis, series, logarithmic }) {
  // A plot that ended before it was drawn asks once more.
  /** @type {uPlot.Range.MinMax} */
  const nothing = logarithmic ? [0.1, 1] : [0, 1];
  return {
    ...size,
    padding: [22 * scale, 16 * scale, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    hooks: {
      setCursor: [(self) => link.chart?.pointed(self)],
      draw: [(self) => link.chart?.draw(self)],
    },
    scales: {
      x: { time: false, range: (_, low, high) => link.chart?.stepRange(low, high) ?? [0, 1] },
      y: {
        distr: logarithmic ? 3 : 1,
        range: (_, low, high) => link.chart?.valueRange(low, high, logarithmic) ?? nothing,
      },
    },
    axes: [
      {
        ...axis,
        size: 46 * scale,
        space: 50 * scale,
        incrs: WHOLE,
        values: (_, ticks) => ticks.map((tick) => link.chart?.stepWords(tick) ?? ''),
      },
      {
        ...axis,
        size: 52 * scale,
        space: 30 * scale,
        ...(logarithmic
          ? {
              splits: (_, __, low, high) => logarithmicTicks(low, high),
              filter: (_, ticks) => ticks,
            }
          : {}),
        values: (_, ticks) =>
          ticks.map((tick) => (tick === null ? '' : (link.chart?.valueWords(tick) ?? ''))),
      },
    ],
    series: [{}, ...series],
  };
}

/** How a curve looks beside its name. @param {string} name @param {Look} look */
export function curveKey(name, { colour, dash = [] }) {
  const swatch = make('span', { class: dash.length > 0 ? 'swatch dashed' : 'swatch' });
  swatch.style.setProperty('--swatch', `var(--unroll-${colour})`);
  return make('span', { class: 'line-key' }, swatch, make('span', {}, name));
}
