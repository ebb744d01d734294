/**
 * Remembers a lesson's run from one visit to the next: what it can be continued from, and what came of it.
 *
 * @module
 */

import { Storage } from './storage.js';
import { isVisit } from './visit.js';

/** @import {Continuation} from '../worker/protocol.js' */
/** @import {Memory, Run} from './run.js' */
/** @import {Obstacle} from './storage.js' */

/** @typedef {{continuation: Continuation | null, memory: Memory}} Visit */

export class Remembering {
  #run;
  #changed;
  /** @type {Storage<Visit>} */
  #storage;
  #control = new AbortController();
  /** What the run can be continued from. @type {Continuation | null} */
  #checkpoint = null;
  #hasRecalled = false;
  /** Before what is remembered was read, nothing is written over it. */
  #isRead = false;
  /** The run of the last visit, if there is one and it is wanted. @type {Promise<Continuation | null>} */
  recalled;

  /**
   * @param {string} name     what it is remembered under
   * @param {Run} run         takes what is remembered, and is remembered
   * @param {object} how
   * @param {boolean} how.recalls  whether to begin with what is remembered
   * @param {() => void} how.changed  the run has changed
   */
  constructor(name, run, { recalls, changed }) {
    this.name = name;
    this.#run = run;
    this.#changed = changed;
    this.#storage = new Storage(name, (obstacle) => this.#fails(obstacle));
    this.recalled = this.#recall(recalls).catch(() => null);
    const { signal } = this.#control;
    // The page may be about to go.
    addEventListener('pagehide', () => this.#flush(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden && this.#flush(), {
      signal,
    });
  }

  /** @param {boolean} recalls */
  async #recall(recalls) {
    const { value, obstacle } = await this.#storage.open();
    if (this.#control.signal.aborted) return null;
    if (obstacle) this.#fails(obstacle);
    this.#isRead = true;
    if (!recalls || !isVisit(value)) return null;
    const { continuation, memory } = value;
    this.#run.recall(memory);
    this.#hasRecalled = true;
    this.#checkpoint = continuation;
    this.#changed();
    return continuation;
  }

  /** @param {Obstacle} status */
  #fails(status) {
    this.#run.setRemembered({ status, step: 0 });
    this.#changed();
  }

  /** A worker serves: says whether the run is that of the last visit. */
  serves() {
    const { step = 0 } = this.#run.state ?? {};
    if (this.#hasRecalled && step > 0) this.#run.setRemembered({ status: 'restored', step });
    // It could not go on, and its losses are gone: what is remembered stays as it is.
    else if (this.#hasRecalled) this.#checkpoint = null;
    this.#hasRecalled = false;
  }

  /** What the run can be continued from by now. @param {Continuation} checkpoint */
  keep(checkpoint) {
    if (this.#control.signal.aborted) return;
    const { bytes, state, waiting } = checkpoint;
    this.#checkpoint = { bytes, state, waiting };
    this.#storage.keep(() => this.#visit(), !state.running);
  }

  #flush() {
    // Before there is a checkpoint there is nothing to go on from: what was remembered before is worth more.
    if (this.#isRead && this.#checkpoint) this.#storage.flush(this.#visit());
  }

  /** @returns {Visit} */
  #visit() {
    return { continuation: this.#checkpoint, memory: this.#run.remember() };
  }

  /** Forgets all, and remembers no more. */
  async forget() {
    this.#control.abort();
    // What is still being read can be forgotten only then.
    await this.recalled;
    await this.#storage.forget().catch(() => {});
    this.#storage.close();
  }

  /** Remembers no more, and lets others. */
  end() {
    if (this.#control.signal.aborted) return;
    this.#flush();
    this.#control.abort();
    this.#storage.close();
  }
}
