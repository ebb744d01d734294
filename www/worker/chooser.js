/**
 * Which backend a lesson's run is to be on: asks a worker's core, finds out for it which adapter there is, and recalls
 * what was measured on it. Opens no worker, and changes none.
 *
 * @module
 */

import { networkOf } from './faster.js';
import { UnrollError } from './fault.js';

/** @import {Connection} from './connection.js' */
/** @import {Memory} from './faster.js' */
/** @import {Patience} from './patience.js' */
/** @import {BackendChoice, Choice, Commands, Found, Lesson, Measured, Options} from './protocol.js' */

/** What a step's time depends on, before anybody says otherwise. */
const MEASURED_OF = /** @type {const} */ ({
  cell: 'lstm',
  hiddenSize: 64,
  batchSize: 64,
  trainOn: 'last',
  carryState: false,
  workers: 'auto',
});

/**
 * @typedef {object} Asked
 * @property {Lesson} lesson
 * @property {() => Partial<Options> | undefined} options  the run's, as they are now
 * @property {Memory} memory  which backend proved to be faster
 * @property {number} limit   milliseconds until it is known which adapter there is
 * @property {Patience} patience
 * @property {<K extends 'choose' | 'probe'>(connection: Connection, command: K, params: Commands[K]['params']) => Promise<Commands[K]['value']>} tell
 */

export class Chooser {
  #about;
  /** What WebGPU there is, once somebody asked. @type {Found | null} */
  #found = null;

  /** @param {Asked} about */
  constructor(about) {
    this.#about = about;
  }

  /** The adapter that was found. */
  get adapter() {
    return this.#found?.adapter ?? null;
  }

  /** What a step's time depends on, in words. */
  get network() {
    return networkOf({ ...MEASURED_OF, ...this.#about.options() });
  }

  /** Remembers what a step takes, in milliseconds, of this network on that adapter. @param {Measured} measured */
  keep({ cpu, webgpu }) {
    const adapter = this.adapter?.name ?? '';
    this.#about.memory.keep({ cpu, webgpu, adapter, network: this.network });
  }

  /** @param {Connection} connection @param {BackendChoice} asked @returns {Promise<Choice>} */
  async choose(connection, asked) {
    const first = await this.#ask(connection, asked, this.#found);
    // What was measured on another visit may hold, if the adapter is the same.
    const known = this.#about.memory.value?.network === this.network;
    if (first && !(first.reason === 'unprobed' && known)) return first;
    const choice = await this.chooseProbed(connection, asked);
    if (choice) return choice;
    const message = `No backend could be chosen for ${this.#about.lesson}.`;
    throw new UnrollError({ code: 'start-failed', message, detail: { reason: message } });
  }

  /** The same, knowing which adapter there is. @param {Connection} connection @param {BackendChoice} asked */
  async chooseProbed(connection, asked) {
    return this.#ask(connection, asked, await this.#probe(connection));
  }

  /** @param {Connection} connection @param {BackendChoice} asked @param {Found | null} found */
  #ask(connection, asked, found) {
    const { lesson, tell } = this.#about;
    return tell(connection, 'choose', { lesson, asked, found, measured: this.#recalled(found) });
  }

  /** @param {Connection} connection @returns {Promise<Found>} */
  async #probe(connection) {
    const { tell, patience, limit } = this.#about;
    /** @type {Found} */
    const none = { webgpu: true, adapter: null };
    const late = patience.pause(limit).then(() => none);
    late.catch(() => {});
    const found = await Promise.race([tell(connection, 'probe', {}), late]);
    // An adapter that was not there may be there another time.
    if (found.adapter) this.#found = found;
    return found;
  }

  /** What was measured of this network on that adapter. @param {Found | null} found @returns {Measured | null} */
  #recalled(found) {
    const known = this.#about.memory.value;
    if (!known || known.adapter !== found?.adapter?.name) return null;
    if (known.network !== this.network) return null;
    return { cpu: known.cpu, webgpu: known.webgpu };
  }
}
