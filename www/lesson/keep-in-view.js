/**
 * Brings something into view and keeps it there while the page around it is still being built: what stands
 * above may grow. Whoever scrolls ends that.
 *
 * @module
 */

/** A page that has not grown for so long is built, in milliseconds; and this long at most it is being built. */
const [BUILT, LATEST] = [3000, 10_000];
/** What a person scrolls with. */
const HANDS = ['wheel', 'touchstart', 'pointerdown', 'keydown'];

/** @type {AbortController | null} */
let last = null;

/** @param {Element} element */
export function keepInView(element) {
  keepUp(() => element.scrollIntoView({ block: 'start', behavior: 'auto' }));
}

/** Something else is to be seen. */
export function letGo() {
  last?.abort();
}

/** Calls `show`, which scrolls, now and whenever the page has grown. @param {() => void} show */
export function keepUp(show) {
  letGo();
  const control = new AbortController();
  last = control;
  const { signal } = control;
  const end = () => control.abort();
  let timer = setTimeout(end, BUILT);
  const latest = setTimeout(end, LATEST);
  const grows = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(end, BUILT);
    show();
  });
  grows.observe(document.body);
  for (const hand of HANDS) addEventListener(hand, end, { signal, passive: true });
  // A browser that reloads a page scrolls it as well, until it has loaded.
  addEventListener('load', show, { signal });
  signal.addEventListener('abort', () => {
    grows.disconnect();
    for (const one of [timer, latest]) clearTimeout(one);
  });
  show();
}
