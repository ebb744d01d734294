/**
 * What was asked and is not answered yet: each request from its asking to its answer, whichever workers
 * come and go meanwhile. Every promise settles exactly once.
 *
 * @module
 */

import { UnrollError } from './fault.js';

/** @import {Connection} from './connection.js' */
/** @import {Commands, Continuation} from './protocol.js' */

/**
 * @typedef {object} OpenRequest
 * @property {number} id
 * @property {keyof Commands} command
 * @property {any} params
 * @property {number | null} left       steps that are still to do; null: all of them
 * @property {Connection | null} on     the worker that was asked; null: none yet, or it is no more
 * @property {(value: any) => void} resolve
 * @property {(error: UnrollError) => void} reject
 */

export class Requests {
  /** In the order of asking. @type {Map<number, OpenRequest>} */
  #open = new Map();
  #lastId = 0;

  /** An id that nothing else has. */
  newId() {
    this.#lastId += 1;
    return this.#lastId;
  }

  /**
   * @template {keyof Commands} K
   * @param {K} command
   * @param {Commands[K]['params']} params
   * @returns {{request: OpenRequest, answer: Promise<Commands[K]['value']>}}
   */
  add(command, params) {
    const id = this.newId();
    /** @type {OpenRequest | undefined} */
    let request;
    /** @type {Promise<Commands[K]['value']>} */
    const answer = new Promise((resolve, reject) => {
      request = { id, command, params, left: null, on: null, resolve, reject };
      this.#open.set(id, request);
    });
    return { request: /** @type {OpenRequest} */ (/** @type {unknown} */ (request)), answer };
  }

  /** Those that `connection` was not asked. @param {Connection} connection */
  notAskedOn(connection) {
    return [...this.#open.values()].filter(({ on }) => on !== connection);
  }

  /** Takes a request off the list, to be settled. @param {OpenRequest} request @returns {boolean} whether it was on it */
  take(request) {
    return this.#open.delete(request.id);
  }

  /**
   * Their worker is no more, or has handed over: they are to be asked again, those that `from` lists
   * with the steps that are left.
   *
   * @param {Continuation | null} from  what the run continues from
   */
  askAgain(from) {
    for (const request of this.#open.values()) {
      request.on = null;
      request.left = from?.waiting.find(({ id }) => id === request.id)?.steps ?? null;
    }
  }

  /** @param {UnrollError} error @param {Set<keyof Commands>} [commands]  those alone */
  rejectAll(error, commands) {
    const all = [...this.#open.values()].filter(({ command }) => commands?.has(command) ?? true);
    for (const request of all) this.take(request);
    for (const { reject } of all) reject(error);
  }
}
