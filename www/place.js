/**
 * Where a reader is: in which section or figure the middle of the window lies, and how far down in it. Pixels from the
 * top say nothing once the page has been built anew, speaks another language or has larger type.
 *
 * @module
 */

import { keepUp } from './lesson/keep-in-view.js';

/**
 * `share`: how much of it lies above the middle of the window, from 0 to 1; `away`: how far below its lower edge, or with
 * a minus above its upper one, the middle is, in CSS pixels.
 *
 * @typedef {{name: string, share: number, away: number}} Place
 */

const KEPT = `unroll-place ${location.pathname}`;

/** Where the reader is, if the page is anywhere yet. @returns {Place | null} */
function here() {
  const middle = innerHeight / 2;
  /** @type {Place | null} */
  let found = null;
  let [nearest, smallest] = [Infinity, Infinity];
  for (const [name, element] of landmarks()) {
    const { top, height } = element.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (middle - top) / height));
    const away = middle - (top + share * height);
    // Of two that hold it the one that is within the other.
    if (height === 0 || Math.abs(away) > nearest) continue;
    if (Math.abs(away) === nearest && height > smallest) continue;
    [nearest, smallest] = [Math.abs(away), height];
    found = { name, share, away };
  }
  return found;
}

/** What a place can be in, by names that stay: the page's sections, and the figures of lessons. @returns {Map<string, Element>} */
function landmarks() {
  /** @type {Map<string, Element>} */
  const all = new Map();
  for (const element of document.querySelectorAll('[aria-labelledby]'))
    all.set(element.getAttribute('aria-labelledby') ?? '', element);
  for (const lesson of document.querySelectorAll('unroll-lesson, unroll-reader')) {
    const name = `${lesson.localName} ${lesson.getAttribute('lesson')}`;
    for (const section of lesson.shadowRoot?.querySelectorAll('section[data-group]') ?? [])
      all.set(`${name} ${/** @type {HTMLElement} */ (section).dataset.group}`, section);
  }
  return all;
}

/** @param {Place} place */
function goTo({ name, share, away }) {
  const box = landmarks().get(name)?.getBoundingClientRect();
  if (!box || box.height === 0) return;
  const middle = box.top + share * box.height + away;
  scrollBy({ top: middle - innerHeight / 2, behavior: 'instant' });
}

/** Changes the page, and what one looks at stays where it is. @param {() => void} change */
export function inPlace(change) {
  const place = here();
  change();
  if (place) keepUp(() => goTo(place));
}

/** From now on a reload, or the way back to this page, ends where the reader was. */
export function rememberPlace() {
  addEventListener('pagehide', () => {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(here()));
    } catch {
      // Where nothing may be kept the browser does what it can.
    }
  });
  const [entry] = performance.getEntriesByType('navigation');
  const { type } = /** @type {PerformanceNavigationTiming} */ (entry ?? {});
  if (type !== 'reload' && type !== 'back_forward') return;
  try {
    const place = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
    if (place) keepUp(() => goTo(place));
  } catch {
    // Likewise.
  }
}
