/**
 * The element's stylesheet: fetched once, and shared by all elements of a page.
 *
 * @module
 */

import { UnrollError } from '../worker/fault.js';

/** Joined from `styles/` by `scripts/bundle.js`. */
export const ADDRESS = new URL('./lesson.css', import.meta.url).href;

/** @type {Promise<CSSStyleSheet> | null} */
let sheet = null;

/**
 * Gives a shadow root its looks. Where the stylesheet does not come, the next call asks for it again.
 *
 * @param {ShadowRoot} root
 * @returns {Promise<void>} rejects with an UnrollError `start-failed`
 */
export async function adoptStyles(root) {
  sheet ??= fetchSheet();
  try {
    root.adoptedStyleSheets = [await sheet];
  } catch (error) {
    sheet = null;
    throw error;
  }
}

async function fetchSheet() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(await fetchText());
  return sheet;
}

async function fetchText() {
  /** @type {string} */
  let reason;
  try {
    const response = await fetch(ADDRESS);
    if (response.ok) return await response.text();
    reason = `${response.status} ${response.statusText}`.trim();
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  throw new UnrollError({
    code: 'start-failed',
    message: `The stylesheet of the lesson did not come (${reason}). Reload the page.`,
    detail: { file: 'lesson.css', reason },
  });
}
