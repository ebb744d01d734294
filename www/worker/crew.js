/**
 * Helpers of a worker: workers of the same module that compute beside it what it gives them.
 *
 * Whatever becomes of a helper costs time and nothing else: where nothing comes of a piece of work, whoever
 * gave it does it himself. Knows nothing of what the work is.
 *
 * @module
 */

/** What a helper is given, as the module writes and reads it. @typedef {{sizes: Uint32Array, parameters: Float32Array, inputs: Float32Array, target: Float32Array}} Work */

/**
 * @typedef {object} Helper
 * @property {Worker} worker
 * @property {boolean} ready
 * @property {((found: Float32Array | null) => void) | null} busy  takes what comes of its work
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 */

/** After so many helpers that failed there are no more. */
const FAILURES = 3;
/** A helper that says nothing for this long is dead, in milliseconds: also one that starts. */
const SILENCE = 20_000;

export class Crew {
  #start;
  #silence;
  /** @type {Set<Helper>} */
  #helpers = new Set();
  #wanted = 0;
  #failures = 0;

  /**
   * @param {() => Worker} start  a worker that says `{ready: true}`, and answers each `Work` with a Float32Array
   * @param {number} [silence]
   */
  constructor(start, silence = SILENCE) {
    this.#start = start;
    this.#silence = silence;
  }

  /** Threads of this machine. */
  get cores() {
    return navigator.hardwareConcurrency || 1;
  }

  /** Helpers that wait for work. */
  get free() {
    let free = 0;
    for (const { ready, busy } of this.#helpers) if (ready && !busy) free += 1;
    return free;
  }

  /** So many are needed from now on. @param {number} helpers */
  want(helpers) {
    this.#wanted = helpers;
    for (const helper of [...this.#helpers].slice(helpers)) this.#end(helper);
    this.#fill();
  }

  /** Has a free one do it. @param {Work} work @returns {Promise<Float32Array | null>} null: it does not come */
  give(work) {
    return new Promise((resolve) => {
      const helper = [...this.#helpers].find(({ ready, busy }) => ready && !busy);
      if (!helper) return resolve(null);
      helper.busy = resolve;
      this.#listen(helper);
      const buffers = Object.values(work).map(({ buffer }) => /** @type {ArrayBuffer} */ (buffer));
      helper.worker.postMessage(work, buffers);
    });
  }

  #fill() {
    while (this.#helpers.size < this.#wanted && this.#failures < FAILURES) {
      try {
        this.#add(this.#start());
      } catch {
        // This page's worker may have none of its own.
        this.#failures = FAILURES;
      }
    }
  }

  /** @param {Worker} worker */
  #add(worker) {
    /** @type {Helper} */
    const helper = { worker, ready: false, busy: null, timer: undefined };
    this.#helpers.add(helper);
    this.#listen(helper);
    worker.addEventListener('message', ({ data }) => {
      clearTimeout(helper.timer);
      if (data instanceof Float32Array) {
        const take = helper.busy;
        helper.busy = null;
        take?.(data);
      } else if (data.ready) helper.ready = true;
      else if (data.event === 'fault') this.#failed(helper);
    });
    const failed = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#failed(helper);
    };
    worker.addEventListener('error', failed);
    worker.addEventListener('messageerror', failed);
  }

  /** @param {Helper} helper */
  #listen(helper) {
    // One that was ready may have been suspended with the whole page: no failure of its own.
    helper.timer = setTimeout(() => this.#failed(helper, !helper.ready), this.#silence);
  }

  /** @param {Helper} helper @param {boolean} [counts] */
  #failed(helper, counts = true) {
    if (!this.#helpers.has(helper)) return;
    if (counts) this.#failures += 1;
    this.#end(helper);
    this.#fill();
  }

  /** @param {Helper} helper */
  #end(helper) {
    this.#helpers.delete(helper);
    clearTimeout(helper.timer);
    helper.worker.terminate();
    helper.busy?.(null);
  }
}
