/**
 * Rows of a list that stay the same elements while their data changes, so that a press or the focus on one
 * of them is not lost.
 *
 * @module
 */

/**
 * Makes a list's children those of `items`, in their order: those of known keys are kept and updated, new
 * ones are made, the others are removed. The focus stays where it was; where its row is gone it goes to the
 * one that is in its place now.
 *
 * @template Item
 * @template {{element: Element}} Row
 * @param {Element} list
 * @param {Map<unknown, Row>} rows  those that are there, by key; changed in place
 * @param {readonly Item[]} items
 * @param {object} how
 * @param {(item: Item) => unknown} how.key
 * @param {(item: Item) => Row} how.make
 * @param {(row: Row, item: Item) => void} how.update
 */
export function keepRows(list, rows, items, { key, make, update }) {
  const focused = /** @type {HTMLElement | null} */ (list.querySelector(':focus'));
  const place = focused ? [...list.children].findIndex((child) => child.contains(focused)) : -1;
  const wanted = new Set(items.map(key));
  for (const [known, row] of rows) {
    if (wanted.has(known)) continue;
    row.element.remove();
    rows.delete(known);
  }
  items.forEach((item, k) => {
    let row = rows.get(key(item));
    if (!row) {
      row = make(item);
      rows.set(key(item), row);
    }
    const there = list.children[k] ?? null;
    if (there !== row.element) list.insertBefore(row.element, there);
    update(row, item);
  });
  if (!focused || focused.matches(':focus')) return;
  const row = list.children[Math.min(place, list.children.length - 1)];
  const next = focused.isConnected ? focused : row?.querySelector('button');
  next?.focus({ preventScroll: true });
}
