/**
 * Firefox by WebDriver BiDi, which it speaks itself: no driver stands between.
 *
 * @module
 */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { SIZE } from './engine.js';
import { Program, installed } from './program.js';

/** @import {Engine, Tab} from './engine.js' */

/** A connection to one Firefox. */
class Session {
  #socket;
  #count = 0;
  /** The commands without an answer, by id. @type {Map<number, (message: any) => void>} */
  #waiting = new Map();

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      // An event has no id.
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  /**
   * @param {string} method
   * @param {object} [params]
   * @returns {Promise<any>}
   */
  async send(method, params = {}) {
    this.#count += 1;
    const id = this.#count;
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { type, result, error, message } = await answer;
    if (type !== 'success') throw new Error(`${method}: ${error}: ${message}`);
    return result;
  }
}

/** @implements {Engine} */
export class Firefox {
  name = 'Firefox';
  #command = process.env.FIREFOX ?? 'firefox-esr';
  /** @type {Promise<{program: Program, session: Session, profile: string}> | undefined} */
  #started;

  missing() {
    return installed(this.#command) ? null : `no ${this.#command}`;
  }

  async #start() {
    const profile = await mkdtemp(join(tmpdir(), 'unroll-firefox-'));
    const program = new Program(this.#command, [
      ...['--headless', '--no-remote', '--profile', profile],
      ...['--remote-debugging-port', '0'],
    ]);
    const address = await program.says(/WebDriver BiDi listening on (ws:\S+)/);
    const socket = new WebSocket(`${address}/session`);
    await program.unlessItEnds(once(socket, 'open'));
    const session = new Session(socket);
    await program.unlessItEnds(session.send('session.new', { capabilities: {} }));
    return { program, session, profile };
  }

  /** @returns {Promise<Tab>} */
  async open() {
    this.#started ??= this.#start();
    const { program, session } = await this.#started;
    const send = (/** @type {string} */ method, /** @type {object} */ params = {}) =>
      program.unlessItEnds(session.send(method, params));
    const { userContext } = await send('browser.createUserContext');
    const { context } = await send('browsingContext.create', { type: 'tab', userContext });
    await send('browsingContext.setViewport', { context, viewport: SIZE });
    return {
      async navigate(url) {
        await send('browsingContext.navigate', { context, url, wait: 'complete' });
      },
      async reload() {
        await send('browsingContext.reload', { context, wait: 'complete' });
      },
      async evaluate(expression) {
        const answer = await send('script.evaluate', {
          expression,
          target: { context },
          awaitPromise: true,
        });
        if (answer.type !== 'success') throw new Error(answer.exceptionDetails.text);
        return answer.result.value;
      },
      async perform(sources) {
        await send('input.performActions', { context, actions: sources });
      },
      async close() {
        await send('browser.removeUserContext', { userContext });
      },
    };
  }

  async close() {
    if (!this.#started) return;
    const { program, session, profile } = await this.#started;
    try {
      await program.unlessItEnds(session.send('browser.close'));
      await program.ended();
    } finally {
      await rm(profile, { recursive: true, force: true });
    }
  }
}
