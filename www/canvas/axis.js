/**
 * The logarithmic axis of a chart: its range, and the ticks that are labelled.
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
  const [from, to] = [Math.max(low, high * 1e-7) / 1.15, high * 1.15];
  const short = Math.max(0, (1 / 3 - Math.log10(to / from)) / 2);
  return [from / 10 ** short, to * 10 ** short];
}

/**
 * Which ticks of a logarithmic axis are labelled: powers of ten, and between them as many as there is
 * room for.
 *
 * @param {{scales: Record<string, {min?: number | null, max?: number | null}>}} chart
 * @param {number[]} ticks
 * @returns {Array<number | null>}
 */
export function labelled({ scales }, ticks) {
  const { min = 0.1, max = 1 } = scales.y ?? {};
  const decades = Math.log10((max ?? 1) / (min ?? 0.1));
  const kept = decades > 2 ? [1] : decades > 0.6 ? [1, 2, 5] : [1, 2, 3, 4, 5, 7];
  return ticks.map((tick) => {
    const leading = Math.round(tick / 10 ** Math.floor(Math.log10(tick) + 1e-9));
    return kept.includes(leading) ? tick : null;
  });
}
