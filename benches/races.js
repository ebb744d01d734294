/**
 * What is measured: the same work by several contenders, as rows of a table.
 *
 * @module
 */

import { firstStep, openInBrowser } from './browser.js';
import { failed, firstLine } from './turns.js';

/** @import {Browser} from 'playwright-core' */
/** @import {Asked, Who} from './browser.js' */
/** @import {PyTorch} from './pytorch.js' */
/** @import {Server} from './server.js' */
/** @import {Cell, Row} from './table.js' */
/** @import {Contender, Race} from './turns.js' */

/** @type {Who[]} */
export const IN_BROWSER = ['unroll', 'jax-js', 'tensorflow'];

/**
 * What a contender computes on: asked of those in a browser, and of PyTorch.
 *
 * @typedef {{browser: Pick<Asked, 'backend' | 'threads'>, pytorch: {threads?: number, device?: string}}} On
 */

/** @param {number} [threads] as each chooses unless given @returns {On} */
export const onCpu = (threads) => ({ browser: { threads }, pytorch: { threads } });

/** @type {On} */
export const ON_GPU = { browser: { backend: 'webgpu' }, pytorch: { device: 'cuda' } };

/**
 * @typedef {object} Setting
 * @property {Browser} browser
 * @property {Server} server
 * @property {PyTorch} pytorch
 * @property {'mnist' | 'synthetic'} data
 */

/** The races of one run. */
export class Races {
  #setting;

  /** @param {Setting} setting */
  constructor(setting) {
    this.#setting = setting;
  }

  /** @param {Who} who @param {Asked} asked */
  #open(who, asked) {
    const { browser, server, data } = this.#setting;
    return openInBrowser(browser, server, who, { data, ...asked });
  }

  /** @param {Who} who @param {Asked} asked @returns {Contender} */
  #inBrowser(who, asked) {
    return { who, open: () => this.#open(who, asked) };
  }

  /**
   * A step of MNIST, Unroll's beside PyTorch's.
   *
   * @param {string} what
   * @param {On} on
   * @param {Record<string, unknown>} options Unroll's
   * @param {Record<string, unknown>} theirs the same for PyTorch
   * @returns {Race}
   */
  mnistStep(what, on, options, theirs) {
    return {
      what,
      contenders: [
        this.#inBrowser('unroll', { options, ...on.browser }),
        this.#setting.pytorch.contender({ do: 'mnist', ...on.pytorch, ...theirs }),
      ],
    };
  }

  /** @param {string} what @param {On} on @param {number} points @returns {Race} */
  sinCosStep(what, on, points) {
    // Adam at 0.02 loses this lesson now and then after thousands of steps, in PyTorch too.
    const afresh = true;
    const asked = {
      lesson: /** @type {const} */ ('sin-cos'),
      options: { timeStep: points },
      afresh,
      backend: on.browser.backend,
    };
    return {
      what,
      contenders: [
        this.#inBrowser('unroll', asked),
        this.#setting.pytorch.contender({ do: 'sin-cos', ...on.pytorch, points }, afresh),
      ],
    };
  }

  /** Everybody's steps of MNIST. @param {string} what @param {On} on @returns {Race} */
  mnistSteps(what, on) {
    return {
      what,
      contenders: [
        ...IN_BROWSER.map((who) => this.#inBrowser(who, on.browser)),
        this.#setting.pytorch.contender({ do: 'mnist', ...on.pytorch }),
      ],
    };
  }

  /**
   * Everybody's steps on WebGPU, and how often each starts a kernel.
   *
   * @param {string} what
   * @param {boolean} cuda whether PyTorch has a GPU, too
   * @returns {{race: Race, counted: Row}}
   */
  webgpuSteps(what, cuda) {
    /** @type {Record<string, Cell>} */
    const cells = {};
    const contenders = IN_BROWSER.map((who) => ({
      who: /** @type {string} */ (who),
      open: async () => {
        const runner = await this.#open(who, ON_GPU.browser);
        cells[who] = { text: Math.round(runner.dispatches ?? NaN).toLocaleString('en') };
        return runner;
      },
    }));
    if (cuda) contenders.push(this.#setting.pytorch.contender({ do: 'mnist', ...ON_GPU.pytorch }));
    return { race: { what, contenders }, counted: { what: 'Dispatches of that step', cells } };
  }

  /** @param {string} what @param {On} on @param {Who[]} who @returns {Race} */
  evaluations(what, on, who = IN_BROWSER) {
    return {
      what,
      contenders: [
        ...who.map((who) => this.#inBrowser(who, { task: 'evaluate', ...on.browser })),
        this.#setting.pytorch.contender({ do: 'evaluate', ...on.pytorch }),
      ],
    };
  }

  /** A whole epoch, of a fresh page or script. @param {string} what @param {On} on @returns {Race} */
  epochs(what, on) {
    const { pytorch } = this.#setting;
    const device = on.browser.backend === 'webgpu';
    const told = (/** @type {any} */ { ms, accuracy, workers }) => {
      const threads = workers === 1 ? '1 thread, ' : `${workers} threads, `;
      return { ms, remark: `${device ? '' : threads}${(100 * accuracy).toFixed(1)} %` };
    };
    const unroll = async () => {
      let close = async () => {};
      return {
        once: true,
        run: async () => {
          const runner = await this.#open('unroll', { task: 'epoch', ...on.browser });
          close = runner.close;
          const timing = told(await runner.run(1, false));
          await close();
          return timing;
        },
        close: () => close(),
      };
    };
    const theirs = async () => ({
      once: true,
      run: async () => told(await pytorch.ask({ do: 'epoch', ...on.pytorch })),
      close: () => pytorch.stop(),
    });
    return {
      what,
      contenders: [
        { who: 'unroll', open: unroll },
        { who: 'pytorch', open: theirs },
      ],
    };
  }

  /** From navigation to the first step. @param {'sin-cos' | 'mnist'} lesson @returns {Promise<Row>} */
  async firstStep(lesson) {
    const { browser, server, data } = this.#setting;
    const ms = await firstStep(browser, server, lesson, data).catch((error) => firstLine(error));
    return {
      what: `Navigation to the first step of ${lesson === 'mnist' ? 'MNIST' : lesson}, CPU`,
      cells: {
        unroll: typeof ms === 'number' ? { ms } : failed(`unroll, first step of ${lesson}`, ms),
      },
    };
  }
}
