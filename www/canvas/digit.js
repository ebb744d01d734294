/**
 * A 28 x 28 digit, white on black as the network reads it, in every theme.
 *
 * @module
 */

import { make } from '../lesson/dom.js';

const SIDE = 28;
/** Red, green and blue of what stands out, where it is black. */
const MARK = [40, 110, 190];

/**
 * Its pixels are those of the data, so that neither its box nor the theme can outdate it: it is drawn when
 * `show` is called.
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

  /** @param {Uint8Array | null} pixels 784 values, or none for a blank one @param {readonly number[]} [marked] which of them stand out */
  function show(pixels, marked = []) {
    const image = pen.createImageData(SIDE, SIDE);
    for (let k = 0; k < SIDE * SIDE; k += 1) {
      image.data.fill(pixels?.[k] ?? 0, 4 * k, 4 * k + 3);
      image.data[4 * k + 3] = 255;
    }
    for (const k of marked)
      MARK.forEach((value, channel) => {
        const at = 4 * k + channel;
        image.data[at] = Math.max(image.data[at] ?? 0, value);
      });
    pen.putImageData(image, 0, 0);
  }

  /** What it shows, in words. @param {string} words */
  function describe(words) {
    if (element.getAttribute('aria-label') !== words) element.setAttribute('aria-label', words);
  }

  show(null);
  return { element, show, describe };
}
