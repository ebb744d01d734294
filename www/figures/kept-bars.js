/**
 * How much of a unit's state at each row is left after the last one, as bars.
 *
 * @module
 */

import { canvas } from '../canvas/canvas.js';
import { seenBox } from '../canvas/seen.js';

/** @import {Sheet, Surroundings} from '../canvas/canvas.js' */

/**
 * @param {Surroundings} around
 * @param {{pick: (row: number) => void}} on
 */
export function keptBars(around, { pick }) {
  /** @type {Float32Array} */
  let shares = new Float32Array();
  let chosen = 0;
  const bars = canvas(around, {
    attributes: {
      part: 'inside-kept-bars',
      class: 'kept-bars',
      onclick(/** @type {MouseEvent} */ event) {
        const box = seenBox(bars.element, around.theme.zoom);
        const at = Math.floor(((event.clientX - box.left) / box.width) * shares.length);
        if (shares.length > 0) pick(Math.max(0, Math.min(shares.length - 1, at)));
      },
    },
    paint,
  });

  /** @param {Sheet} sheet */
  function paint({ pen, width, height, theme: { colours } }) {
    const step = width / Math.max(1, shares.length);
    pen.fillStyle = colours.line;
    pen.fillRect(0, height - 1, width, 1);
    for (const [k, share] of shares.entries()) {
      pen.fillStyle = k === chosen ? colours.target : colours.prediction;
      const tall = Math.max(1, share * (height - 2));
      pen.fillRect(k * step + 1, height - tall, Math.max(1, step - 2), tall);
    }
  }

  return {
    element: bars.element,
    /** @param {Float32Array} next  from 0 to 1 @param {number} row  from 0 */
    show(next, row) {
      shares = next;
      chosen = row;
      bars.outdated();
    },
    draw: bars.draw,
  };
}
