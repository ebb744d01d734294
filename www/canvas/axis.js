/**
 * The logarithmic axis of a chart: its range and its ticks.
 *
 * @module
 */

/**
 * A range that holds all values and little more, and at least a third of a decade.
 *
 * @param {number} low
 * @param {number} high
 * @returns {[number, number]}
 */
export function logarithmicRange(low, high) {
  if (!(low > 0) || !Number.isFinite(low) || !(high > 0)) return [0.1, 1];
  const [from, to] = [Math.max(low, high * 1e-12) / 1.15, high * 1.15];
  const short = Math.max(0, (1 / 3 - Math.log10(to / from)) / 2);
  return [from / 10 ** short, to * 10 ** short];
}

/**
 * The ticks of a logarithmic axis: powers of ten, and between them as many as there is room for. None where the range has no logarithm.
 *
 * @param {number} low
 * @param {number} high
 */
export function logarithmicTicks(low, high) {
  if (!(low > 0) || !Number.isFinite(high)) return [];
  const decades = Math.log10(high / low);
  const leading = decades > 2 ? [1] : decades > 0.6 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
  /** @type {number[]} */
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1)
    for (const digit of leading) {
      // 10 ** -3 is not the number that is written 0.001.
      const tick = Number(`${digit}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  return ticks;
}
