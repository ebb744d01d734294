/**
 * PyTorch, in a process of its own.
 *
 * @module
 */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** @import {Contender} from './turns.js' */

export class PyTorch {
  /** @type {Array<{resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #waiting = [];
  /** @type {Error | null} */
  #gone = null;
  #folder;

  /** @param {string} folder of the digits */
  constructor(folder) {
    this.#folder = folder;
    this.process = this.#start();
  }

  #start() {
    const script = fileURLToPath(new URL('./contenders/pytorch.py', import.meta.url));
    const started = spawn(process.env.PYTHON || 'python3', [script, this.#folder], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    started.stderr.on('data', (text) => (said += text));
    started.stdin.on('error', () => {});
    createInterface(started.stdout).on('line', (line) => {
      if (started === this.process) this.#waiting.shift()?.resolve(JSON.parse(line));
    });
    const end = () => {
      if (started !== this.process) return;
      const why = said.trim().split('\n').at(-1) || 'python ended';
      const missing = /No module named 'torch'|python ended/.test(why)
        ? 'no PyTorch here'
        : undefined;
      this.#gone = Object.assign(new Error(why), { missing });
      for (const { reject } of this.#waiting) reject(this.#gone);
    };
    started.on('error', end);
    started.on('close', end);
    return started;
  }

  /** Ends what nobody waits for any more: whatever is asked next is asked of a fresh process. */
  async stop() {
    if (this.#gone || this.#waiting.length === 0) return;
    this.#waiting = [];
    this.process.kill();
    this.process = this.#start();
  }

  /** @param {object} request @returns {Promise<any>} */
  ask(request) {
    if (this.#gone) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.process.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  /**
   * @param {{do: 'mnist' | 'sin-cos' | 'evaluate', threads?: number, device?: string} & Record<string, unknown>} request
   * @returns {Contender}
   */
  contender(request, afresh = false) {
    const open = async () => {
      await this.ask({ do: 'version' });
      return {
        afresh,
        run: (/** @type {number} */ steps, /** @type {boolean} */ afresh) =>
          this.ask({ ...request, steps, afresh }),
        close: () => this.stop(),
      };
    };
    return { who: 'pytorch', open };
  }
}
