/**
 * Small things that this browser remembers of a reader from visit to visit: what is solved, where the tour was left.
 * Without storage they hold as long as the page.
 *
 * @module
 */

/**
 * @template T
 * @param {string} name
 * @param {(value: unknown) => value is T} fits  anybody may have written what is there
 * @param {T} beginning
 */
export function memory(name, fits, beginning) {
  const key = keyOf(name);
  let value = read();

  function read() {
    try {
      const found = JSON.parse(localStorage.getItem(key) ?? 'null');
      return fits(found) ? found : beginning;
    } catch {
      return beginning;
    }
  }

  return {
    get value() {
      return value;
    },
    /** @param {T} next */
    keep(next) {
      value = next;
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // Not allowed here, or full.
      }
    },
    forget() {
      value = beginning;
      try {
        localStorage.removeItem(key);
      } catch {
        // Then there is nothing to forget.
      }
    },
  };
}

/** Several copies of the page may lie on one host; some pages lie nowhere. @param {string} name */
function keyOf(name) {
  const place = URL.canParse('.', location.href) ? new URL('.', location.href).pathname : '';
  return `unroll ${place} ${name}`;
}
