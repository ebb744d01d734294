/**
 * Answers that stay what they are: a digit, as long as the same digits are read; an order of reading, as
 * long as its option stays. Figures ask for such over and over.
 *
 * @module
 */

/** Answers that are kept at most; the oldest go first. A digit has 784 bytes. */
const MOST = 4000;

export class KnownAnswers {
  /** @type {Map<string, unknown>} */
  #answers = new Map();

  /**
   * The answer that is known, or that is asked for now. A copy: whoever asks may change it.
   *
   * @template T
   * @param {() => string} keyNow  what it is kept under; if that changes before the answer comes, it is not kept
   * @param {() => Promise<T>} ask
   * @returns {Promise<T>}
   */
  async get(keyNow, ask) {
    const answers = this.#answers;
    const key = keyNow();
    if (answers.has(key)) return structuredClone(/** @type {T} */ (answers.get(key)));
    const answer = await ask();
    if (key !== keyNow()) return answer;
    answers.set(key, structuredClone(answer));
    const [oldest] = answers.keys();
    if (answers.size > MOST && oldest !== undefined) answers.delete(oldest);
    return answer;
  }

  /** Other digits are read from now on; an answer under way is of the ones before. */
  forget() {
    this.#answers = new Map();
  }
}
