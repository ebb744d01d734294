/**
 * A 28 x 28 digit, white on black as the network reads it, in every theme.
 *
 * @module
 */

import { make } from '../lesson/dom.js';

const SIDE = 28;

/**
 * Its pixels are those of the data, so that neither its box nor the theme can outdate it: it is drawn when
 * it is told what to show.
 *
 * @param {Record<string, any>} [attributes]
 */
export function digitPicture(attributes = {}) {
  const element = make('canvas', {
    class: 'digit',
    width: SIDE,
    height: SIDE,
    role: 'img',
    ...attributes,
  });
  const pen = /** @type {CanvasRenderingContext2D} */ (element.getContext('2d'));

  /** @param {Uint8Array | null} pixels 784 values, or none for a blank one */
  function show(pixels) {
    const image = pen.createImageData(SIDE, SIDE);
    for (let k = 0; k < SIDE * SIDE; k += 1) {
      image.data.fill(pixels?.[k] ?? 0, 4 * k, 4 * k + 3);
      image.data[4 * k + 3] = 255;
    }
    pen.putImageData(image, 0, 0);
  }

  /** What it shows, in words. @param {string} words */
  function describe(words) {
    if (element.getAttribute('aria-label') !== words) element.setAttribute('aria-label', words);
  }

  show(null);
  return { element, show, describe };
}
