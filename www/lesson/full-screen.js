/**
 * A figure on the whole screen, for a room: a button, where the browser allows it.
 *
 * @module
 */

import { make } from './dom.js';

/** @import {Texts} from '../texts/index.js' */

/**
 * @param {Element} figure
 * @param {{name: string, title: string}} called
 * @param {Texts} text
 * @returns {HTMLButtonElement | null}
 */
export function fullScreen(figure, { name, title }, text) {
  if (!document.fullscreenEnabled) return null;
  const words = text('full-screen', { title });
  return make('button', {
    class: 'full-screen',
    part: `${name}-full-screen`,
    type: 'button',
    'aria-label': words,
    title: words,
    // Refused, it is as it was.
    onclick: () => toggle(figure).catch(() => {}),
  });
}

/** @param {Element} figure */
async function toggle(figure) {
  const root = /** @type {ShadowRoot} */ (figure.getRootNode());
  if (root.fullscreenElement === figure) await document.exitFullscreen();
  else await figure.requestFullscreen();
}
