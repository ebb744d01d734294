/**
 * Where the focus was in a lesson that is built anew, and back to it.
 *
 * @module
 */

const FOCUSABLE = 'button, input, select, summary, [tabindex]';
/** Frames in which what is drawn later, such as the rows of a list, may come. */
const FRAMES = 30;

/**
 * Remembers which element has the focus: the how-manyth of which figure. Called before a rebuild, it gives
 * what is to be called after it.
 *
 * @param {ShadowRoot} root
 * @returns {() => void}
 */
export function rememberFocus(root) {
  const active = root.activeElement;
  const figure = active?.closest('section, [data-group]')?.getAttribute('data-group');
  if (!active || !figure) return () => {};
  const all = () => [...root.querySelectorAll(`[data-group="${figure}"] :is(${FOCUSABLE})`)];
  const place = all().indexOf(active);

  /** @param {number} frames that are left */
  function restore(frames) {
    // Somebody may have gone elsewhere meanwhile.
    if (root.activeElement) return;
    const element = /** @type {HTMLElement | undefined} */ (all()[place]);
    element?.focus({ preventScroll: true });
    if (!root.activeElement && frames > 0) requestAnimationFrame(() => restore(frames - 1));
  }

  return () => place >= 0 && restore(FRAMES);
}
