/**
 * One worker, as the page sees it: requests answered by id, events, and an end that is always told.
 *
 * Knows which module it runs and nothing of what it is used for.
 *
 * @module
 */

/** @import {Adapter, Backend, Commands, Fault, WorkerEvent} from './protocol.js' */

/** A fault as an Error, for promises to reject with. */
export class UnrollError extends Error {
  /** @param {Fault} fault */
  constructor(fault) {
    super(fault.message);
    this.name = 'UnrollError';
    this.code = fault.code;
    this.detail = fault.detail;
  }
}

/** A module that sends nothing for this long while it starts does not start, in milliseconds. */
const PATIENCE = 90_000;

/** Changes with every build, so that no browser mixes the files of two. */
const build = import(/* @vite-ignore */ new URL('../build.js', import.meta.url).href).then(
  (module) => /** @type {string} */ (module.BUILD),
  () => 'dev',
);

export class Connection {
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  #lastId = 0;
  #onEvent;
  #closed = false;
  /** @type {UnrollError | null} why the worker is of no further use */
  ended = null;
  /** @type {(found: {webgpu: boolean, adapter: Adapter | null}) => void} */
  #nowLoaded = () => {};
  /** @type {(error: Error) => void} */
  #notLoaded = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /**
   * @param {Backend} module
   * @param {(event: WorkerEvent, from: Connection) => void} onEvent a fatal fault is the last one
   */
  constructor(module, onEvent) {
    this.module = module;
    this.#onEvent = onEvent;
    /** What the worker found of WebGPU; rejects when the module does not start. */
    this.loaded = new Promise((resolve, reject) => {
      this.#nowLoaded = resolve;
      this.#notLoaded = reject;
    });
    this.loaded.catch(() => {});
    this.#start(module);
  }

  /** @param {Backend} module */
  async #start(module) {
    const url = new URL('./main.js', import.meta.url);
    url.searchParams.set('module', module);
    url.searchParams.set('build', await build);
    if (this.#closed) return;
    try {
      this.#worker = new Worker(url, { type: 'module', name: `unroll ${module}` });
    } catch (error) {
      this.#end({ code: 'start-failed', message: String(error), detail: {} });
      return;
    }
    this.#worker.addEventListener('message', (event) => this.#receive(event.data));
    this.#worker.addEventListener('error', (event) => {
      const message = `The ${module} worker stopped: ${event.message ?? 'it could not be loaded'}`;
      this.#end({ code: 'crashed', message, detail: {} });
    });
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      const message = `The ${this.module} module did not start within ${PATIENCE / 1000} seconds.`;
      this.#end({ code: 'start-failed', message, detail: {} });
    }, PATIENCE);
  }

  /** @param {any} message a Reply or a WorkerEvent */
  #receive(message) {
    if (this.#closed) return;
    if (message.event === undefined) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.ok) waiting?.resolve(message.value);
      else waiting?.reject(new UnrollError(message.error));
      return;
    }
    if (message.event === 'loaded') {
      clearTimeout(this.#patience);
      this.#patience = undefined;
      this.#nowLoaded({ webgpu: message.webgpu, adapter: message.probe });
    } else if (message.event === 'progress' && this.#patience) {
      this.#wait();
    }
    if (message.event === 'fault' && message.fatal) this.#end(message.error);
    else this.#onEvent(message, this);
  }

  /**
   * @template {keyof Commands} K
   * @param {K} command
   * @param {Commands[K]['params']} params
   * @returns {Promise<Commands[K]['value']>} rejects with an UnrollError
   */
  async request(command, params) {
    await this.loaded;
    if (this.ended) throw this.ended;
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.postMessage({ id, command, params });
    });
  }

  /** @param {Fault} fault */
  #end(fault) {
    if (this.#closed) return;
    this.ended = new UnrollError(fault);
    this.close(this.ended);
    this.#onEvent({ event: 'fault', error: fault, fatal: true }, this);
  }

  /** Ends the worker; what it was asked and did not answer is rejected. @param {Error} [why] */
  close(why) {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#patience);
    this.#worker?.terminate();
    const closed = { code: 'closed', message: 'The lesson was closed.', detail: {} };
    const reason = why ?? new UnrollError(closed);
    this.ended ??= /** @type {UnrollError} */ (reason);
    this.#notLoaded(reason);
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}
