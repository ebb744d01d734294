/**
 * WebKitGTK's own browser by its WebDriver, on a display that nobody sees.
 *
 * @module
 */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { SIZE } from './engine.js';
import { Program, installed } from './program.js';

/** @import {Engine, Publish, Tab} from './engine.js' */

const COMMANDS = ['WebKitWebDriver', 'Xvfb'];

/** Longer than any test waits. */
const FOREVER = 3_600_000;

/**
 * Evaluates an expression among the page's own scripts. WebDriver's run in a world of their own,
 * which shares the document, but neither custom elements' members nor globals: a script element
 * does the work, and leaves the answer in an attribute. The script is a file of the page's host,
 * because the page's policy may allow no other.
 */
const EVALUATE = `
  const [url, done] = arguments;
  const script = document.createElement('script');
  script.addEventListener('answered', () => {
    script.remove();
    done(script.dataset.answer);
  });
  script.src = url;
  document.documentElement.append(script);`;

/** @param {string} expression */
const answering = (expression) => `{
  const script = document.currentScript;
  (${expression}).then((answer) => {
    script.dataset.answer = answer;
    script.dispatchEvent(new Event('answered'));
  });
}`;

/** A port that is free now: the driver does not tell which one it chose by itself. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function request(method, url, body) {
  const response = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${new URL(url).pathname}: ${value.error}: ${value.message}`);
  return value;
}

/** @implements {Engine} */
export class WebKit {
  name = 'WebKit';
  /** @type {Promise<{display: Program, driver: Program, address: string}> | undefined} */
  #started;

  missing() {
    const lacking = COMMANDS.filter((command) => !installed(command));
    return lacking.length > 0 ? `no ${lacking.join(' and no ')}` : null;
  }

  async #start() {
    const screen = `${SIZE.width + 100}x${SIZE.height + 200}x24`;
    // Without -noreset the display starts again when its last window has gone, and a browser that is
    // opened meanwhile dies.
    const display = new Program('Xvfb', [
      ...['-displayfd', '1', '-screen', '0', screen, '-nolisten', 'tcp'],
      '-noreset',
    ]);
    const number = await display.says(/^(\d+)$/m);
    const port = await freePort();
    const driver = new Program('WebKitWebDriver', [`--port=${port}`], {
      DISPLAY: `:${number}`,
      // The page's `navigator.language` is the locale: here "C", which is no language. A page must bear that.
      LC_ALL: 'C.UTF-8',
      // Without a GPU composing a frame takes 100 ms, several times as long as painting it plainly.
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    });
    const address = `http://127.0.0.1:${port}`;
    // The driver does not say when it listens.
    let over = false;
    const listening = async () => {
      while (!over && !(await request('GET', `${address}/status`).catch(() => null)))
        await wait(20);
    };
    await driver.unlessItEnds(listening()).finally(() => {
      over = true;
    });
    return { display, driver, address };
  }

  /**
   * A session has a browser of its own, and there is one at a time.
   *
   * @param {Publish} publish
   * @returns {Promise<Tab>}
   */
  async open(publish) {
    this.#started ??= this.#start();
    const { driver, address } = await this.#started;
    const send = (/** @type {[method: string, url: string, body?: object]} */ ...what) =>
      driver.unlessItEnds(request(...what));
    const { sessionId } = await send('POST', `${address}/session`, { capabilities: {} });
    const session = `${address}/session/${sessionId}`;
    await send('POST', `${session}/timeouts`, { script: FOREVER, pageLoad: FOREVER });
    await send('POST', `${session}/window/rect`, { x: 0, y: 0, ...SIZE });
    return {
      async navigate(url) {
        await send('POST', `${session}/url`, { url });
      },
      async reload() {
        await send('POST', `${session}/refresh`, {});
      },
      evaluate(expression) {
        const args = [publish(answering(expression))];
        return send('POST', `${session}/execute/async`, { script: EVALUATE, args });
      },
      async perform(sources) {
        await send('POST', `${session}/actions`, { actions: sources });
      },
      async close() {
        await send('DELETE', session);
      },
    };
  }

  async close() {
    if (!this.#started) return;
    const { display, driver } = await this.#started;
    await driver.end();
    await display.end();
  }
}
