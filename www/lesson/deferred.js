/**
 * A promise that somebody else settles, and that can be renewed for another time.
 *
 * @module
 */

/** @template T */
export class Deferred {
  /** @type {(value: T) => void} */
  resolve = () => {};
  /** @type {(error: Error) => void} */
  reject = () => {};
  #settled = false;
  /** @type {Promise<T>} */
  promise = this.#make();

  /** Another promise, if this one is settled. */
  renew() {
    if (this.#settled) this.promise = this.#make();
  }

  /** @returns {Promise<T>} */
  #make() {
    this.#settled = false;
    /** @type {Promise<T>} */
    const promise = new Promise((resolve, reject) => {
      this.resolve = (value) => {
        this.#settled = true;
        resolve(value);
      };
      this.reject = (error) => {
        this.#settled = true;
        reject(error);
      };
    });
    // Nobody need wait for it.
    promise.catch(() => {});
    return promise;
  }
}
