/**
 * What beliefs say: which digit is the most probable after a row, and from which row on the answer is the
 * final one.
 *
 * @module
 */

export const ROWS = 28;
export const DIGITS = 10;

/** @typedef {{beliefs: Float32Array, digit: number}} Belief  `beliefs` are 28 x 10 probabilities */

/** The digits from the most probable to the least, after `row`. @param {Float32Array} beliefs @param {number} row from 0 */
export function ranking(beliefs, row) {
  const after = beliefs.subarray(DIGITS * row, DIGITS * (row + 1));
  return Array.from(after.keys()).sort((a, b) => (after[b] ?? 0) - (after[a] ?? 0));
}

/** The most probable digit after `row`, and the next one. @param {Float32Array} beliefs @param {number} row @returns {[number, number]} */
export function firstTwo(beliefs, row) {
  const [first = 0, second = 0] = ranking(beliefs, row);
  return [first, second];
}

/** The first row, from 0, from which on the final answer stays the most probable. @param {Belief} belief */
export function decidedRow({ beliefs, digit }) {
  let row = ROWS - 1;
  while (row > 0 && firstTwo(beliefs, row - 1)[0] === digit) row -= 1;
  return row;
}
