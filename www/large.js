/**
 * Large type and lines, for a room with a projector. The address says it, as it says the language: a link can, and
 * after a reload it is so still.
 *
 * @module
 */

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
  const middle = inTheMiddle();
  const before = middle?.getBoundingClientRect().top ?? 0;
  root.classList.toggle(WORD, on);
  const url = new URL(location.href);
  if (on) url.searchParams.set(WORD, '');
  else url.searchParams.delete(WORD);
  history.replaceState(null, '', url);
  tell();
  // What one looks at stays where it is.
  const after = middle?.getBoundingClientRect().top ?? before;
  scrollBy({ top: after - before, behavior: 'instant' });
  // Canvases hear of it as they hear of the browser's own zoom.
  dispatchEvent(new Event('resize'));
}

function tell() {
  for (const button of document.querySelectorAll('.to-large'))
    button.setAttribute('aria-pressed', String(isLarge()));
}

/** What stands in the middle of the window, also within a lesson. @returns {Element | null} */
function inTheMiddle() {
  const [x, y] = [innerWidth / 2, innerHeight / 2];
  let found = document.elementFromPoint(x, y);
  for (;;) {
    const within = found?.shadowRoot?.elementFromPoint(x, y) ?? null;
    if (!within || within === found) return found;
    found = within;
  }
}
