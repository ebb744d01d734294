/**
 * One worker, as the page sees it: what it is asked and answers, its events, and an end that is always
 * noticed.
 *
 * A worker can end in silence: closed from inside, or killed by the browser. It holds a Web Lock as long
 * as it lives, and the page waits for the same lock. If there are no locks, the page asks from time to
 * time whether the worker still answers.
 *
 * Knows which module it runs and nothing of what it is used for.
 *
 * @module
 */

import { UnrollError, asUnrollError, closedError } from './fault.js';
import { arrived, compiled, forget } from './modules.js';
import { buffersOf } from './shared-digits.js';
import { workerOf } from './worker-of.js';

/** @import {Backend, Commands, Fault, Reply, WorkerEvent, SharedDigits} from './protocol.js' */

/** What a worker says besides: it holds its lock. @typedef {WorkerEvent | Reply | {event: 'held'}} Message */

export { UnrollError };

/** A module that sends nothing for this long while it starts does not start, in milliseconds. */
const PATIENCE = 90_000;
/** Without locks: a worker that has said nothing for this long is asked whether it lives, in milliseconds. */
const HEARTBEAT = 10_000;
/** Without locks: a worker that does not answer that within this is dead; a step can be long, in milliseconds. */
const SILENCE = 60_000;

/** Workers of this page that did not start. */
let failures = 0;

/** Under another address after a failure: a request that hangs would hold up the next one. @param {URL} url */
function fresh(url) {
  if (failures > 0) url.searchParams.set('attempt', String(failures));
  return url;
}

/** Why a worker's file may not have come: browsers do not say. @param {URL} url */
function notLoaded(url) {
  if (url.origin === self.origin) return 'it could not be loaded';
  return (
    `it could not be loaded from ${url.origin}. That host has to send Access-Control-Allow-Origin, and a ` +
    `Content-Security-Policy of this page has to allow "worker-src blob:" and "script-src ${url.origin} 'wasm-unsafe-eval'"`
  );
}

export class Connection {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Map<number, {resolve: (reply: Reply) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  #onEvent;
  #closed = false;
  /** What it was asked before it ran. @type {Array<{id: number, command: string, params: unknown}>} */
  #early = [];
  /** The worker's name, and its lock's. */
  #lock;
  /** Ends the waiting for the worker's file and for its lock. */
  #closing = new AbortController();
  #held = false;
  #heard = 0;
  #isLoaded = false;
  #nowLoaded = () => {};
  /** @type {(error: Error) => void} */
  #notLoaded = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Why the worker is of no further use. @type {UnrollError | null} */
  ended = null;

  /**
   * @param {Backend} module
   * @param {(event: WorkerEvent, from: Connection) => void} onEvent a fatal fault is the last one
   */
  constructor(module, onEvent) {
    this.module = module;
    // No other worker of this site has it, on whatever page.
    this.#lock = `unroll ${module} ${performance.timeOrigin} ${Math.random()}`;
    this.#onEvent = onEvent;
    /** Resolves when the module runs; rejects when it does not start. @type {Promise<void>} */
    this.loaded = new Promise((resolve, reject) => {
      this.#nowLoaded = resolve;
      this.#notLoaded = reject;
    });
    this.loaded.catch(() => {});
    this.#start();
  }

  /**
   * Asks the worker.
   *
   * @template {keyof Commands} K
   * @param {number} id       the client's
   * @param {K} command
   * @param {Commands[K]['params']} params  plain data
   * @returns {Promise<Reply>} rejects if the worker ends without an answer
   */
  ask(id, command, params) {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, command, params });
    });
  }

  /** Ends the worker; what it was asked and did not answer is rejected. @param {UnrollError} [why] */
  close(why = closedError()) {
    if (this.#closed) return;
    this.#closed = true;
    this.ended = why;
    clearTimeout(this.#timer);
    this.#closing.abort();
    this.#worker?.terminate();
    this.#worker = null;
    this.#notLoaded(why);
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }

  /** Starts the worker and gives it its module. */
  async #start() {
    this.#waitForModule();
    const what = this.module;
    const comes = compiled(what, (loaded, total) => {
      this.#receive({ event: 'progress', what, loaded, total });
    });
    try {
      const [{ glue, module }] = await Promise.all([comes, this.#run()]);
      this.#worker?.postMessage({ glue: fresh(new URL(glue)).href, module });
    } catch (error) {
      this.#cannotStart(error);
    }
  }

  /** Runs the worker's file once it has come: Chromium keeps the request of a worker that is ended, and six hold up all others. */
  async #run() {
    const url = fresh(new URL('./worker.js', import.meta.url));
    await arrived(url, this.#closing.signal).catch((error) => {
      throw error instanceof TypeError ? new Error(notLoaded(url)) : error;
    });
    if (this.#closed) return;
    // Not read by anybody: it tells workers apart in a browser's tools.
    url.hash = `module=${this.module}`;
    const worker = workerOf(url, this.#lock);
    this.#worker = worker;
    worker.addEventListener('message', ({ data }) => this.#receive(data));
    worker.addEventListener('error', (event) => {
      // The fault is told; nobody else need hear of it.
      event.preventDefault?.();
      const reason = event.message || notLoaded(url);
      this.#end({
        code: this.#isLoaded ? 'crashed' : 'start-failed',
        message: `The ${this.module} worker stopped: ${reason}`,
        detail: { reason },
      });
    });
    worker.addEventListener('messageerror', () => {
      const message = `The ${this.module} worker sent what could not be read.`;
      this.#end({ code: 'crashed', message, detail: { reason: message } });
    });
    for (const request of this.#early.splice(0)) this.#send(request);
  }

  /** @param {unknown} error */
  #cannotStart(error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The ${this.module} module did not start: ${reason}`;
    this.#end({ code: 'start-failed', message, detail: { reason } });
  }

  /** @param {{id: number, command: string, params: unknown}} request */
  #send(request) {
    if (!this.#worker) {
      this.#early.push(request);
      return;
    }
    try {
      const { command, params } = request;
      const digits = command === 'takeDigits' ? /** @type {SharedDigits} */ (params) : null;
      this.#worker.postMessage(request, digits ? buffersOf(digits) : []);
    } catch (thrown) {
      const { message } = asUnrollError(thrown);
      const error = { code: 'bad-request', message, detail: { command: request.command } };
      this.#receive({ id: request.id, ok: false, error });
    }
  }

  #waitForModule() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const message = `The ${this.module} module did not start within ${PATIENCE / 1000} seconds.`;
      forget(this.module);
      this.#end({ code: 'start-failed', message, detail: { reason: message } });
    }, PATIENCE);
  }

  /** @param {Message} message */
  #receive(message) {
    if (this.#closed) return;
    this.#heard = performance.now();
    if (!('event' in message)) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      waiting?.resolve(message);
      return;
    }
    switch (message.event) {
      case 'held':
        this.#held = true;
        this.#waitForLock();
        return;
      case 'loaded':
        this.#isLoaded = true;
        clearTimeout(this.#timer);
        if (!this.#held) this.#listen();
        this.#nowLoaded();
        return;
      case 'progress':
        if (!this.#isLoaded) this.#waitForModule();
        break;
      case 'fault':
        if (message.fatal) return this.#end(message.error);
    }
    this.#onEvent(message, this);
  }

  /** The lock is free once the worker is no more. */
  async #waitForLock() {
    const { signal } = this.#closing;
    try {
      await navigator.locks.request(this.#lock, { signal }, () => {});
    } catch {
      // Closed, or this page may not have locks, though its workers may.
      if (!this.#closed) this.#held = false;
      if (!this.#closed && this.#isLoaded) this.#listen();
      return;
    }
    this.#dead();
  }

  /** Asks now and then whether the worker still answers. */
  #listen() {
    this.#timer = setTimeout(() => {
      const silent = performance.now() - this.#heard;
      if (silent < HEARTBEAT) return this.#listen();
      const before = this.#heard;
      this.#worker?.postMessage({ id: 0, command: 'ping', params: {} });
      this.#timer = setTimeout(() => {
        if (this.#heard > before) this.#listen();
        else this.#dead();
      }, SILENCE);
    }, HEARTBEAT);
  }

  #dead() {
    const reason = 'it ended without a word';
    const message = `The ${this.module} worker stopped: ${reason}.`;
    this.#end({ code: this.#isLoaded ? 'crashed' : 'start-failed', message, detail: { reason } });
  }

  /** @param {Fault} fault */
  #end(fault) {
    if (this.#closed) return;
    if (!this.#isLoaded) failures += 1;
    this.close(new UnrollError(fault));
    this.#onEvent({ event: 'fault', error: fault, fatal: true }, this);
  }
}
