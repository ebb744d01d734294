/**
 * Runs that somebody kept, to be held against the run at hand, and what a run is like.
 *
 * They are kept as long as the element is; nothing of them is asked of the worker. How they look and
 * what they are called is for the figure to say.
 *
 * @module
 */

import { PACE } from '../lessons/manifest.js';

/** @import {Options, State} from '../worker/protocol.js' */
/** @import {Series} from './losses.js' */

/** The most runs that are kept. */
export const MOST = 5;

/** What a run is like; `changed`: whether options changed on the way. @typedef {{options: Options, seed: number, backend: string, changed: boolean}} Kind */

/** `look` (0 to MOST - 1) is the run's own as long as it is kept. @typedef {Kind & Series & {look: number}} KeptRun */

/** Whether two runs train alike. @param {Options} a @param {Options} b */
function alike(a, b) {
  const plain = (/** @type {Options} */ options) =>
    Object.entries(options)
      .filter(([name]) => !PACE.has(name))
      .sort();
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

export class Kept {
  /** @type {KeptRun[]} */
  all = [];
  /** The options that the run at hand began with. @type {Options | null} */
  #began = null;
  #changed = false;

  /**
   * Watches the run at hand, to know whether its options changed on the way.
   *
   * @param {State} state
   * @param {State | null} before
   */
  note(state, before) {
    if (!this.#began || state.step === 0 || state.run !== before?.run) {
      this.#began = state.options;
      this.#changed = false;
    } else if (!alike(this.#began, state.options)) {
      this.#changed = true;
    }
  }

  /** @param {State} state @returns {Kind} */
  kindOf({ options, seed, backend }) {
    return { options: { ...options }, seed, backend, changed: this.#changed };
  }

  /**
   * @param {State} state
   * @param {Series} series
   * @returns {boolean} whether there was room, and a loss to keep
   */
  keep(state, { losses, stride }) {
    if (this.all.length >= MOST || losses.length === 0) return false;
    const taken = new Set(this.all.map(({ look }) => look));
    const look = Array.from({ length: MOST }, (_, k) => k).find((k) => !taken.has(k)) ?? 0;
    this.all = [...this.all, { ...this.kindOf(state), look, losses: losses.slice(), stride }];
    return true;
  }

  /** @param {KeptRun} run */
  remove(run) {
    this.all = this.all.filter((other) => other !== run);
  }
}
