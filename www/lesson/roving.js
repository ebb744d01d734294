/**
 * Many buttons in rows, and one stop for Tab among them: arrow keys go from button to button, Home and End to the first and the last.
 *
 * @module
 */

/** Where each arrow key goes. @type {Record<string, readonly [number, number]>} */
const WAYS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * @param {HTMLElement} element
 * @param {AbortSignal} signal
 * @returns {() => void} to be called when there are other buttons, or others can be pressed
 */
export function roving(element, signal) {
  /** The one that Tab comes to. @type {HTMLButtonElement | null} */
  let stop = null;
  const buttons = () =>
    [...element.querySelectorAll('button')].filter((button) => !button.disabled);

  /** @param {HTMLButtonElement | null} next */
  function stay(next) {
    stop = next;
    for (const button of element.querySelectorAll('button'))
      button.tabIndex = button === stop ? 0 : -1;
  }

  function changed() {
    const all = buttons();
    stay(stop && all.includes(stop) ? stop : (all[0] ?? null));
  }

  element.addEventListener(
    'focusin',
    ({ target }) => target instanceof HTMLButtonElement && stay(target),
    { signal },
  );
  element.addEventListener(
    'keydown',
    (event) => {
      if (!stop || event.target !== stop || event.altKey || event.ctrlKey || event.metaKey) return;
      const all = buttons();
      const way = WAYS[event.key];
      const goal =
        event.key === 'Home'
          ? all[0]
          : event.key === 'End'
            ? all.at(-1)
            : way && nearest(stop, all, way);
      if (way || goal) event.preventDefault();
      goal?.focus();
    },
    { signal },
  );
  changed();
  return changed;
}

/** The nearest one on that way, as they stand in the window. @param {HTMLElement} from @param {HTMLButtonElement[]} all @param {readonly [number, number]} way */
function nearest(from, all, [right, down]) {
  const here = from.getBoundingClientRect();
  let [best, least] = [/** @type {HTMLButtonElement | undefined} */ (undefined), Infinity];
  for (const button of all) {
    const there = button.getBoundingClientRect();
    const [dx, dy] = [middleX(there) - middleX(here), middleY(there) - middleY(here)];
    const [along, aside] = right ? [right * dx, Math.abs(dy)] : [down * dy, Math.abs(dx)];
    // In the same row or column first.
    if (along < 1 || aside > (right ? here.height : here.width) / 2) continue;
    if (along < least) [best, least] = [button, along];
  }
  return best;
}

/** @param {DOMRect} box */
const middleX = ({ left, width }) => left + width / 2;
/** @param {DOMRect} box */
const middleY = ({ top, height }) => top + height / 2;
