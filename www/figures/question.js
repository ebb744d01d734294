/**
 * What a figure keeps asking the network: one question at a time, again when its answer is out of date,
 * and while the network trains so seldom that answering does not slow it.
 *
 * It does not know what is asked. Where there is no answer the figure keeps what it shows: the lesson
 * says why.
 *
 * @module
 */

/** @import {Run} from '../lesson/run.js' */

/** While the network trains, so many times as long as the last answer took pass before the next is asked for. */
const PATIENCE = 15;

export class Question {
  #host;
  #run;
  #again;
  #ask;
  #stale = true;
  #changed = false;
  #asking = false;
  #due = 0;

  /**
   * @param {{host: {needsFrame: () => void, hasNews: () => void}, run: Pick<Run, 'serves' | 'state'>}} context
   * @param {number} again  milliseconds from one question to the next at least, while the network trains
   * @param {() => Promise<void>} ask
   */
  constructor({ host, run }, again, ask) {
    this.#host = host;
    this.#run = run;
    this.#again = again;
    this.#ask = ask;
  }

  /** The network is another one by now: asked again when it is time to. */
  outdated() {
    this.#stale = true;
  }

  /** Something else is asked: at the next frame. */
  changed() {
    this.#stale = this.#changed = true;
    this.#host.needsFrame();
  }

  /** Asks, if it is time to. @param {boolean} [other] something else is asked */
  draw(other = false) {
    if (other) this.#stale = this.#changed = true;
    const { serves, state } = this.#run;
    if (!serves || !this.#stale || this.#asking) return;
    if (state?.running && !this.#changed && performance.now() < this.#due) return;
    this.#put();
  }

  async #put() {
    this.#asking = true;
    this.#stale = this.#changed = false;
    const asked = performance.now();
    try {
      await this.#ask();
    } catch {
      // The figure keeps what it shows.
    } finally {
      const answered = performance.now();
      this.#due = Math.max(asked + this.#again, answered + PATIENCE * (answered - asked));
      this.#asking = false;
      this.#host.hasNews();
    }
  }
}
