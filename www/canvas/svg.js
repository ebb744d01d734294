/**
 * Drawings whose lines and words are elements: they can be chosen, styled and printed.
 *
 * @module
 */

const NAMESPACE = 'http://www.w3.org/2000/svg';

/**
 * An element of a drawing.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties] attributes; `on*` are listeners
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function drawn(tag, properties = {}, ...children) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * A drawing of that many units, which fills what it is given.
 *
 * @param {number} width
 * @param {number} height
 * @param {Record<string, any>} properties
 * @param {...Node} children
 */
export function picture(width, height, properties, ...children) {
  return drawn(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, role: 'img', ...properties },
    ...children,
  );
}

/** Words in a drawing. @param {number} x @param {number} y @param {string} words @param {Record<string, any>} [properties] */
export function words(x, y, words, properties = {}) {
  return drawn('text', { x, y, ...properties }, words);
}

/** A line along points `x,y x,y ...`. @param {string} points @param {Record<string, any>} [properties] */
export function line(points, properties = {}) {
  return drawn('polyline', { points, ...properties });
}

/** The same with a head at its end. @param {string} points @param {Record<string, any>} [properties] */
export function arrow(points, properties = {}) {
  const places = points.split(' ').map((point) => point.split(',').map(Number));
  const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = places.slice(-2);
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  const head = drawn('path', {
    d: 'M-8,-4 L0,0 L-8,4 Z',
    class: 'head',
    transform: `translate(${x2} ${y2}) rotate(${angle})`,
  });
  return drawn('g', { class: 'arrow', ...properties }, line(points), head);
}
