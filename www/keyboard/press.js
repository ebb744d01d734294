/**
 * Presses a button of the lesson that one looks at, by its part: what it does, and where it is not to be pressed, is the
 * lesson's own affair.
 *
 * @module
 */

/** The lesson that takes most of the window. @returns {Element | null} */
function inView() {
  /** @type {Element | null} */
  let found = null;
  let most = 0;
  for (const lesson of document.querySelectorAll('unroll-lesson, unroll-reader')) {
    const { top, bottom } = lesson.getBoundingClientRect();
    const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
    if (seen <= most) continue;
    found = lesson;
    most = seen;
  }
  return found;
}

/** @param {...string} parts  the first that can be pressed is */
export function press(...parts) {
  const root = inView()?.shadowRoot;
  for (const part of parts) {
    /** @type {HTMLButtonElement | null | undefined} */
    const button = root?.querySelector(`button[part~="${part}"]`);
    if (!button || button.disabled || button.getClientRects().length === 0) continue;
    // What throws trained weights away is not pressed by a key that plays.
    if (!button.classList.contains('afresh')) button.click();
    return;
  }
}
