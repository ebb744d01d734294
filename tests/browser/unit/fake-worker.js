/**
 * Workers as the client sees them, without a browser: a Connection whose core is a few lines, does its
 * steps when the test says so, and can fail in every way that a worker can.
 */

import { UnrollError } from '../../../www/worker/fault.js';

/** @import {Backend, Fault, State, WorkerEvent} from '../../../www/worker/protocol.js' */

/** @typedef {{id: number, command: string, params: any}} Asked */

/**
 * What goes wrong with the next workers. `deaf`: commands that are never answered; `refused`: those that
 * are answered with an error; `dies`: those at which the worker ends.
 *
 * `slow`: a step takes it 60 ms, not 2.
 *
 * @typedef {{start?: boolean, deaf?: string[], refused?: string[], dies?: string[], synthetic?: boolean, slow?: boolean}} Trouble
 */

/** @returns {Promise<void>} */
export const tick = () => new Promise((resolve) => setImmediate(resolve));

/** What the core chooses where nobody asked for a backend. @param {any} found @param {any} measured */
function automatic(found, measured) {
  const cpu = (/** @type {string} */ reason) => ({ backend: 'cpu', reason, message: reason });
  const adapter = found?.adapter ?? null;
  if (!found) return { ...cpu('unprobed'), adapter, measured: null };
  if (!adapter) return { ...cpu('no-adapter'), adapter, measured: null };
  if (!measured) return { ...cpu('unmeasured'), adapter, measured: null };
  const backend = measured.webgpu < measured.cpu ? 'webgpu' : 'cpu';
  return { backend, reason: 'measured', message: 'measured', adapter, measured };
}

export class FakeWorker {
  /** @type {UnrollError | null} */
  ended = null;
  /** All that was asked. @type {Asked[]} */
  asked = [];
  /** @type {Map<number, {resolve: (reply: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  /** Steps that were asked for and are not done. @type {Array<{id: number, left: number}>} */
  #steps = [];
  /** Evaluations, comparisons and questions that are not answered yet. @type {Asked[]} */
  #slow = [];
  #still = false;
  /** @type {State} */
  state;
  #onEvent;

  /**
   * @param {Backend} module
   * @param {(event: WorkerEvent, from: any) => void} onEvent
   * @param {Trouble} trouble
   */
  constructor(module, onEvent, trouble) {
    this.module = module;
    this.#onEvent = onEvent;
    this.trouble = trouble;
    this.state = /** @type {State} */ ({
      run: 1,
      step: 0,
      playing: false,
      running: false,
      seed: 1,
      stepsPerSecond: 0,
      options: /** @type {any} */ ({ learningRate: 0.1 }),
      data: null,
    });
    this.loaded = tick().then(() => {
      if (trouble.start) this.die('start-failed');
      if (this.ended) throw this.ended;
    });
    this.loaded.catch(() => {});
  }

  /** @param {number} id @param {string} command @param {any} params */
  ask(id, command, params) {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      if (this.#waiting.has(id)) throw new Error(`asked twice: ${id} ${command}`);
      this.#waiting.set(id, { resolve, reject });
      this.asked.push({ id, command, params: structuredClone(params) });
      tick().then(() => this.#take({ id, command, params: structuredClone(params) }));
    });
  }

  /** @param {UnrollError} [why] */
  close(why = new UnrollError({ code: 'closed', message: 'closed', detail: {} })) {
    if (this.ended) return;
    this.ended = why;
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }

  /** The worker ends by itself. */
  die(code = 'crashed') {
    if (this.ended) return;
    const error = { code, message: `It ${code}.`, detail: {} };
    this.close(new UnrollError(error));
    this.#onEvent({ event: 'fault', error, fatal: true }, this);
  }

  /** The device is lost: what is asked of it fails, and a little later it says so. */
  loseDevice() {
    for (const id of this.#waiting.keys()) this.#refuse(id, 'read-back');
    setTimeout(() => this.die('device-lost'), 1);
  }

  /** Does one step, if one is due. */
  step() {
    if (this.ended || this.#still) return;
    const [first] = this.#steps;
    if (!first && !this.state.playing) return;
    const step = this.state.step + 1;
    this.#set({ step });
    const losses = Float32Array.of(step);
    this.#event({
      event: 'metrics',
      metrics: { firstStep: step, losses, segments: null, state: this.state },
    });
    if (!first) return;
    first.left -= 1;
    if (first.left > 0) return;
    this.#steps.shift();
    this.#set({});
    this.#reply(first.id, this.state);
  }

  /** Answers what takes its time. */
  answerSlow() {
    if (this.ended || this.#still) return;
    for (const { id, command } of this.#slow.splice(0)) this.#reply(id, { command });
  }

  checkpoint() {
    if (this.ended || this.#still) return;
    this.#event({ event: 'checkpoint', ...this.#continuation() });
  }

  #continuation() {
    const bytes = new TextEncoder().encode(JSON.stringify(this.state));
    return {
      bytes,
      state: this.state,
      waiting: this.#steps.map(({ id, left }) => ({ id, steps: left })),
    };
  }

  /** @param {Partial<State>} what */
  #set(what) {
    const state = { ...this.state, ...what };
    this.state = { ...state, running: state.playing || this.#steps.length > 0 };
  }

  /** @param {WorkerEvent} event */
  #event(event) {
    this.#onEvent(event, this);
  }

  /** @param {number} id @param {unknown} value */
  #reply(id, value) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.resolve({ id, ok: true, value });
  }

  /** @param {number} id @param {string} code @param {Fault['detail']} [detail] */
  #refuse(id, code, detail = {}) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.resolve({ id, ok: false, error: { code, message: `${code}.`, detail } });
  }

  /** @param {string} code */
  #endSteps(code) {
    for (const { id } of this.#steps.splice(0)) this.#refuse(id, code, { done: '0' });
  }

  /** @param {Asked} request */
  #take(request) {
    const { id, command, params } = request;
    if (this.ended) return;
    if (this.trouble.dies?.includes(command)) return this.die();
    if (this.trouble.deaf?.includes(command)) return;
    if (this.trouble.refused?.includes(command)) return this.#refuse(id, 'refused');
    switch (command) {
      case 'choose': {
        const { asked, found, measured } = params;
        if (asked === 'auto') return this.#reply(id, automatic(found, measured));
        if (asked === 'webgpu' && !found) return this.#reply(id, null);
        const backend = asked === 'webgpu' && found.adapter ? 'webgpu' : 'cpu';
        const reason = asked === 'webgpu' && !found.adapter ? 'no-adapter' : 'asked';
        return this.#reply(id, { backend, reason, adapter: null, message: `${reason}.` });
      }
      case 'probe':
        return this.#reply(id, {
          webgpu: true,
          adapter: { name: '', fallback: false, missing: [] },
        });
      case 'open': {
        const { seed, run, options } = params;
        this.#set({ seed, run, options: { ...this.state.options, ...options } });
        return this.#reply(id, this.state);
      }
      case 'load': {
        const synthetic = params.data === 'synthetic' || this.trouble.synthetic === true;
        const data = { source: /** @type {const} */ ('beside'), synthetic, verified: false };
        this.#set({ data: { ...data, train: 10, test: 5 } });
        return this.#reply(id, this.state.data);
      }
      case 'handOver':
        this.#still = true;
        return this.#reply(id, this.#continuation());
      case 'carryOn':
        this.#still = false;
        return this.#reply(id, this.state);
      case 'resume': {
        const { run, data } = this.state;
        const resumed = JSON.parse(new TextDecoder().decode(params.bytes));
        this.#set({ ...resumed, run, data, playing: false });
        return this.#reply(id, this.state);
      }
      case 'play':
      case 'pause':
        if (command === 'pause') this.#endSteps('stopped');
        this.#set({ playing: command === 'play' });
        return this.#reply(id, this.state);
      case 'reset':
        this.#endSteps('superseded');
        this.#set({
          run: this.state.run + 1,
          step: 0,
          playing: false,
          seed: params.seed ?? this.state.seed,
        });
        return this.#reply(id, this.state);
      case 'set':
        this.#set({ options: { ...this.state.options, ...params.options } });
        return this.#reply(id, this.state);
      case 'state':
        return this.#reply(id, this.state);
      case 'time':
        return this.#reply(id, { step: this.trouble.slow ? 60 : 2 });
      case 'step':
        this.#steps.push({ id, left: params.n });
        return this.#set({});
      default:
        this.#slow.push(request);
    }
  }
}

/** The workers of one client, the first one first. */
export class FakeWorld {
  /** @type {FakeWorker[]} */
  workers = [];
  /** For the workers to come, the next one first; then none. @type {Trouble[]} */
  troubles = [];
  pauses = [0, 0];
  open = 100;
  resume = 100;
  probe = 50;
  lost = 5;

  connect = (/** @type {Backend} */ module, /** @type {any} */ onEvent) => {
    const worker = new FakeWorker(module, onEvent, this.troubles.shift() ?? {});
    this.workers.push(worker);
    return /** @type {any} */ (worker);
  };

  get alive() {
    return this.workers.filter(({ ended }) => !ended);
  }

  /** The newest worker that lives. */
  get last() {
    const worker = this.alive.at(-1);
    if (!worker) throw new Error('no worker lives');
    return worker;
  }
}
