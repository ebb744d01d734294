/**
 * A lesson's worker, whichever it is: starts it, replaces it by one on the other backend in the middle of
 * a run, and by a fresh one when it fails.
 *
 * The client owns every request from asking to answer. Those that are open when the worker changes are
 * asked again on the next one: a step with the steps still to do, everything else whole. It keeps what
 * must outlive a worker: the open requests, the last checkpoint, the last state, the digits' source.
 *
 * Starting, changing and recovering are transitions, and run one after the other. Between them a lesson
 * is `serving`, or it has `failed`: then `retry`, or the next command, begins again from what is kept.
 *
 * @module
 */

import { Chooser } from './chooser.js';
import { Connection } from './connection.js';
import { TIMED, forgetful, pace } from './faster.js';
import { UnrollError, asUnrollError, closedError } from './fault.js';
import { Patience, within } from './patience.js';
import { Requests } from './requests.js';
import { giveDigits } from './shared-digits.js';

/** @import {Backend, BackendChoice, Choice, Commands, Continuation, DataSource, Fault, Lesson, Options, Reply, State, WorkerEvent} from './protocol.js' */
/** @import {Memory} from './faster.js' */
/** @import {OpenRequest} from './requests.js' */

export { UnrollError };

/**
 * What a lesson begins with; `run` is the number of its first run, `data` is null if the lesson reads no digits.
 *
 * @typedef {object} Beginning
 * @property {Lesson} lesson
 * @property {BackendChoice} backend
 * @property {number} seed
 * @property {'mnist' | 'synthetic' | null} data
 * @property {Partial<Options>} [options]
 * @property {number} [run]
 * @property {Promise<Continuation | null>} [remembered]  the run that it begins with, in place of a fresh one
 * @property {() => Promise<{options: Partial<Options>, weights: Uint8Array}>} [trained]  what it begins with; then its
 *   digits come when they are needed
 */

/**
 * How long things may take, in milliseconds, and how workers are made: tests have their own.
 *
 * @typedef {object} World
 * @property {(module: Backend, onEvent: (event: WorkerEvent, from: Connection) => void) => Connection} connect
 * @property {number[]} pauses  before each further attempt at starting
 * @property {number} open      until a session is open
 * @property {number} resume    until a run is taken over
 * @property {number} probe     until it is known which adapter there is
 * @property {number} lost      until a device that failed says that it is lost
 * @property {Memory} measured  which backend proved to be faster
 */

/** @type {Omit<World, 'measured'>} */
const WORLD = {
  connect: (module, onEvent) => new Connection(module, onEvent),
  pauses: [500, 2000],
  open: 20_000,
  resume: 60_000,
  probe: 6000,
  lost: 3000,
};

/** Why a run is on the CPU where it may be faster elsewhere. */
const UNDECIDED = new Set(['unprobed', 'unmeasured']);

/** More crashes of CPU workers than this within a minute, and the lesson gives up. */
const CRASHES = 3;
const MINUTE = 60_000;

/** Work on a device that is lost fails before the device says that it is lost. */
const LOST = new Set(['device-lost', 'gpu-error', 'read-back']);

/** Faults of a worker's start that may pass. */
const PASSING = new Set(['start-failed', 'crashed', 'device-lost', 'gpu-error']);

/** What pictures ask over and over: not worth starting a worker that failed. @type {Set<keyof Commands>} */
const QUESTIONS = new Set([
  'state',
  'predict',
  'inspect',
  'unroll',
  'rowGradients',
  'scanOrder',
  'gradientReach',
  'outputLayer',
  'portrait',
  'follow',
  'generate',
  'classifyDrawing',
  'digit',
]);

/** What needs digits. @type {Set<keyof Commands>} */
const OF_DIGITS = new Set([
  'play',
  'step',
  'evaluate',
  'compare',
  'digit',
  'rowGradients',
  'gradientReach',
]);

/**
 * Sends as CustomEvents, whose detail is the protocol's: `state`, `metrics`, `evaluation`, `comparison`,
 * `checkpoint`, `progress`, `stopped`, `backend`, `fault`; and `serves`, when a worker answers; `data`, when there are
 * other digits; `failed` (an UnrollError), when it gave up.
 */
export class LessonClient extends EventTarget {
  #world;
  #requests = new Requests();
  /** The worker that serves. @type {Connection | null} */
  #serving = null;
  /** The one that is to serve next. @type {Connection | null} */
  #next = null;
  /** One that is tried beside it. @type {Connection | null} */
  #tried = null;
  /** Which look at the other backend is the last one. */
  #looks = 0;
  /** The number of the run that each worker was opened with. @type {WeakMap<Connection, number>} */
  #openedAs = new WeakMap();
  /** All that are not ended. @type {Set<Connection>} */
  #alive = new Set();
  /** Requests wait: there is no worker, or its run is being handed over. */
  #holding = true;
  /** @type {'starting' | 'serving' | 'failed' | 'closed'} */
  #life = 'starting';
  /** Why it failed. @type {UnrollError | null} */
  #failure = null;
  /** Starting, changing and recovering, one after the other. @type {Promise<unknown>} */
  #transitions = Promise.resolve();
  /** Ends waits. */
  #closing = new AbortController();
  #patience = new Patience(this.#closing.signal);
  #chooser;
  /** What the run can be continued from. @type {Continuation | null} */
  #checkpoint = null;
  /** Digits of somebody's own. @type {Commands['loadFiles']['params'] | null} */
  #files = null;
  /** The digits that the lesson reads. @type {DataSource | null} */
  #digits = null;
  /** Whether the digits come when somebody needs them, or are on their way. @type {'wait' | 'come' | null} */
  #later = null;
  /** The number of the run that began with the weights that it was given. @type {number | null} */
  #trainedRun = null;
  /** When CPU workers crashed. @type {number[]} */
  #crashes = [];

  /** @type {Choice | null} */
  choice = null;
  /** The last state that came. @type {State | null} */
  state = null;
  /** Resolves when a worker serves; another one after `retry`. @type {Promise<Choice>} */
  ready;

  /**
   * @param {Beginning} how  kept up to date: the backend and data that were asked for last
   * @param {Partial<World>} [world]
   */
  constructor(how, world = {}) {
    super();
    this.how = how;
    if (how.trained && how.data) this.#later = 'wait';
    this.#world = { ...WORLD, measured: forgetful(), ...world };
    this.#chooser = new Chooser({
      lesson: how.lesson,
      options: () => this.state?.options ?? how.options,
      memory: this.#world.measured,
      limit: this.#world.probe,
      patience: this.#patience,
      tell: (connection, command, params) => this.#tell(connection, command, params),
    });
    this.ready = this.#begin();
  }

  /**
   * Asks whichever worker serves, as soon as one does.
   *
   * @template {keyof Commands} K
   * @param {K} command
   * @param {Commands[K]['params']} params  plain data
   * @returns {{id: number, answer: Promise<Commands[K]['value']>}} rejects with an UnrollError
   */
  ask(command, params) {
    if (this.#life === 'closed') return { id: 0, answer: Promise.reject(closedError()) };
    if (this.#life === 'failed') {
      if (QUESTIONS.has(command)) return { id: 0, answer: Promise.reject(this.#failure) };
      this.retry();
    }
    const { request, answer } = this.#requests.add(command, params);
    if (OF_DIGITS.has(command)) this.fetchDigits();
    if (!this.#holding) this.#put(request);
    return { id: request.id, answer };
  }

  /**
   * Goes on with the run on another backend.
   *
   * @param {BackendChoice} asked
   * @returns {Promise<Choice>} rejects if the other backend is not to be had, or does not start; then
   *   nothing has changed
   */
  async switchBackend(asked) {
    if (this.#life === 'failed') this.retry();
    for (;;) {
      const choice = await this.#transition(async () => {
        if (this.#failure) throw this.#failure;
        return this.#serving && this.#change(this.#serving, asked);
      });
      if (choice) return choice;
      // The worker is no more, and its recovery comes next.
    }
  }

  /** Whether the run is the one that began with the weights that it was given, and has done no step. */
  get trained() {
    return this.state?.run === this.#trainedRun && this.state?.step === 0;
  }

  /** Loads the digits, if they wait for somebody who needs them. */
  fetchDigits() {
    if (this.#later !== 'wait') return;
    this.#later = 'come';
    const come = this.#transition(async () => {
      const connection = this.#serving;
      // A start or a recovery has given them, or is about to.
      if (!connection || this.#later === null) return;
      try {
        await this.#giveDigits(connection);
      } catch (error) {
        // The worker ended: its recovery gives them. Or others came.
        if (connection.ended || this.#later === null) return;
        this.#later = 'wait';
        this.#requests.rejectAll(asUnrollError(error), OF_DIGITS);
        return;
      }
      this.#keepState(await this.#tell(connection, 'state', {}));
      this.#later = null;
      this.#emit('data', this.#digits);
      this.#askOpen(connection);
    });
    come.catch(() => {});
  }

  /** Whether it gave up. */
  get failed() {
    return this.#life === 'failed';
  }

  /** Begins again after a failure, from what is kept. */
  retry() {
    if (this.#life !== 'failed') return this.ready;
    this.#crashes = [];
    this.ready = this.#begin();
    return this.ready;
  }

  /** Ends the lesson and its workers. */
  close() {
    if (this.#life === 'closed') return;
    this.#life = 'closed';
    this.#holding = true;
    this.#serving = null;
    this.#closing.abort();
    for (const connection of this.#alive) connection.close();
    this.#requests.rejectAll(closedError());
  }

  // Transitions

  /**
   * Runs `change` after whatever else changes workers.
   *
   * @template T
   * @param {() => Promise<T>} change
   * @returns {Promise<T>}
   */
  #transition(change) {
    const changed = this.#transitions.then(() => {
      this.#refuseClosed();
      return change();
    });
    this.#transitions = changed.catch(() => {});
    return changed.catch((error) => {
      throw this.#life === 'closed' ? closedError() : asUnrollError(error);
    });
  }

  /** Starts, or begins again. @returns {Promise<Choice>} */
  #begin() {
    const before = this.#failure;
    this.#life = 'starting';
    this.#failure = null;
    const begun = this.#transition(() =>
      this.#orFail(() => (this.state ? this.#continue(before) : this.#start())),
    );
    begun.catch(() => {});
    return begun;
  }

  /** @returns {Promise<Choice>} */
  async #start() {
    this.#digits = null;
    const cpu = this.#connect('cpu');
    try {
      await cpu.loaded;
      const choice = await this.#chooser.choose(cpu, this.how.backend);
      if (choice.backend === 'cpu') return this.#serve(await this.#openSession(cpu), choice);
      try {
        const gpu = await this.#prepare(this.#connect(choice.backend));
        this.#end(cpu);
        return this.#serve(gpu, choice);
      } catch (error) {
        this.#refuseClosed();
        if (cpu.ended) throw cpu.ended;
        const { message } = asUnrollError(error);
        const instead = { ...choice, backend: cpu.module, reason: 'start-failed', message };
        return this.#serve(await this.#openSession(cpu), instead);
      }
    } catch (error) {
      this.#end(cpu, error);
      throw error;
    }
  }

  /**
   * @param {Connection} old
   * @param {BackendChoice} asked
   * @param {{choice: Choice, next: Connection, digits: DataSource | null} | null} [tried]  a worker that is ready for
   *   this lesson's run on those digits, and why it is to be this one
   * @returns {Promise<Choice>}
   */
  async #change(old, asked, tried = null) {
    if (!tried && this.#tried) this.#end(this.#tried);
    const choice = tried?.choice ?? (await this.#chooser.choose(old, asked));
    if (asked !== 'auto' && choice.backend !== asked) throw refusal(choice);
    if (choice.backend === old.module) {
      this.how.backend = asked;
      this.#chosen(choice);
      if (UNDECIDED.has(choice.reason)) this.#tryOther(old);
      return choice;
    }
    // The run goes on where it is until its new place is ready.
    const digits = tried ? tried.digits : this.#digits;
    const next = tried?.next ?? this.#connect(choice.backend);
    this.#next = next;
    try {
      if (!tried) await this.#prepare(next);
      const opened = this.#openedAs.get(next) ?? 1;
      this.#holding = true;
      const handedOver = this.#tell(old, 'handOver', {});
      const continuation = await Promise.race([
        handedOver,
        this.#patience.late(this.#world.resume),
      ]);
      this.#checkpoint = continuation;
      if (digits !== this.#digits) await this.#giveDigits(next);
      // A run that began meanwhile began on the old worker alone.
      for (let run = opened; run < continuation.state.run; run += 1)
        await this.#tell(next, 'reset', {});
      const resumed = this.#tell(next, 'resume', { bytes: continuation.bytes });
      const state = await within(this.#world.resume, next, resumed);
      const ended = old.ended ?? next.ended;
      if (ended) throw ended;
      this.#requests.askAgain(continuation);
      this.how.backend = asked;
      this.#keepState(state, continuation.state.playing);
      this.#serve(next, choice);
      this.#end(old);
      return choice;
    } catch (error) {
      this.#end(next, error);
      if (this.#serving === old && this.#holding) await this.#carryOn(old);
      throw error;
    } finally {
      this.#next = null;
    }
  }

  /** The change failed: the run goes on where it was. @param {Connection} old */
  async #carryOn(old) {
    try {
      const carriedOn = this.#tell(old, 'carryOn', {});
      const state = await within(this.#world.resume, old, carriedOn);
      this.#keepState(state);
      this.#holding = false;
      this.#askOpen(old);
    } catch (error) {
      // If it ended by itself, its recovery comes next.
      if (this.#serving !== old) return;
      this.#end(old, error);
      this.#lost(old);
    }
  }

  /**
   * Continues the run on a fresh CPU worker, from the last checkpoint or, if there is none of this
   * run, from its beginning.
   *
   * @param {UnrollError | null} fault  why
   * @returns {Promise<Choice>}
   */
  async #continue(fault) {
    const playing = this.state?.playing ?? false;
    const next = await this.#prepare(this.#connect('cpu'));
    try {
      const state = await this.#resume(next);
      this.#keepState(state, playing);
      // WebGPU can be chosen again.
      if (this.how.backend === 'webgpu') this.how.backend = 'cpu';
      return this.#serve(next, {
        backend: 'cpu',
        reason: fault?.code === 'device-lost' ? 'device-lost' : 'crashed',
        adapter: this.#chooser.adapter,
        measured: null,
        message: fault?.message ?? '',
      });
    } catch (error) {
      this.#end(next, error);
      throw error;
    }
  }

  /** @param {Connection} next @returns {Promise<State>} */
  async #resume(next) {
    const [before, checkpoint] = [this.state, this.#checkpoint];
    const usable = checkpoint && checkpoint.state.run === before?.run ? checkpoint : null;
    this.#requests.askAgain(usable);
    const trained = !usable && this.trained && (await this.how.trained?.());
    if (trained) return this.#giveWeights(next, trained.weights);
    if (!usable) return this.#tell(next, 'state', {});
    try {
      const resumed = this.#tell(next, 'resume', { bytes: usable.bytes });
      const state = await within(this.#world.resume, next, resumed);
      // Options that were changed after the checkpoint.
      const changed = Object.entries(before?.options ?? {}).filter(
        ([name, value]) => state.options[/** @type {keyof Options} */ (name)] !== value,
      );
      if (changed.length === 0) return state;
      return await this.#tell(next, 'set', { options: Object.fromEntries(changed) });
    } catch (error) {
      if (next.ended) throw error;
      // A checkpoint that is refused is of no use: another run begins, from the same seed.
      this.#checkpoint = null;
      this.#requests.askAgain(null);
      return this.#tell(next, 'reset', {});
    }
  }

  /** The worker that served is no more. @param {Connection} lost */
  #lost(lost) {
    const fault = lost.ended ?? closedError();
    this.#serving = null;
    this.#holding = true;
    this.#requests.askAgain(null);
    // A change that is under way has lost what it changes from.
    if (this.#next) this.#end(this.#next, fault);
    if (this.#tried) this.#end(this.#tried, fault);
    if (lost.module === 'cpu') {
      const now = performance.now();
      this.#crashes = [...this.#crashes.filter((then) => now - then < MINUTE), now];
      if (this.#crashes.length > CRASHES) return this.#fail(fault);
    }
    this.#life = 'starting';
    const recovered = this.#transition(async () => {
      await this.#orFail(() => this.#continue(fault));
      const step = String(this.state?.step ?? 0);
      const message = `${fault.message} The run was restored on the CPU, at step ${step}.`;
      const detail = { reason: fault.message, ...fault.detail, step };
      this.#emit('fault', { error: { code: 'recovered', message, detail }, fatal: false });
    });
    recovered.catch(() => {});
  }

  /** It gives up, and what is open is rejected. @param {UnrollError} error */
  #fail(error) {
    if (this.#life === 'closed' || this.#life === 'failed') return;
    this.#life = 'failed';
    this.#failure = error;
    this.#holding = true;
    this.#serving = null;
    for (const connection of [...this.#alive]) this.#end(connection, error);
    this.#stand();
    this.#requests.rejectAll(error);
    this.#emit('failed', error);
  }

  // Steps of a transition

  /** @param {Backend} module */
  #connect(module) {
    this.#refuseClosed();
    const connection = this.#world.connect(module, (event, from) => this.#hear(event, from));
    this.#alive.add(connection);
    return connection;
  }

  /** @param {Connection} connection @param {unknown} [why] */
  #end(connection, why) {
    this.#alive.delete(connection);
    connection.close(why === undefined ? undefined : asUnrollError(why));
  }

  /** Waits for a worker, and gives it a session and its digits. @param {Connection} connection */
  async #prepare(connection) {
    try {
      await connection.loaded;
      return await this.#openSession(connection);
    } catch (error) {
      this.#end(connection, error);
      throw error;
    }
  }

  /** @param {Connection} connection */
  async #openSession(connection) {
    const { how } = this;
    const { seed, options, run } = this.state ?? { options: {}, run: 1, ...how };
    const first = this.state === null;
    const trained = first ? await how.trained?.() : null;
    const backend = connection.module;
    const all = { ...trained?.options, ...options };
    const params = { backend, lesson: how.lesson, seed, options: all, run };
    const opened = this.#tell(connection, 'open', params);
    const state = await within(this.#world.open, connection, opened);
    this.#openedAs.set(connection, state.run);
    if (trained) this.#keepState(await this.#giveWeights(connection, trained.weights));
    if (this.#later !== 'wait') {
      await this.#giveDigits(connection);
      this.#later = null;
    }
    if (first && !trained) {
      const fresh = how.data ? await this.#tell(connection, 'state', {}) : state;
      this.#keepState((await this.#recall(connection, fresh)) ?? fresh);
    }
    return connection;
  }

  /** Begins the run of these weights. @param {Connection} connection @param {Uint8Array} bytes @returns {Promise<State>} */
  async #giveWeights(connection, bytes) {
    const state = await this.#tell(connection, 'loadWeights', { bytes });
    this.#trainedRun = state.run;
    return state;
  }

  /**
   * Goes on with the remembered run, if there is one of the same digits and the core takes it.
   *
   * @param {Connection} connection
   * @param {State} fresh
   */
  async #recall(connection, fresh) {
    const remembered = await this.how.remembered;
    const digits = (/** @type {State} */ { data }) =>
      data && [data.synthetic, data.train, data.test];
    if (!remembered || String(digits(remembered.state)) !== String(digits(fresh))) return null;
    try {
      return await this.#tell(connection, 'resume', { bytes: remembered.bytes });
    } catch (error) {
      if (connection.ended) throw error;
      return null;
    }
  }

  /** Every worker of a lesson reads the same digits. @param {Connection} connection */
  async #giveDigits(connection) {
    if (this.how.data === null) return;
    const before = this.#digits;
    const data = before?.synthetic ? 'synthetic' : this.how.data;
    const load = () => this.#tell(connection, 'load', withReason(data, before));
    const found = this.#files
      ? await this.#tell(connection, 'loadFiles', this.#files)
      : await (data === 'mnist' ? this.#giveMnist(connection, load) : load());
    const { synthetic, train, test } = before ?? found;
    if (synthetic !== found.synthetic || train !== found.train || test !== found.test) {
      const message =
        'The digits of this run could not be loaded again, and it cannot go on with others.';
      throw new UnrollError({ code: 'data-changed', message, detail: {} });
    }
    this.#digits ??= found;
  }

  /** @param {Connection} connection @param {() => Promise<DataSource>} read */
  #giveMnist(connection, read) {
    return giveDigits({
      share: () => this.#tell(connection, 'shareDigits', {}),
      take: (digits) => this.#tell(connection, 'takeDigits', digits),
      read,
      ended: () => connection.ended !== null,
    });
  }

  /**
   * Nobody asked for a backend, and the run is on the CPU: looks what else there is, and lets WebGPU do a few
   * steps beside it once it trains. What the run does is not held up.
   *
   * @param {Connection} connection
   */
  async #tryOther(connection) {
    this.#looks += 1;
    const look = this.#looks;
    const undecided = () =>
      this.how.backend === 'auto' && this.#serving === connection && this.#looks === look;
    try {
      let choice = this.choice;
      if (choice?.reason === 'unprobed') {
        choice = await this.#chooser.chooseProbed(connection, 'auto');
        if (!choice || !undecided()) return;
        if (choice.backend === 'webgpu') {
          await this.#transition(async () => {
            if (undecided()) await this.#change(connection, 'auto');
          });
          return;
        }
        this.#chosen(choice);
      }
      if (choice?.reason !== 'unmeasured') return;
      for (let measured = false; !measured; ) {
        const cpu = await this.#paceOf(connection);
        if (cpu === null || !undecided()) return;
        measured = await this.#measure(connection, cpu, undecided);
      }
    } catch {
      // What fails here concerns nobody: the run is where it was.
    }
  }

  /** Milliseconds a step, once that is known; null when the worker serves no more. @param {Connection} connection @returns {Promise<number | null>} */
  #paceOf(connection) {
    return new Promise((resolve) => {
      const heard = new AbortController();
      const look = () => {
        const serves = this.#serving === connection;
        const found = serves ? pace(this.state) : null;
        if (found === null && serves) return;
        heard.abort();
        resolve(found);
      };
      const { signal } = heard;
      for (const type of ['metrics', 'serves', 'failed'])
        this.addEventListener(type, look, { signal });
      this.#closing.signal.addEventListener('abort', look, { signal });
      look();
    });
  }

  /**
   * Times the other backend, and goes on with the faster one.
   *
   * @param {Connection} old
   * @param {number} cpu milliseconds a step
   * @param {() => boolean} undecided
   * @returns {Promise<boolean>} false if the network became another one meanwhile: what was measured says nothing
   */
  async #measure(old, cpu, undecided) {
    const [digits, network] = [this.#digits, this.#chooser.network];
    const next = this.#connect('webgpu');
    this.#tried = next;
    try {
      await this.#prepare(next);
      const timed = this.#tell(next, 'time', { steps: TIMED });
      const { step: webgpu } = await within(this.#world.resume, next, timed);
      if (network !== this.#chooser.network) return false;
      this.#chooser.keep({ cpu, webgpu });
      await this.#transition(async () => {
        if (!undecided()) return;
        const choice = await this.#chooser.choose(old, 'auto');
        if (choice.backend === 'webgpu') {
          await this.#change(old, 'auto', { choice, next, digits });
        } else {
          this.#end(next);
          this.#chosen(choice);
        }
      });
      return true;
    } finally {
      this.#tried = null;
      if (this.#serving !== next) this.#end(next);
    }
  }

  /** @param {Connection} connection @param {Choice} choice */
  #serve(connection, choice) {
    this.#refuseClosed();
    if (connection.ended) throw connection.ended;
    this.#serving = connection;
    this.#life = 'serving';
    this.#chosen(choice);
    if (UNDECIDED.has(choice.reason)) this.#tryOther(connection);
    this.#emit('serves', choice);
    if (this.state?.playing) {
      this.#tell(connection, 'play', {}).then(this.#take, () => {
        if (!connection.ended) this.#stand();
      });
    }
    this.#holding = false;
    this.#askOpen(connection);
    return choice;
  }

  /** @param {Choice} choice */
  #chosen(choice) {
    this.choice = choice;
    this.#emit('backend', choice);
    return choice;
  }

  /** Tries a few times, and then gives up. @template T @param {() => Promise<T>} attempt */
  async #orFail(attempt) {
    try {
      const mayPass = (/** @type {UnrollError} */ { code }) => PASSING.has(code);
      return await this.#patience.repeatedly(this.#world.pauses, attempt, mayPass);
    } catch (error) {
      this.#fail(asUnrollError(error));
      throw error;
    }
  }

  #refuseClosed() {
    if (this.#life === 'closed') throw closedError();
  }

  // Asking and hearing

  /**
   * Asks one worker what concerns nobody else; ends with it.
   *
   * @template {keyof Commands} K
   * @param {Connection} connection
   * @param {K} command
   * @param {Commands[K]['params']} params
   * @returns {Promise<Commands[K]['value']>}
   */
  async #tell(connection, command, params) {
    const reply = await connection.ask(this.#requests.newId(), command, params);
    if (!reply.ok) throw new UnrollError(reply.error);
    return /** @type {Commands[K]['value']} */ (reply.value);
  }

  /** Asks what it was not asked yet. @param {Connection} connection */
  #askOpen(connection) {
    for (const request of this.#requests.notAskedOn(connection)) this.#put(request);
  }

  /** @param {OpenRequest} request */
  #put(request) {
    const connection = this.#serving;
    if (!connection || (this.#later && OF_DIGITS.has(request.command))) return;
    request.on = connection;
    const { id, command, params, left } = request;
    connection.ask(id, command, left === null ? params : { ...params, n: left }).then(
      (reply) => {
        if (request.on === connection) this.#answer(request, reply, connection);
      },
      // The worker ended: the next one is asked.
      () => {},
    );
  }

  /** @param {OpenRequest} request @param {Reply} reply @param {Connection} connection */
  async #answer(request, reply, connection) {
    if (!reply.ok && LOST.has(reply.error.code)) {
      await this.#patience.pause(this.#world.lost).catch(() => {});
      // Its worker is no more: the next one is asked.
      if (request.on !== connection) return;
    }
    if (!this.#requests.take(request)) return;
    if (!reply.ok) {
      if (reply.error.code === 'nan-loss') this.#stand();
      request.reject(new UnrollError(reply.error));
      return;
    }
    if (request.command === 'load' || request.command === 'loadFiles') {
      const own = request.command === 'loadFiles';
      this.#files = own ? request.params : null;
      this.#digits = /** @type {DataSource} */ (reply.value);
      this.#later = null;
      if (!own) this.how.data = request.params.data;
      this.#emit('data', this.#digits);
      await this.#tell(connection, 'state', {}).then(this.#take, () => {});
      this.#askOpen(connection);
    }
    // It began with the weights that it was given, and does so again.
    if (request.command === 'reset' && request.params.seed === undefined && this.trained)
      this.#trainedRun = /** @type {State} */ (reply.value).run;
    this.#take(reply.value);
    request.resolve(reply.value);
  }

  /** @param {WorkerEvent} event @param {Connection} from */
  #hear(event, from) {
    if (this.#life === 'closed') return;
    if (event.event === 'progress') {
      if (from !== this.#tried) this.#emit('progress', event);
      return;
    }
    if (event.event === 'fault' && event.fatal) this.#alive.delete(from);
    if (from !== this.#serving) return;
    switch (event.event) {
      case 'metrics':
        this.#note(event.metrics.state);
        return this.#emit('metrics', event.metrics);
      case 'evaluation':
        this.#note(event.state);
        return this.#emit('evaluation', event);
      case 'comparison':
        return this.#emit('comparison', event.comparison);
      case 'checkpoint':
        this.#checkpoint = event;
        return this.#emit('checkpoint', event);
      case 'stopped':
        this.#keepState(event.state);
        return this.#emit('stopped', event);
      case 'fault':
        if (event.fatal) return this.#lost(from);
        if (event.error.code === 'nan-loss') this.#stand();
        return this.#emit('fault', event);
    }
  }

  /** Keeps an answer that is a State. @param {unknown} value */
  #take = (value) => {
    if (value && typeof value === 'object' && 'stepsPerSecond' in value)
      this.#keepState(/** @type {State} */ (value));
  };

  /** @param {State} state @param {boolean} [playing]  whether it is about to be asked to play */
  #keepState(state, playing = false) {
    const kept = playing ? { ...state, playing, running: true } : state;
    if (this.#note(kept)) this.#emit('state', kept);
  }

  /** @param {State} state @returns {boolean} false if it is late, from a run that is over */
  #note(state) {
    if (this.state && state.run < this.state.run) return false;
    this.state = state;
    return true;
  }

  /** Training stopped, and no worker says so. */
  #stand() {
    if (!this.state) return;
    this.state = { ...this.state, running: false, playing: false, stepsPerSecond: 0 };
    this.#emit('state', this.state);
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * Synthetic digits say why they are: a worker that is given them again says the same.
 *
 * @param {'mnist' | 'synthetic'} data
 * @param {DataSource | null} before
 */
function withReason(data, before) {
  return before?.synthetic && before.message ? { data, message: before.message } : { data };
}

/**
 * At a start another backend takes the place of the one that is not to be had. A run that is on one
 * already stays there.
 *
 * @param {Choice} choice
 */
function refusal({ reason, message }) {
  return new UnrollError({ code: reason, message, detail: { reason } });
}
