/**
 * Where an element is seen in the window. Where all is large, older engines tell a box in the element's own pixels, and
 * a pointer's place in the window's.
 *
 * @module
 */

/** @param {HTMLElement} element @param {number} zoom  the lesson's @returns {DOMRect} in the window's pixels */
export function seenBox(element, zoom) {
  const { x, y, width, height } = element.getBoundingClientRect();
  const share = pixelShare(element, zoom);
  return new DOMRect(share * x, share * y, share * width, share * height);
}

/** How many of the window's pixels a pixel is in which an element's box is told. @param {HTMLElement} element @param {number} zoom */
export function pixelShare(element, zoom) {
  if (zoom === 1 || element.closest('.sheet')) return 1;
  const { width } = element.getBoundingClientRect();
  return Math.abs(width - element.offsetWidth) < 1 ? zoom : 1;
}
