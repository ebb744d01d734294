/**
 * Large type and lines, for a room with a projector. The address says it, as it says the language: a link can, and
 * after a reload it is so still.
 *
 * @module
 */

import { inPlace } from './place.js';

const WORD = 'large';
const root = document.documentElement;

export const isLarge = () => root.classList.contains(WORD);

/** As the address says; and the button turns it. @param {HTMLButtonElement | null} button */
export function beginLarge(button) {
  root.classList.toggle(WORD, new URL(location.href).searchParams.has(WORD));
  button?.addEventListener('click', () => setLarge(!isLarge()));
  tell();
}

/** @param {boolean} on */
export function setLarge(on) {
  const url = new URL(location.href);
  if (on) url.searchParams.set(WORD, '');
  else url.searchParams.delete(WORD);
  history.replaceState(null, '', url);
  inPlace(() => {
    root.classList.toggle(WORD, on);
    tell();
    // Canvases hear of it as they hear of the browser's own zoom.
    dispatchEvent(new Event('resize'));
  });
}

function tell() {
  for (const button of document.querySelectorAll('.to-large'))
    button.setAttribute('aria-pressed', String(isLarge()));
}
