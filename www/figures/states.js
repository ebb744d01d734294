/**
 * Hidden states held against each other.
 *
 * @module
 */

/**
 * Two points of the last segment but one whose inputs are alike and whose targets are opposite: one on the
 * way to the peak, near to where input and target are equal, and the later one that is nearest to it.
 *
 * @param {Float32Array} inputs
 * @param {number} length of a segment
 * @returns {[number, number]}
 */
export function sameInput(inputs, length) {
  const from = Math.max(0, inputs.length - 2 * length);
  const middle = from + Math.ceil(length / 2);
  const nearest = (
    /** @type {number} */ start,
    /** @type {number} */ end,
    /** @type {number} */ value,
  ) => {
    let [best, least] = [start, Infinity];
    for (let k = start; k < end; k += 1) {
      const distance = Math.abs((inputs[k] ?? Infinity) - value);
      if (distance < least) [best, least] = [k, distance];
    }
    return best;
  };
  const first = nearest(from, middle, Math.sign(inputs[middle] ?? 1) * Math.SQRT1_2);
  return [first, nearest(middle, from + length, inputs[first] ?? 0)];
}

/**
 * How far two states are apart, and how large the path of all of them is: twice the root mean square
 * distance from their mean.
 *
 * @param {Float32Array} states
 * @param {number} units
 * @param {[number, number]} pair
 */
export function distances(states, units, [a, b]) {
  const count = states.length / units;
  let [apart, spread] = [0, 0];
  for (let unit = 0; unit < units; unit += 1) {
    let [sum, squares] = [0, 0];
    for (let k = 0; k < count; k += 1) {
      const value = states[k * units + unit] ?? 0;
      sum += value;
      squares += value * value;
    }
    spread += squares / count - (sum / count) ** 2;
    apart += ((states[a * units + unit] ?? 0) - (states[b * units + unit] ?? 0)) ** 2;
  }
  return { apart: Math.sqrt(apart), size: 2 * Math.sqrt(Math.max(0, spread)) };
}
