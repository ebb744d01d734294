/**
 * Waits: a pause, a limit, another attempt. All but a limit end when whoever waits is closed.
 *
 * @module
 */

import { UnrollError, asUnrollError, closedError } from './fault.js';

/** @import {Connection} from './connection.js' */

export class Patience {
  #closed;

  /** @param {AbortSignal} closed  is aborted when whoever waits is closed */
  constructor(closed) {
    this.#closed = closed;
  }

  /** @param {number} milliseconds @returns {Promise<void>} rejects when it is closed */
  pause(milliseconds) {
    return new Promise((resolve, reject) => {
      const ended = () => {
        clearTimeout(timer);
        reject(closedError());
      };
      const timer = setTimeout(() => {
        this.#closed.removeEventListener('abort', ended);
        resolve();
      }, milliseconds);
      this.#closed.addEventListener('abort', ended, { once: true });
    });
  }

  /** Rejects after so many milliseconds. @param {number} limit @returns {Promise<never>} */
  async late(limit) {
    await this.pause(limit);
    throw notStarted(`The worker did not answer within ${limit / 1000} seconds.`);
  }

  /**
   * Attempts it, and once more after each of the `pauses` (milliseconds) if the fault may pass.
   *
   * @template T
   * @param {number[]} pauses
   * @param {() => Promise<T>} attempt
   * @param {(error: UnrollError) => boolean} mayPass
   */
  async repeatedly(pauses, attempt, mayPass) {
    for (const pause of pauses) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#closed.aborted) throw closedError();
        if (!mayPass(asUnrollError(error))) throw error;
      }
      await this.pause(pause);
    }
    return attempt();
  }
}

/**
 * Ends a worker whose work takes longer than so many milliseconds.
 *
 * @template T
 * @param {number} limit
 * @param {Connection} connection
 * @param {Promise<T>} work
 */
export async function within(limit, connection, work) {
  const timer = setTimeout(() => {
    const message = `The ${connection.module} module did not start within ${limit / 1000} seconds.`;
    connection.close(notStarted(message));
  }, limit);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} message */
function notStarted(message) {
  return new UnrollError({ code: 'start-failed', message, detail: { reason: message } });
}
