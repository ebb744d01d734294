/**
 * A matrix as coloured cells: one colour from nothing to most, or blue above zero and red below it.
 *
 * @module
 */

import { canvas } from './canvas.js';
import { mix } from './theme.js';

/** @import {Sheet, Surroundings} from './canvas.js' */
/** @import {Channels, ColourName, Theme} from './theme.js' */

/** `values` are row by row, from 0 to `most`, or from -`most` to `most` where they are `signed`. @typedef {{values: Float32Array, rows: number, columns: number, most: number, signed: boolean}} Matrix */

/** Steps from one colour to another. */
const SHADES = 512;

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
    const shades = signed ? signedShades(theme) : ramp(theme, 'paper', 'prediction');
    const least = signed ? -1 : 0;
    for (let k = 0; k < cells.length; k += 1) {
      const share = Math.max(least, Math.min(1, (values[k] ?? 0) / (most || 1)));
      const place = (share - least) / (1 - least);
      cells[k] = shades[Math.round((shades.length - 1) * place)] ?? 0;
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

/** From -most to most. If the system chose the colours, no two but these are sure to differ. @param {Theme} theme */
function signedShades(theme) {
  if (theme.forced) return ramp(theme, 'paper', 'ink');
  const [below, above] = [ramp(theme, 'target', 'paper'), ramp(theme, 'paper', 'prediction')];
  return [...below, ...above.slice(1)];
}

/** @param {Theme} theme @param {ColourName} from @param {ColourName} to */
function ramp(theme, from, to) {
  const [first, last] = [theme.channels(from), theme.channels(to)];
  return Array.from({ length: SHADES + 1 }, (_, k) => packed(mix(first, last, k / SHADES)));
}

/** A pixel as image data has it, on a machine whose lowest byte comes first, as all that run a browser. @param {Channels} channels */
function packed([red, green, blue, alpha]) {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
