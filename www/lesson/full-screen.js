/**
 * A figure on the whole screen, for a room: a button in its corner, where the browser allows it.
 *
 * @module
 */

import { make } from './dom.js';

/** @import {Texts} from '../texts/index.js' */

/**
 * @param {Element} section  a figure's
 * @param {Texts} text
 */
export function offerFullScreen(section, text) {
  const figure = section.querySelector(':scope > .figure');
  const title = figure?.querySelector('h3')?.textContent;
  if (!figure || !title || !document.fullscreenEnabled) return;
  const words = text('full-screen', { title });
  const button = make('button', {
    class: 'full-screen',
    part: `${section.getAttribute('data-group')}-full-screen`,
    type: 'button',
    'aria-label': words,
    title: words,
    // Refused, it is as it was.
    onclick: () => toggle(figure).catch(() => {}),
  });
  figure.append(button);
}

/** @param {Element} figure */
async function toggle(figure) {
  const root = /** @type {ShadowRoot} */ (figure.getRootNode());
  if (root.fullscreenElement === figure) await document.exitFullscreen();
  else await figure.requestFullscreen();
}
