/**
 * A drawing as an SVG file that looks the same anywhere: what the stylesheet says of its lines and words is written
 * beside them, in plain colours, with a ground, a title and a credit.
 *
 * @module
 */

import { make } from '../lesson/dom.js';
import { CREDIT, EDGE, FAMILY, TITLE, linesOf } from './caption.js';
import { drawn, words } from './svg.js';

/** @import {Caption} from './caption.js' */
/** @import {Theme} from './theme.js' */

const COLOURS = ['fill', 'stroke'];
const LOOKS = ['fill-opacity', 'stroke-width', 'stroke-dasharray', 'opacity'];
const WORDS = ['font-size', 'font-weight', 'text-anchor'];
/** What only the page has a use for. */
const OF_THE_PAGE = ['class', 'part', 'style', 'data-part', 'role', 'aria-label'];

/**
 * @param {SVGSVGElement} picture
 * @param {Caption & {theme: Theme}} how
 * @returns {Blob}
 */
export function asSvg(picture, { title, credit, theme }) {
  const { width, height } = picture.viewBox.baseVal;
  const pen = /** @type {CanvasRenderingContext2D} */ (make('canvas').getContext('2d'));
  const above = linesOf(pen, title, TITLE, width);
  const below = linesOf(pen, credit, CREDIT, width);
  const top = EDGE + above.height + EDGE / 4;
  const bottom = top + height + EDGE / 2;
  const size = [width + 2 * EDGE, bottom + below.height + EDGE];
  const { colours } = theme;
  const block = (
    /** @type {typeof above} */ { lines },
    /** @type {typeof TITLE} */ how,
    /** @type {string} */ colour,
    /** @type {number} */ y,
  ) =>
    lines.map((line) =>
      words(EDGE, y + line.baseline, line.words, {
        'font-size': how.size,
        'font-weight': how.weight,
        fill: theme.plain(colour),
      }),
    );
  const inner = drawn('g', { transform: `translate(${EDGE} ${top})` });
  for (const child of picture.children) inner.append(dressed(child, theme));
  const file = drawn(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${size.join(' ')}`,
      width: size[0],
      height: size[1],
      'font-family': FAMILY,
    },
    drawn('title', {}, title),
    drawn('desc', {}, picture.getAttribute('aria-label') ?? ''),
    drawn('rect', { width: '100%', height: '100%', fill: theme.plain(colours.paper) }),
    ...block(above, TITLE, colours.ink, EDGE),
    inner,
    ...block(below, CREDIT, colours.faint, bottom),
  );
  return new Blob([new XMLSerializer().serializeToString(file)], { type: 'image/svg+xml' });
}

/** A copy with its looks as attributes. @param {Element} element @param {Theme} theme */
function dressed(element, theme) {
  const copy = /** @type {Element} */ (element.cloneNode(false));
  for (const name of OF_THE_PAGE) copy.removeAttribute(name);
  const style = getComputedStyle(element);
  if (element instanceof SVGGElement) {
    if (style.opacity !== '1') copy.setAttribute('opacity', style.opacity);
  } else {
    for (const name of COLOURS) {
      const colour = style.getPropertyValue(name);
      copy.setAttribute(name, colour === 'none' ? colour : theme.plain(colour));
    }
    const looks = element instanceof SVGTextElement ? WORDS : LOOKS;
    for (const name of looks) copy.setAttribute(name, style.getPropertyValue(name));
  }
  for (const child of element.childNodes)
    copy.append(
      child instanceof Element
        ? dressed(child, theme)
        : document.createTextNode(child.textContent ?? ''),
    );
  return copy;
}
