/**
 * A lesson's worker, whichever it is: starts it, replaces it by one on the other backend in the
 * middle of a run, and by a fresh one when it fails.
 *
 * Knows the order of a worker's life and keeps what must outlive it: the last checkpoint, every
 * step's loss, the last state. It computes nothing.
 *
 * @module
 */

import { Connection, UnrollError } from './connection.js';
import { SegmentHistory } from '../lesson/segment-history.js';

/** @import {Adapter, Backend, BackendChoice, Checkpoint, Choice, Commands, Lesson, Metrics, Options, State, WorkerEvent} from './protocol.js' */

export { UnrollError };

/** More restarts than this within a minute, and the lesson gives up. */
const RESTARTS = 3;

/**
 * Sends `metrics`, `evaluation`, `fresh`, `progress`, `stopped`, `fault`, `backend` and `state` as
 * CustomEvents whose detail is the protocol's.
 */
export class LessonClient extends EventTarget {
  /** The worker that serves, once it does. @type {Promise<Connection>} */
  #serving;
  /** The same, as far as it is known. @type {Connection | null} */
  #current = null;
  /** Starting, switching and recovering, one after the other. @type {Promise<unknown>} */
  #transition;
  /** @type {{webgpu: boolean, adapter: Adapter | null}} */
  #found = { webgpu: false, adapter: null };
  /** @type {Checkpoint | null} */
  #checkpoint = null;
  /** @type {Commands['loadFiles']['params'] | null} */
  #files = null;
  /** @type {number[]} */
  #restarts = [];
  #losses = new Float32Array(1024);
  #lossCount = 0;
  #closed = false;

  /** @type {Choice | null} */
  choice = null;
  /** The last state that came. @type {State | null} */
  state = null;

  /**
   * @param {{lesson: Lesson, backend: BackendChoice, seed: number, data: 'mnist' | 'synthetic', options?: Partial<Options>}} how
   */
  constructor(how) {
    super();
    this.how = how;
    this.#serving = this.#start();
    this.#serving.catch(() => {});
    this.#transition = this.#serving.catch(() => {});
    /** @type {Promise<Choice>} */
    this.ready = this.#serving.then(() => /** @type {Choice} */ (this.choice));
    this.ready.catch(() => {});
  }

  /** The weights that this run began with, where they came from a file. @type {Uint8Array | null} */
  #loaded = null;

  /** Digits and orders of reading that were asked for. @type {Map<string, any>} */
  #known = new Map();

  /** sin-cos: the segments of this run so far. */
  segments = new SegmentHistory();

  /** Whether the weights at hand have learned nothing: no step was done, and they are from no file. */
  get untrained() {
    return !this.state?.step && !this.#loaded;
  }

  /** Every step's loss of this run so far. */
  get losses() {
    return this.#losses.slice(0, this.#lossCount);
  }

  /**
   * Asks whichever worker serves, as soon as one does.
   *
   * @template {keyof Commands} K
   * @param {K} command
   * @param {Commands[K]['params']} params
   * @returns {Promise<Commands[K]['value']>} rejects with an UnrollError
   */
  async request(command, params) {
    const connection = await this.#serving;
    const key = this.#keyOf(command, params);
    const known = key && this.#known.get(key);
    if (known) return structuredClone(known);
    if (command === 'reset' && this.#loaded && !('seed' in params)) {
      return /** @type {any} */ (this.request('loadWeights', { bytes: this.#loaded }));
    }
    const network = this.state?.architecture;
    const value = await connection.request(command, params);
    if (command === 'loadWeights')
      this.#loaded = /** @type {Commands['loadWeights']['params']} */ (params).bytes;
    const another =
      command === 'reset' ||
      (command === 'set' && /** @type {State} */ (value).architecture !== network);
    if (another) this.#loaded = null;
    if (another || command === 'loadWeights') this.#tell('fresh', {});
    // Another order may have been set meanwhile.
    if (key && key === this.#keyOf(command, params)) this.#known.set(key, structuredClone(value));
    if (command === 'loadFiles') {
      this.#known.clear();
      this.#files = /** @type {Commands['loadFiles']['params']} */ (params);
      this.#keepReply(await connection.request('state', {}));
    }
    this.#keepReply(value);
    return value;
  }

  /**
   * What an answer that is always the same is kept under; pictures ask for such over and over.
   *
   * @param {keyof Commands} command
   * @param {any} params
   */
  #keyOf(command, params) {
    if (command === 'digit') return `${params.set} ${params.index}`;
    if (command === 'scanOrder') return `scan ${this.state?.options.scan}`;
    return null;
  }

  /**
   * Goes on with the run on another backend.
   *
   * @param {BackendChoice} asked
   * @returns {Promise<Choice>} rejects where the other backend did not start; then nothing changed
   */
  switchBackend(asked) {
    return this.#next(async (old) => {
      const choice = await old.request('choose', this.#chooseParams(asked));
      this.how.backend = asked;
      if (choice.backend === old.module) return this.#chosen(choice);
      const running = this.state?.running ?? false;
      /** @type {Connection | null} */
      let next = null;
      try {
        this.#keepReply(await old.request('pause', {}));
        const bytes = await old.request('saveCheckpoint', {});
        this.#checkpoint = bytes;
        next = await this.#open(choice.backend);
        this.#keepReply(await next.request('loadCheckpoint', { bytes }));
        if (running) this.#keepReply(await next.request('play', {}));
      } catch (error) {
        next?.close();
        if (running && !old.ended) this.#keepReply(await old.request('play', {}));
        throw error;
      }
      this.#current = next;
      old.close();
      return this.#chosen(choice);
    });
  }

  /** Ends the lesson and its worker. */
  close() {
    this.#closed = true;
    this.#current?.close();
  }

  async #start() {
    const cpu = new Connection('cpu', (event, from) => this.#hear(event, from));
    this.#current = cpu;
    this.#found = await cpu.loaded;
    let choice = await cpu.request('choose', this.#chooseParams(this.how.backend));
    if (choice.backend === 'webgpu') {
      try {
        const gpu = await this.#open('webgpu');
        this.#current = gpu;
        cpu.close();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        choice = { ...choice, backend: 'cpu', reason: 'start-failed', message };
      }
    }
    if (this.#closed) this.#current.close();
    if (choice.backend === 'cpu') await this.#prepare(cpu);
    this.#chosen(choice);
    return this.#current;
  }

  /** @param {BackendChoice} asked */
  #chooseParams(asked) {
    return { lesson: this.how.lesson, asked, ...this.#found };
  }

  /** @param {Choice} choice */
  #chosen(choice) {
    this.choice = choice;
    this.#tell('backend', choice);
    return choice;
  }

  /** A fresh worker with a session and its data. @param {Backend} backend */
  async #open(backend) {
    const connection = new Connection(backend, (event, from) => this.#hear(event, from));
    try {
      await connection.loaded;
      return await this.#prepare(connection);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** @param {Connection} connection */
  async #prepare(connection) {
    const { lesson, seed, data, options = {} } = this.how;
    const backend = connection.module;
    const state = await connection.request('open', { backend, lesson, seed, options });
    // A hand-over goes on from a checkpoint: this state is not yet the run's.
    if (!this.#checkpoint) this.#keepReply(state);
    if (lesson === 'mnist') {
      const source = this.#files
        ? await connection.request('loadFiles', this.#files)
        : await connection.request('load', { data });
      // Another worker of the same run must read the same digits.
      if (source.synthetic) this.how.data = 'synthetic';
      if (!this.#checkpoint) this.#keepReply(await connection.request('state', {}));
    }
    return connection;
  }

  /**
   * Runs `change` after whatever else changes workers; requests wait until it is done.
   *
   * @template T
   * @param {(old: Connection) => Promise<T>} change
   * @returns {Promise<T>}
   */
  #next(change) {
    const changed = this.#transition.then(async () => {
      if (!this.#current) throw closed();
      return change(this.#current);
    });
    const settled = changed.then(
      () => {},
      () => {},
    );
    this.#transition = settled;
    this.#serving = settled.then(() => {
      if (!this.#current || this.#closed) throw closed();
      if (this.#current.ended) throw this.#current.ended;
      return this.#current;
    });
    this.#serving.catch(() => {});
    return changed;
  }

  /**
   * @param {WorkerEvent} event
   * @param {Connection} from
   */
  #hear(event, from) {
    if (event.event === 'progress') return this.#tell('progress', event);
    if (from !== this.#current || this.#closed) return;
    switch (event.event) {
      case 'metrics':
        this.#keepLosses(event.metrics);
        if (event.metrics.segments?.lengths.length)
          this.segments.add(event.metrics.firstStep, event.metrics.segments);
        this.#keepState(event.metrics.state);
        return this.#tell('metrics', event.metrics);
      case 'evaluation':
        this.#keepState(event.state);
        return this.#tell('evaluation', event);
      case 'comparison':
        return this.#tell('comparison', event);
      case 'checkpoint':
        this.#checkpoint = event.bytes;
        return;
      case 'stopped':
        this.#keepState(event.state);
        return this.#tell('stopped', event);
      case 'fault':
        if (event.fatal && this.choice) return void this.#recover(from);
        if (this.state) this.state = { ...this.state, running: false };
        return this.#tell('fault', event);
    }
  }

  /**
   * Goes on, on the CPU, from the last checkpoint of a worker that failed.
   *
   * @param {Connection} failed
   */
  async #recover(failed) {
    const fault = /** @type {UnrollError} */ (failed.ended);
    const running = this.state?.running ?? false;
    const now = performance.now();
    this.#restarts = [...this.#restarts.filter((then) => now - then < 60_000), now];
    try {
      if (this.#restarts.length > RESTARTS) throw fault;
      await this.#next(async () => {
        if (this.state)
          Object.assign(this.how, { seed: this.state.seed, options: this.state.options });
        const next = await this.#open('cpu');
        const bytes = this.#checkpoint;
        let state = await next.request('state', {});
        if (bytes) state = await next.request('loadCheckpoint', { bytes });
        else if (this.#loaded) state = await next.request('loadWeights', { bytes: this.#loaded });
        this.#keepReply(state);
        this.#current = next;
        this.#chosen({
          backend: 'cpu',
          reason: fault.code === 'device-lost' ? 'device-lost' : 'crashed',
          adapter: this.#found.adapter,
          message: fault.message,
        });
        const detail = { ...fault.detail, step: String(state.step) };
        const error = { code: 'recovered', message: recovered(fault, state), detail };
        this.#tell('fault', { error, fatal: false });
        if (running) this.#keepReply(await next.request('play', {}));
      });
    } catch (error) {
      const { code = 'crashed', message, detail = {} } = /** @type {UnrollError} */ (error);
      this.#tell('fault', { error: { code, message, detail }, fatal: true });
    }
  }

  /** @param {unknown} value of a reply, perhaps a State */
  #keepReply(value) {
    if (value && typeof value === 'object' && 'stepsPerSecond' in value) {
      this.#keepState(/** @type {State} */ (value));
    }
  }

  /** @param {State} state */
  #keepState(state) {
    this.state = state;
    if (state.step === 0) this.#checkpoint = null;
    this.#lossCount = Math.min(this.#lossCount, state.step);
    this.segments.keep(state.step);
    this.#tell('state', state);
  }

  /** @param {Metrics} metrics */
  #keepLosses({ firstStep, losses }) {
    const start = firstStep - 1;
    const end = start + losses.length;
    if (end > this.#losses.length) {
      const larger = new Float32Array(2 * end);
      larger.set(this.#losses);
      this.#losses = larger;
    }
    this.#losses.set(losses, start);
    this.#lossCount = end;
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function closed() {
  return new UnrollError({ code: 'closed', message: 'The lesson was closed.', detail: {} });
}

/**
 * @param {UnrollError} fault
 * @param {State} state
 */
function recovered(fault, state) {
  return `${fault.message} The run goes on, on the CPU, from step ${state.step}.`;
}
