/**
 * The loss of every step, in bounded memory: of the first million steps each; when there are more, each value is
 * the mean of two steps, of four, and so on.
 *
 * @module
 */

/** Values that are kept at most: 4 MB. */
const MOST = 2 ** 20;

/** Losses as they are kept: each is the mean of `stride` steps. @typedef {{losses: Float32Array, stride: number}} Series */

/** The loss at a step, from 1; NaN if there is none. @param {Series} series @param {number} step */
export function lossAt({ losses, stride }, step) {
  return losses[Math.ceil(step / stride) - 1] ?? Number.NaN;
}

/** Steps that a series covers. @param {Series} series */
export function stepsOf({ losses, stride }) {
  return losses.length * stride;
}

export class Losses {
  /** Steps of each value. */
  stride = 1;
  #most;
  #values = new Float32Array(1024);
  #count = 0;
  /** Of the steps that make no whole value yet. */
  #sum = 0;
  #pending = 0;

  /** @param {number} [most]  values that are kept, an even number */
  constructor(most = MOST) {
    this.#most = most;
  }

  /** The values so far. A view: not to be kept. */
  get losses() {
    return this.#values.subarray(0, this.#count);
  }

  /** Steps so far. */
  get steps() {
    return this.#count * this.stride + this.#pending;
  }

  /** @param {number} before  steps before the first of them @param {Float32Array} losses */
  add(before, losses) {
    // What a worker that ended could not tell any more is not known.
    for (let step = this.steps; step < before; step += 1) this.#add(Number.NaN);
    for (const loss of losses) this.#add(loss);
  }

  /** Forgets what came after `step`. @param {number} step */
  cut(step) {
    if (step >= this.steps) return;
    const whole = Math.floor(step / this.stride);
    const mean = whole < this.#count ? this.#values[whole] : this.#sum / this.#pending;
    this.#pending = step - whole * this.stride;
    this.#sum = this.#pending > 0 ? this.#pending * /** @type {number} */ (mean) : 0;
    this.#count = whole;
  }

  /** Takes what was kept in another one's place. @param {Series} series */
  recall({ losses, stride }) {
    this.cut(0);
    this.stride = 1;
    this.add(0, losses);
    this.stride *= stride;
  }

  clear() {
    this.cut(0);
    this.stride = 1;
  }

  /** @param {number} loss */
  #add(loss) {
    this.#sum += loss;
    this.#pending += 1;
    if (this.#pending < this.stride) return;
    if (this.#count === this.#values.length) this.#grow();
    this.#values[this.#count] = this.#sum / this.stride;
    this.#count += 1;
    this.#sum = this.#pending = 0;
    if (this.#count === this.#most) this.#halve();
  }

  #grow() {
    const larger = new Float32Array(2 * this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }

  #halve() {
    this.#count /= 2;
    for (let k = 0; k < this.#count; k += 1)
      this.#values[k] = (this.#at(2 * k) + this.#at(2 * k + 1)) / 2;
    this.stride *= 2;
  }

  /** @param {number} k */
  #at(k) {
    return /** @type {number} */ (this.#values[k]);
  }
}
