/**
 * A matrix as coloured cells: one colour from nothing to most, or blue above zero and red below it.
 *
 * @module
 */

import { make } from './dom.js';
import { colours, onScheme } from './theme.js';

/** `values` are row by row, from 0 to `most`, or from -`most` to `most` where they are `signed`. @typedef {{values: Float32Array, rows: number, columns: number, most: number, signed: boolean}} Matrix */

/** @param {{part: string}} how */
export function heatmap({ part }) {
  const canvas = make('canvas', { part, class: 'heatmap', role: 'img' });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  /** @type {Matrix | null} */
  let matrix = null;
  let dirty = true;
  onScheme(() => {
    dirty = true;
    draw();
  });

  function draw() {
    if (!dirty || !matrix || !canvas.clientWidth) return;
    dirty = false;
    const { values, rows, columns, most, signed } = matrix;
    if (canvas.width !== columns) canvas.width = columns;
    if (canvas.height !== rows) canvas.height = rows;
    const colour = colours(canvas);
    const [paper, above, below] = [colour.paper, colour.prediction, colour.target].map(rgb);
    const image = pen.createImageData(columns, rows);
    for (let k = 0; k < rows * columns; k += 1) {
      const share = Math.max(-1, Math.min(1, values[k] / (most || 1)));
      const towards = share < 0 && signed ? below : above;
      const part = Math.abs(signed ? share : Math.max(0, share));
      for (let c = 0; c < 3; c += 1)
        image.data[4 * k + c] = paper[c] + part * (towards[c] - paper[c]);
      image.data[4 * k + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
  }

  return {
    element: canvas,
    /** @param {Matrix} next */
    show(next) {
      matrix = next;
      dirty = true;
    },
    draw,
  };
}

/** Red, green and blue of a colour as the stylesheet writes it. @param {string} hex */
function rgb(hex) {
  const number = Number.parseInt(hex.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
