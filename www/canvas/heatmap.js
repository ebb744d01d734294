/**
 * A matrix as coloured cells: one colour from nothing to most, or blue above zero and red below it.
 *
 * @module
 */

import { canvas } from './canvas.js';
import { mix } from './theme.js';

/** @import {Sheet, Surroundings} from './canvas.js' */
/** @import {Channels} from './theme.js' */

/** `values` are row by row, from 0 to `most`, or from -`most` to `most` where they are `signed`. @typedef {{values: Float32Array, rows: number, columns: number, most: number, signed: boolean}} Matrix */

/** Colours from zero to most, on either side. */
const SHADES = 128;

/** @type {Matrix} */
const NOTHING = { values: new Float32Array(1), rows: 1, columns: 1, most: 1, signed: true };

/**
 * @param {Surroundings} around
 * @param {{part: string}} how
 */
export function heatmap(around, { part }) {
  let matrix = NOTHING;
  const picture = canvas(around, {
    attributes: { part, class: 'heatmap' },
    grid: () => matrix,
    paint,
  });

  /** @param {Sheet} sheet */
  function paint({ pen, theme }) {
    const { values, rows, columns, most, signed } = matrix;
    const image = pen.createImageData(columns, rows);
    const cells = new Uint32Array(image.data.buffer);
    const shade = (/** @type {'prediction' | 'target'} */ name) => {
      const [paper, full] = [theme.channels('paper'), theme.channels(name)];
      return Uint32Array.from({ length: SHADES + 1 }, (_, k) =>
        packed(mix(paper, full, k / SHADES)),
      );
    };
    const above = shade('prediction');
    const below = signed ? shade('target') : above;
    for (let k = 0; k < cells.length; k += 1) {
      const share = Math.max(-1, Math.min(1, (values[k] ?? 0) / (most || 1)));
      const size = Math.round(SHADES * (signed ? Math.abs(share) : Math.max(0, share)));
      cells[k] = (share < 0 ? below : above)[size] ?? 0;
    }
    pen.putImageData(image, 0, 0);
  }

  return {
    element: picture.element,
    /** @param {Matrix | null} next */
    show(next) {
      matrix = next ?? NOTHING;
      picture.outdated();
    },
    draw: picture.draw,
  };
}

/** A pixel as image data has it, on a machine whose lowest byte comes first, as all that run a browser. @param {Channels} channels */
function packed([red, green, blue, alpha]) {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
