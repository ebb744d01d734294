/**
 * Long series as they are drawn: smoothed, and at a bounded number of points.
 *
 * @module
 */

/** A value may be missing. @typedef {Array<number | null>} Values */

/** The weight of a value one step away, of 1 for the value itself. */
const NEXT = 0.9;
/** Points of a curve, at most. */
const MOST = 2048;

/**
 * The mean of each value and those around it, the weight of one that is k steps away being 0.9^k: both sides
 * count, so that the curve does not lag behind what it smooths. Values that are not finite are passed over.
 *
 * @param {ArrayLike<number>} values  each of `every` steps
 * @param {number} [every]
 */
export function smoothed(values, every = 1) {
  const next = NEXT ** every;
  const count = values.length;
  const sums = new Float64Array(count);
  const weights = new Float64Array(count);
  // Forwards with the value itself, then backwards with those after it.
  for (const [from, to, by, own] of /** @type {const} */ ([
    [0, count, 1, true],
    [count - 1, -1, -1, false],
  ])) {
    let [sum, weight] = [0, 0];
    for (let k = from; k !== to; k += by) {
      const value = values[k] ?? Number.NaN;
      const [before, weightBefore] = [next * sum, next * weight];
      [sum, weight] = Number.isFinite(value)
        ? [before + value, weightBefore + 1]
        : [before, weightBefore];
      sums[k] = (sums[k] ?? 0) + (own ? sum : before);
      weights[k] = (weights[k] ?? 0) + (own ? weight : weightBefore);
    }
  }
  return Array.from(sums, (sum, k) => sum / (weights[k] || Number.NaN));
}

/** The same on the logarithm of values above 0, as it looks on a logarithmic axis. @param {ArrayLike<number>} values @param {number} [every] */
export function smoothedOnLog(values, every) {
  return smoothed(Array.from(values, Math.log), every).map(Math.exp);
}

/** @param {readonly number[]} values */
export const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

/**
 * A series that grows, at no more than `MOST` points: each is the mean of `stride` values in a row, and the
 * stride doubles when there would be too many.
 */
export class Thinned {
  /** The last step of each point. @type {number[]} */
  steps = [];
  /** @type {number[]} */
  values = [];
  /** Values from one point to the next. */
  stride = 1;

  /** Values that were taken, and the steps of each. */
  #taken = 0;
  #every = 1;
  /** Values in the last point. */
  #inLast = 0;

  /**
   * Takes what is new in a series: its first values are those that were taken before, unless it is
   * shorter now.
   *
   * @param {ArrayLike<number>} series  each of `every` steps
   * @param {number} [every]
   */
  take(series, every = 1) {
    if (series.length < this.#taken || every !== this.#every) this.clear();
    this.#every = every;
    for (; this.#taken < series.length; this.#taken += 1)
      this.#add((this.#taken + 1) * every, series[this.#taken] ?? Number.NaN);
  }

  clear() {
    [this.steps, this.values] = [[], []];
    [this.stride, this.#taken, this.#inLast] = [1, 0, 0];
  }

  /** @param {number} step @param {number} value */
  #add(step, value) {
    if (!Number.isFinite(value)) return;
    const last = this.steps.length - 1;
    if (last >= 0 && this.#inLast < this.stride) {
      this.#inLast += 1;
      const mean = this.values[last] ?? value;
      this.values[last] = mean + (value - mean) / this.#inLast;
      this.steps[last] = step;
      return;
    }
    this.steps.push(step);
    this.values.push(value);
    this.#inLast = 1;
    if (this.steps.length > MOST) this.#halve();
  }

  /** Pairs become one; an odd last point goes on growing. */
  #halve() {
    const odd = this.steps.length % 2;
    const later = (/** @type {number[]} */ list) =>
      list.filter((_, k) => k % 2 === 1 || (odd && k === list.length - 1));
    this.values = this.values.flatMap((value, k) => {
      if (k % 2 === 1) return [];
      const next = this.values[k + 1];
      return [next === undefined ? value : (value + next) / 2];
    });
    this.steps = later(this.steps);
    if (!odd) this.#inLast += this.stride;
    this.stride *= 2;
  }
}

/**
 * Steps for several series on one axis: those of the first, and as many more, `stride` apart, as the
 * longest has.
 *
 * @param {readonly number[]} steps
 * @param {number} stride
 * @param {number} longest
 */
export function extended(steps, stride, longest) {
  const all = steps.slice();
  for (let step = (steps.at(-1) ?? 1 - stride) + stride; step <= longest; step += stride)
    all.push(step);
  return all;
}

/**
 * A series at some steps, from 1; null where it has no value.
 *
 * @param {ArrayLike<number>} series  each of `every` steps
 * @param {readonly number[]} steps
 * @param {number} [every]
 * @returns {Values}
 */
export function sampled(series, steps, every = 1) {
  return steps.map((step) => series[Math.ceil(step / every) - 1] ?? null);
}

/** Steps spread evenly from the first to the last: rows of a table. @param {number} count @param {number} last */
export function spread(count, last) {
  const rows = Math.min(count, last);
  return Array.from({ length: rows }, (_, k) =>
    Math.round(1 + ((last - 1) * k) / Math.max(1, rows - 1)),
  );
}
