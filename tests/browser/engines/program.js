/**
 * A browser, a display or a driver: another program, for as long as the tests run.
 *
 * @module
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** How much of what a program said a failure shows, in characters. */
const TAIL = 2000;

/** Whether this machine has the command. @param {string} command */
export function installed(command) {
  return spawnSync('sh', ['-c', 'command -v "$0"', command]).status === 0;
}

export class Program {
  #command;
  #child;
  /** What it said, on both of its streams. */
  #said = '';
  #end = () => this.#child.kill();

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {Record<string, string>} [environment] besides this process's own
   */
  constructor(command, args, environment = {}) {
    this.#command = command;
    this.#child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#said += text;
      });
    }
    // A file whose tests fail early must not leave browsers behind.
    process.once('exit', this.#end);
  }

  /**
   * The first of its lines that match.
   *
   * @param {RegExp} pattern
   * @returns {Promise<string>} what the pattern's first group matched
   */
  async says(pattern) {
    for (;;) {
      const [, found] = pattern.exec(this.#said) ?? [];
      if (found !== undefined) return found;
      await this.unlessItEnds(
        Promise.race([once(this.#child.stdout, 'data'), once(this.#child.stderr, 'data')]),
      );
    }
  }

  /**
   * What `waiting` resolves with; rejects if the program ends before.
   *
   * @template T
   * @param {Promise<T>} waiting
   * @returns {Promise<T>}
   */
  async unlessItEnds(waiting) {
    const ended = () =>
      new Error(`${this.#command} ended. The last it said:\n${this.#said.slice(-TAIL)}`);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw ended();
    const settled = new AbortController();
    const { signal } = settled;
    try {
      return await Promise.race([
        waiting,
        // Rejects by itself if the program does not even start.
        once(this.#child, 'exit', { signal }).then(() => Promise.reject(ended())),
      ]);
    } finally {
      settled.abort();
    }
  }

  /** Ends it, unless it has ended by itself. */
  async end() {
    process.off('exit', this.#end);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill();
    await gone;
  }

  /** Waits until it has ended by itself. */
  async ended() {
    process.off('exit', this.#end);
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, 'exit');
  }
}
