/**
 * The one way to put a canvas on the page.
 *
 * It follows its box, the device's pixel density and the theme, is drawn only when something has changed
 * and it can be seen, and leaves nothing behind when its signal ends.
 *
 * @module
 */

import { make } from '../lesson/dom.js';

/** @import {Context} from '../figures/figure.js' */
/** @import {Theme} from './theme.js' */

/** What a canvas needs of the figure's context. @typedef {Pick<Context, 'signal' | 'theme'> & {host: {needsFrame: () => void}}} Surroundings */

/** Draws a canvas once more, at so many pixels to a CSS pixel of the lesson. @typedef {(density: number) => HTMLCanvasElement | Promise<HTMLCanvasElement>} Copier */

/** @type {WeakMap<HTMLCanvasElement, Copier>} */
const copiers = new WeakMap();

/** Says how a canvas is drawn once more, or that it is not any longer. @param {HTMLCanvasElement} element @param {Copier | null} draw */
export function copiedBy(element, draw) {
  if (draw) copiers.set(element, draw);
  else copiers.delete(element);
}

/**
 * What a canvas shows, as sharp as asked. One whose pixels are data is itself.
 *
 * @param {HTMLCanvasElement} element
 * @param {number} density  pixels to a CSS pixel of the lesson
 */
export async function copyOf(element, density) {
  return (await copiers.get(element)?.(density)) ?? element;
}

/** How canvases are drawn that were asked for. @type {Set<() => void>} */
const asked = new Set();

/** Draws what was asked for by now, without waiting for their task: for paper, which does not wait. */
export function drawAsked() {
  const all = [...asked];
  asked.clear();
  for (const draw of all) {
    try {
      draw();
    } catch (error) {
      // One that fails leaves the others as they are.
      reportError(error);
    }
  }
}

/**
 * @typedef {object} Sheet
 * @property {CanvasRenderingContext2D} pen  in CSS pixels, from the canvas's left top corner; in cells where it has a grid
 * @property {number} width
 * @property {number} height
 * @property {number} density  device pixels to one of these
 * @property {Theme} theme
 */

/**
 * @param {Surroundings} around
 * @param {object} how
 * @param {Record<string, any>} how.attributes
 * @param {(sheet: Sheet) => void} how.paint
 * @param {() => {columns: number, rows: number}} [how.grid]  a pixel for each cell, whatever its box
 */
export function canvas({ signal, theme, host }, { attributes, paint, grid }) {
  const element = make('canvas', { role: 'img', ...attributes });
  const pen = /** @type {CanvasRenderingContext2D} */ (element.getContext('2d'));
  let dirty = true;
  /** Its box, as its observer reports it: to read it from the element would force a layout. */
  let [width, height] = [0, 0];

  function outdated() {
    dirty = true;
  }

  const observer = new ResizeObserver(([entry]) => {
    const before = width;
    ({ width = 0, height = 0 } = entry?.contentRect ?? {});
    // What was not rendered has seen no change of colours.
    if (before === 0) theme.refresh();
    if (grid && before > 0) return;
    outdated();
    host.needsFrame();
  });
  observer.observe(element);
  signal.addEventListener('abort', () => observer.disconnect());
  theme.watch(outdated);
  if (!grid)
    copiedBy(element, (density) => {
      const copy = make('canvas', {
        width: Math.round(width * density),
        height: Math.round(height * density),
      });
      const pen = /** @type {CanvasRenderingContext2D} */ (copy.getContext('2d'));
      pen.scale(density, density);
      paint({ pen, width, height, density, theme });
      return copy;
    });

  function draw() {
    if (!dirty) return;
    dirty = false;
    const density = grid ? 1 : theme.density;
    const { columns, rows } = grid?.() ?? {
      columns: Math.round(width * density),
      rows: Math.round(height * density),
    };
    // Setting a size also clears the canvas, and resets the pen.
    if (element.width !== columns || element.height !== rows) {
      element.width = columns;
      element.height = rows;
    } else {
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, columns, rows);
    }
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.save();
    paint({ pen, width: columns / density, height: rows / density, density, theme });
    pen.restore();
  }

  return {
    element,
    /** What it shows is another: it is drawn at the next `draw`. */
    outdated,
    /**
     * Draws, if there is anything new to see, once the script that asks has ended. To set a font lays the page out:
     * that is done once when all words of a frame are written, not once between any two of them.
     */
    draw() {
      if (!dirty || width === 0) return;
      // Not in the task that writes the words: both in one would hold the page up.
      if (asked.size === 0) requestAnimationFrame(drawAsked);
      asked.add(draw);
    },
  };
}

/**
 * A line through points.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Iterable<readonly [number, number]>} points
 */
export function stroke(pen, points) {
  pen.lineJoin = 'round';
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {readonly [number, number]} place
 * @param {number} radius
 */
export function dot(pen, [x, y], radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

/** How canvases write. */
export const FONT = '12px system-ui, sans-serif';
