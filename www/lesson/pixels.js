/**
 * A 28 x 28 digit on a canvas, white on black as the network reads it, in either colour scheme.
 *
 * @module
 */

import { make } from './dom.js';

const SIDE = 28;

/** @param {string} name what the picture shows, in words */
export function digitCanvas(name) {
  return make('canvas', {
    class: 'digit',
    width: SIDE,
    height: SIDE,
    role: 'img',
    'aria-label': name,
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array | null} pixels 784 values, or none for a blank one
 */
export function drawDigit(canvas, pixels) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const image = pen.createImageData(SIDE, SIDE);
  for (let k = 0; k < SIDE * SIDE; k += 1) image.data.fill(pixels?.[k] ?? 0, 4 * k, 4 * k + 3);
  for (let k = 3; k < image.data.length; k += 4) image.data[k] = 255;
  pen.putImageData(image, 0, 0);
}
