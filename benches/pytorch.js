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

  /** @param {string} folder of the digits */
  constructor(folder) {
    const script = fileURLToPath(new URL('./contenders/pytorch.py', import.meta.url));
    this.process = spawn(process.env.PYTHON || 'python3', [script, folder], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    this.process.stderr.on('data', (text) => (said += text));
    this.process.stdin.on('error', () => {});
    createInterface(this.process.stdout).on('line', (line) => {
      this.#waiting.shift()?.resolve(JSON.parse(line));
    });
    const end = () => {
      const why = said.trim().split('\n').at(-1) || 'python ended';
      const missing = /No module named 'torch'|python ended/.test(why)
        ? 'no PyTorch here'
        : undefined;
      this.#gone = Object.assign(new Error(why), { missing });
      for (const { reject } of this.#waiting) reject(this.#gone);
    };
    this.process.on('error', end);
    this.process.on('close', end);
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
   * @param {{do: 'mnist' | 'sin-cos' | 'evaluate', threads: number} & Record<string, unknown>} request
   * @returns {Contender}
   */
  contender(request, afresh = false) {
    const open = async () => {
      await this.ask({ do: 'version' });
      return {
        afresh,
        run: (/** @type {number} */ steps, /** @type {boolean} */ afresh) =>
          this.ask({ ...request, steps, afresh }),
        close: async () => {},
      };
    };
    return { who: 'pytorch', open };
  }
}
