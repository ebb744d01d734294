/**
 * From section to section of the page: the first screen, both lessons with each of their figures, the exercises, the foot. The focus
 * goes along, so that the next press of Tab is there.
 *
 * @module
 */

/** So near to its place a section is at it, in pixels. */
const AT = 4;

/** Where one went last. @type {HTMLElement | null} */
let last = null;

/** @param {1 | -1} by  forwards or backwards */
export function goOn(by) {
  if (document.fullscreenElement) return;
  const stops = all();
  const stop = stops[from(stops, by)];
  if (!stop) return;
  last = stop;
  stop.scrollIntoView({ block: 'start', behavior: 'instant' });
  const heading = headingOf(stop);
  if (heading?.localName !== 'button') heading?.setAttribute('tabindex', '-1');
  heading?.focus({ preventScroll: true });
}

/** Which is next: after the one where the focus still is, or by where the window is. @param {HTMLElement[]} stops @param {1 | -1} by */
function from(stops, by) {
  if (last && headingOf(last)?.matches(':focus')) {
    const { top, bottom } = last.getBoundingClientRect();
    const at = stops.indexOf(last);
    if (at >= 0 && top < innerHeight && bottom > 0) return at + by;
  }
  const places = stops.map(distance);
  return by > 0 ? places.findIndex((y) => y > AT) : places.findLastIndex((y) => y < -AT);
}

/** @param {HTMLElement} stop @returns {HTMLElement | null} */
function headingOf(stop) {
  return stop.querySelector('.fold button, h2, h3');
}

/** In the order in which they are read. */
function all() {
  /** @type {HTMLElement[]} */
  const stops = [];
  for (const part of document.querySelectorAll('.hero, article, .exercises, .about')) {
    stops.push(/** @type {HTMLElement} */ (part));
    for (const lesson of part.querySelectorAll('unroll-lesson'))
      stops.push(
        .../** @type {HTMLElement[]} */ ([
          ...(lesson.shadowRoot?.querySelectorAll('.main > section') ?? []),
        ]),
      );
  }
  return stops.filter((stop) => stop.getClientRects().length > 0);
}

/** How far below the place where it comes to stand. @param {HTMLElement} stop */
function distance(stop) {
  const { top, width } = stop.getBoundingClientRect();
  const margin = Number.parseFloat(getComputedStyle(stop).scrollMarginTop) || 0;
  return top - (margin * width) / stop.offsetWidth;
}
