/**
 * Brings something into view and keeps it there while the page around it is still being built: what stands
 * above may grow. Whoever scrolls ends that.
 *
 * @module
 */

/** How long a page is being built, in milliseconds. */
const BUILT = 3000;
/** What a person scrolls with. */
const HANDS = ['wheel', 'touchstart', 'pointerdown', 'keydown'];

/** @type {AbortController | null} */
let last = null;

/** @param {Element} element */
export function keepInView(element) {
  last?.abort();
  last = new AbortController();
  const { signal } = last;
  const show = () => element.scrollIntoView({ block: 'start', behavior: 'auto' });
  const grows = new ResizeObserver(show);
  grows.observe(document.body);
  const end = () => last?.abort();
  const timer = setTimeout(end, BUILT);
  for (const hand of HANDS) addEventListener(hand, end, { signal, passive: true });
  signal.addEventListener('abort', () => {
    grows.disconnect();
    clearTimeout(timer);
  });
  show();
}
