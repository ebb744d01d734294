/**
 * What every browser test needs: one site and one Chromium per backend for a whole file, and
 * lessons that are driven through their documented members and parts.
 *
 * Waits are for events or states, never for time. A page that logs an error that its test did not
 * announce fails the test.
 *
 * @module
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { Site, dist, root } from './site.js';

/** @import {TestContext} from 'node:test' */
/** @import {Browser, BrowserContextOptions, ElementHandle, JSHandle, Locator, Page, Worker} from 'playwright-core' */
/** @import {State} from '../../www/worker/protocol.js' */

/** @typedef {'cpu' | 'webgpu'} Backend */
/** The element, as a page's script sees it; its members are the README's. @typedef {any} Element */

/** @type {Backend[]} */
export const BACKENDS = ['cpu', 'webgpu'];

/** For `hide`: the figures that ask the network for something by themselves; but for the mistakes. */
export const ASKING =
  'memory,state-modes,free-run,output-layer,belief-tape,gates,gradient-flow,scan-order,code';

/** For `hide`: the mistakes too, so that nothing but the test asks the worker. */
export const QUIET = `${ASKING},mistakes`;

/** How long something may take, in milliseconds; PATIENCE=2 waits twice as long on a slow machine. @param {number} ms */
export function patience(ms) {
  return ms * Number(process.env.PATIENCE ?? 1);
}

/** SwiftShader computes in minutes what a GPU computes at once. */
const PATIENCE = { cpu: patience(120_000), webgpu: patience(480_000) };

/** Run before WebGPU is asked for: the software adapter says that it has the lanes of a GPU, and is given a GPU's kernels. */
export const AS_A_GPU =
  "Object.defineProperty(GPUAdapterInfo.prototype, 'subgroupMaxSize', { get: () => 32 });";

/** A page's waits that name no time of their own. */
const WAIT = { cpu: patience(30_000), webgpu: patience(120_000) };

const FLAGS = {
  // Nothing but the site: no mirror answers, whatever the network is like.
  common: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
  /** navigator.gpu is there, and its adapter is null. What is drawn is drawn without a detour over one. */
  cpu: ['--disable-gpu'],
  /** SwiftShader, a fallback adapter. */
  webgpu: ['--enable-unsafe-webgpu'],
};

/** @type {Promise<Site> | undefined} */
let opening;
/** @type {Map<Backend, Promise<Browser>>} */
const browsers = new Map();

/** This file's site. */
export function openSite() {
  opening ??= Site.open();
  return opening;
}

/** This file's Chromium: with a WebGPU adapter or without one. @param {Backend} backend */
export function openBrowser(backend) {
  let browser = browsers.get(backend);
  if (!browser) {
    const executablePath = process.env.HEADLESS_SHELL ?? process.env.CHROMIUM;
    assert(executablePath, 'CHROMIUM names no browser: run the tests with scripts/test browser');
    browser = chromium.launch({ executablePath, args: [...FLAGS.common, ...FLAGS[backend]] });
    browsers.set(backend, browser);
  }
  return browser;
}

after(async () => {
  for (const browser of browsers.values()) await (await browser).close();
  (await opening)?.close();
});

/**
 * A test, once per backend.
 *
 * @param {string} name
 * @param {(t: TestContext, backend: Backend) => Promise<void>} body
 */
export function forEachBackend(name, body) {
  for (const backend of BACKENDS) {
    test(`${name} [${backend}]`, { timeout: PATIENCE[backend] }, (t) => body(t, backend));
  }
}

/**
 * A test on one backend only.
 *
 * @param {string} name
 * @param {(t: TestContext) => Promise<void>} body
 * @param {{timeout?: number}} [options]
 */
export function onCpu(name, body, { timeout = PATIENCE.cpu } = {}) {
  test(name, { timeout }, body);
}

/**
 * A fresh page (its own cache and storage) that fails the test for any error it logs and was not
 * expected to.
 *
 * @param {TestContext} t
 * @param {string} path relative to the site, with its query; or an address
 * @param {{backend?: Backend, errors?: readonly RegExp[], context?: BrowserContextOptions}} [how]
 *   `errors`: what the console may say besides
 */
export async function openPage(t, path, { backend = 'cpu', errors = [], context = {} } = {}) {
  const [site, browser] = await Promise.all([openSite(), openBrowser(backend)]);
  const expected = [...errors];
  if (!mnistBeside()) expected.push(/data\/mnist|ERR_NAME_NOT_RESOLVED/);
  // What a service worker kept would hide what a test lets fail; and a release's policy forbids what
  // tests wait with.
  const quiet = /** @type {const} */ ({ serviceWorkers: 'block', bypassCSP: true, ...context });
  const page = await (await browser.newContext(quiet)).newPage();
  page.setDefaultTimeout(WAIT[backend]);
  /** @type {string[]} */
  const unexpected = [];
  const note = (/** @type {string} */ text) => {
    if (!expected.some((pattern) => pattern.test(text))) unexpected.push(text);
  };
  page.on('pageerror', (error) => note(`uncaught: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') note(`${message.text()} (${message.location().url})`);
  });
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(unexpected, [], 'errors in the console');
  });
  await page.goto(new URL(path, site.url('')).href);
  return page;
}

/**
 * A page of nothing but the lessons that `html` holds.
 *
 * @param {TestContext} t
 * @param {string} html
 * @param {Parameters<typeof openPage>[2]} [how]
 */
export async function openElements(t, html, how) {
  const site = await openSite();
  site.fail(t, 'elements.html', {
    bytes: Buffer.from(`<!doctype html><html lang="en"><title>elements</title>
      <script type="module" src="lesson/unroll-lesson.js"></script>
      <body>${html}</body></html>`),
  });
  const page = await openPage(t, 'elements.html', how);
  await page.waitForFunction(() => customElements.get('unroll-lesson'));
  return page;
}

/**
 * A page with one lesson, ready.
 *
 * @param {TestContext} t
 * @param {object} how the element's attributes, and `errors` and `context` as for `openPage`
 * @param {'sin-cos' | 'mnist'} how.lesson
 * @param {Backend | 'auto'} how.backend
 * @param {number} [how.seed]
 * @param {'mnist' | 'synthetic'} [how.data]
 * @param {Backend} [how.browser]  the browser, where it is not the backend's
 * @param {Backend} [how.lands]    the backend it ends on, where it is not the one asked for
 * @param {'fresh' | 'trained'} [how.start]
 * @param {string} [how.hide]
 * @param {string} [how.show]
 * @param {readonly RegExp[]} [how.errors]
 * @param {BrowserContextOptions} [how.context]
 */
export async function openLesson(t, { errors, context, browser, lands, ...attributes }) {
  const query = new URLSearchParams(
    Object.entries({ seed: 1, ...attributes }).map(([name, value]) => [name, String(value)]),
  );
  const page = await openPage(t, `embed.html?${query}`, {
    backend: browser ?? (attributes.backend === 'auto' ? 'cpu' : attributes.backend),
    errors,
    context,
  });
  const lesson = new Lesson(page);
  const { backend, message } = await lesson.ready();
  assert.equal(backend, lands ?? attributes.backend, message);
  return lesson;
}

/**
 * What came of a call: its value as plain data, or the fault that it was refused with.
 *
 * @typedef {{ok: boolean, value?: any, code?: unknown, message?: string, detail?: any, thrown?: boolean}} Outcome
 */

/** How long a promise may take that should settle at once, in milliseconds. */
const SETTLES = patience(20_000);

/** A call under way in the page. */
export class Call {
  #handle;

  /**
   * @param {JSHandle} handle
   * @param {string} what
   */
  constructor(handle, what) {
    this.#handle = handle;
    this.what = what;
  }

  /**
   * What came of it; fails where nothing does.
   *
   * @param {number} [patience] in milliseconds
   * @returns {Promise<Outcome>}
   */
  async settled(patience = SETTLES) {
    // By the clock of this process: a page's own may be hurried.
    const ended = new AbortController();
    const late = sleep(patience, null, { signal: ended.signal }).catch(() => null);
    const outcome = await Promise.race([this.#handle.evaluate(({ outcome }) => outcome), late]);
    ended.abort();
    assert(outcome, `pending after ${patience / 1000} s: ${this.what}`);
    return outcome;
  }

  /** Whether nothing came of it yet. */
  pending() {
    return this.#handle.evaluate(({ outcome }) =>
      Promise.race([
        outcome.then(() => false),
        new Promise((resolve) => setTimeout(resolve, 0, true)),
      ]),
    );
  }
}

/**
 * Waits until the page has so many workers. Those that help another one are counted where there should be none.
 *
 * @param {Page} page
 * @param {number} count
 * @param {number} [patience] in milliseconds
 */
export async function workersAre(page, count, patience = 10_000) {
  const until = performance.now() + patience;
  const workers = () =>
    page.workers().filter((worker) => count === 0 || !worker.url().includes('module=helper'));
  while (workers().length !== count && performance.now() < until) {
    await sleep(20);
  }
  const urls = workers().map((worker) => new URL(worker.url()).hash);
  assert.equal(urls.length, count, `workers: ${urls.join(' ')}`);
}

/** The next worker that the page starts, from the moment of this call on. @param {Page} page */
export function nextWorker(page) {
  return page.waitForEvent('worker', { timeout: 60_000 });
}

/** An error that nobody catches ends the worker's core. @param {Worker} worker */
export async function crash(worker) {
  await worker.evaluate(() => {
    setTimeout(() => {
      throw new Error('boom');
    });
  });
}

/** Takes the graphics device away from a worker. @param {Worker} worker */
export async function loseDevice(worker) {
  await worker.evaluate(() => /** @type {any} */ (globalThis).unrollGpuDevice.destroy());
}

/** How many DOM nodes and event listeners a page holds, after garbage collection. @param {Page} page */
export async function holdings(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  let [nodes, listeners] = [Infinity, Infinity];
  // What one collection frees may have held on to more, and what is on the stack stays until the next.
  for (let k = 0; k < 6; k += 1) {
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (/** @type {string} */ name) => metrics.find((one) => one.name === name)?.value ?? 0;
    nodes = Math.min(nodes, of('Nodes'));
    listeners = Math.min(listeners, of('JSEventListeners'));
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  }
  await session.detach();
  return { nodes, listeners };
}

/** A page's lesson of that name. @param {Page} page @param {string} name */
export function lessonOf(page, name) {
  return new Lesson(page, `unroll-lesson[lesson="${name}"]`);
}

/** Trains lessons of a page for three steps each. @param {Page} page @param {string[]} names */
export async function train(page, ...names) {
  for (const name of names) {
    const lesson = lessonOf(page, name);
    await lesson.call('step', 3);
    const losses = await lesson.losses();
    assert.equal(losses.length, 3);
    assert(losses.every(Number.isFinite));
  }
}

/** Before a worker's own JavaScript: what waits for long waits a tenth of it. */
export const HURRY = `{
  const later = globalThis.setTimeout;
  globalThis.setTimeout = (what, ms, ...rest) => later(what, ms > 1000 ? ms / 10 : ms, ...rest);
}`;

/** A lesson on a page. */
export class Lesson {
  /** The element itself, once it is held: calls reach it also where it is not in the document. @type {ElementHandle | null} */
  held = null;

  /**
   * @param {Page} page
   * @param {string} [selector]
   */
  constructor(page, selector = 'unroll-lesson') {
    this.page = page;
    this.selector = selector;
    this.element = page.locator(selector);
  }

  /** From now on calls reach the element also where it is not in the document. */
  async hold() {
    this.held = await this.element.elementHandle();
    return this;
  }

  get #reached() {
    return /** @type {Locator} */ (this.held ?? this.element);
  }

  /** Takes the element out of the document. */
  async remove() {
    if (!this.held) await this.hold();
    await this.run((element) => element.remove());
  }

  /** What `ready` resolves with; rejects as it does. @returns {Promise<any>} */
  async ready() {
    await this.page.waitForFunction(() => customElements.get('unroll-lesson'));
    // A lesson that is far out of view does not start.
    await this.element.scrollIntoViewIfNeeded();
    return this.run((element) => element.ready);
  }

  /** Opens all that is folded. */
  unfold() {
    return this.run((element) => {
      for (const button of element.shadowRoot.querySelectorAll('.fold button[aria-expanded=false]'))
        button.click();
    });
  }

  /**
   * Runs a function in the page.
   *
   * @template A, R
   * @param {(element: Element, argument: A) => R | Promise<R>} body
   * @param {A} [argument]
   * @returns {Promise<R>}
   */
  run(body, argument) {
    return this.#reached.evaluate(/** @type {any} */ (body), argument);
  }

  /**
   * Calls a member and does not wait for what comes of it.
   *
   * @param {string} member
   * @param {...any} parameters
   */
  begin(member, ...parameters) {
    return this.beginning(
      (element, [member, parameters]) => element[member](...parameters),
      /** @type {[string, any[]]} */ ([member, parameters]),
    );
  }

  /**
   * Begins what a function in the page does with the lesson. The page has begun when this resolves.
   *
   * @param {(element: Element, argument: any) => unknown} body
   * @param {any} [argument]
   */
  async beginning(body, argument) {
    const parts = { source: String(body), argument };
    const handle = await this.#reached.evaluateHandle((element, { source, argument }) => {
      const plain = (/** @type {unknown} */ value) =>
        JSON.parse(
          JSON.stringify(value ?? null, (_, part) =>
            ArrayBuffer.isView(part) ? [.../** @type {any} */ (part)] : part,
          ),
        );
      /** @type {{outcome: Promise<any>}} */
      const begun = { outcome: Promise.resolve() };
      try {
        // biome-ignore lint/security/noGlobalEval: the source is that of a function in the test.
        const body = globalThis.eval(`(${source})`);
        begun.outcome = Promise.resolve(body(element, argument)).then(
          (value) => ({ ok: true, value: plain(value) }),
          (error) => ({
            ok: false,
            code: error?.code,
            message: String(error?.message),
            detail: plain(error?.detail),
          }),
        );
      } catch (error) {
        const { code, message } = /** @type {any} */ (error);
        begun.outcome = Promise.resolve({ ok: false, thrown: true, code, message, detail: {} });
      }
      return begun;
    }, parts);
    return new Call(handle, parts.source);
  }

  /** @param {(element: Element, argument: any) => unknown} body @param {any} [argument] */
  async outcome(body, argument) {
    return (await this.beginning(body, argument)).settled();
  }

  /**
   * Calls a member whose answer is plain data.
   *
   * @param {string} member
   * @param {...any} parameters
   * @returns {Promise<any>}
   */
  call(member, ...parameters) {
    return this.run(
      (element, [member, parameters]) => element[member](...parameters),
      /** @type {[string, any[]]} */ ([member, parameters]),
    );
  }

  /** Waits until what was asked of the page by now is drawn. */
  drawn() {
    return this.run(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  /** @returns {Promise<State>} */
  state() {
    return this.run((element) => element.state);
  }

  /** @returns {Promise<number[]>} */
  losses() {
    return this.run((element) => [...element.losses]);
  }

  /**
   * Waits until `condition` holds in the page.
   *
   * @param {(element: Element, argument: any) => boolean} condition
   * @param {any} [argument]
   */
  async until(condition, argument) {
    const element = this.held ?? (await this.element.elementHandle());
    const parts = { element, argument, source: String(condition) };
    await this.page.waitForFunction(
      ({ element, argument, source }) =>
        // biome-ignore lint/security/noGlobalEval: the source is that of a function in the test.
        globalThis.eval(`(${source})`)(element, argument),
      parts,
      { timeout: 0 },
    );
  }

  /**
   * The value of `event`'s detail, the next time it is sent after `start` began.
   *
   * @param {string} event
   * @param {() => Promise<unknown>} start
   * @returns {Promise<any>}
   */
  async next(event, start) {
    return (await this.nextAfter(event, start))[1];
  }

  /**
   * What `start` gave, and the value of `event`'s detail, the next time it is sent after `start` began.
   *
   * @template T
   * @param {string} event
   * @param {() => Promise<T>} start
   * @returns {Promise<[T, any]>}
   */
  async nextAfter(event, start) {
    const heard = await this.#reached.evaluateHandle((element, event) => {
      const detail = new Promise((resolve) => {
        element.addEventListener(event, (e) => resolve(/** @type {CustomEvent} */ (e).detail), {
          once: true,
        });
      });
      return { detail };
    }, event);
    const started = await start();
    return [started, await heard.evaluate(({ detail }) => detail)];
  }

  /** A part in the lesson's shadow. @param {string} name @returns {Locator} */
  part(name) {
    return this.page.locator(`${this.selector} [part~="${name}"]`);
  }

  /**
   * The rows of a part's table of numbers, which is opened where it is not open yet.
   *
   * @param {string} part
   * @param {number} [which] of those that the part has
   * @returns {Promise<string[][]>} without the name of each row
   */
  async table(part, which = 0) {
    const details = this.part(part).locator('details.numbers').nth(which);
    if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
    await details.locator('tbody tr').first().waitFor();
    return details
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')),
      );
  }

  /** Loads weights from a safetensors file. @param {Uint8Array} bytes */
  loadWeights(bytes) {
    return this.run(
      (element, base64) =>
        element.loadWeights(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))),
      Buffer.from(bytes).toString('base64'),
    );
  }

  /** @returns {Promise<Buffer>} a safetensors file */
  async saveWeights() {
    const base64 = await this.run(async (element) => {
      let text = '';
      for (const byte of await element.saveWeights()) text += String.fromCharCode(byte);
      return btoa(text);
    });
    return Buffer.from(base64, 'base64');
  }

  /**
   * The fault that a member refuses with.
   *
   * @param {(element: Element, argument: any) => unknown} body
   * @param {any} [argument]
   * @returns {Promise<{code: string, message: string, detail: Record<string, string>}>}
   */
  async refusal(body, argument) {
    const source = String(body);
    const fault = await this.run(
      async (element, { source, argument }) => {
        try {
          // biome-ignore lint/security/noGlobalEval: the source is that of a function in the test.
          await globalThis.eval(`(${source})`)(element, argument);
          return null;
        } catch (error) {
          const { code, message, detail } = /** @type {any} */ (error);
          return { code, message, detail };
        }
      },
      { source, argument },
    );
    assert(fault, `nothing was refused by ${source}`);
    return fault;
  }
}

/** Whether MNIST is among the page's files. */
export function mnistBeside() {
  return existsSync(join(dist, 'data/mnist/train-images-idx3-ubyte.gz'));
}

/**
 * Whether the test can have MNIST; says loudly where it cannot.
 *
 * @param {TestContext} t
 */
export function needsMnist(t) {
  if (mnistBeside()) return true;
  skip(t, `no MNIST beside the page: ${t.name}`);
  return false;
}

/**
 * @param {TestContext} t
 * @param {string} why
 */
function skip(t, why) {
  console.log(`SKIPPED: ${why}`);
  t.skip(why);
}

/**
 * PyTorch's answers and the weights that they start from.
 *
 * @param {string} name
 */
export function reference(name) {
  const folder = join(root, 'tests/reference');
  const answers = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  return { answers, weights: readFileSync(join(folder, answers.weights)) };
}

/**
 * The tensors of a safetensors file: dtype, shape and bytes (as hex) by name.
 *
 * @param {Buffer} file
 * @returns {Record<string, {dtype: string, shape: number[], bytes: string}>}
 */
export function tensors(file) {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString());
  delete header.__metadata__;
  const entries = Object.entries(header).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      const bytes = file.subarray(start + from, start + to).toString('hex');
      return [name, { dtype, shape, bytes }];
    },
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A safetensors file.
 *
 * @param {Record<string, {dtype: string, shape: number[], bytes: string}>} tensors
 */
export function safetensors(tensors) {
  let offset = 0;
  const header = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const from = offset;
    offset += bytes.length / 2;
    return [name, { dtype, shape, data_offsets: [from, offset] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = Object.values(tensors).map(({ bytes }) => Buffer.from(bytes, 'hex'));
  return Buffer.concat([length, json, ...data]);
}

/** @param {number[]} header @param {Uint8Array} body */
function idx(header, body) {
  const words = Buffer.alloc(4 * header.length);
  for (const [k, word] of header.entries()) words.writeUInt32BE(word, 4 * k);
  return Buffer.concat([words, body]);
}

/**
 * MNIST's four files with few digits of our own, each a bar whose place says which digit it is:
 * for tests of how files travel.
 *
 * @param {number} train
 * @param {number} test
 * @returns {Record<string, Buffer>} plain, by published name
 */
export function smallMnist(train = 192, test = 64) {
  /** @type {Record<string, Buffer>} */
  const files = {};
  for (const [prefix, count] of /** @type {const} */ ([
    ['train', train],
    ['t10k', test],
  ])) {
    const labels = Uint8Array.from({ length: count }, (_, k) => k % 10);
    const images = new Uint8Array(784 * count);
    labels.forEach((label, k) => {
      for (let row = 4; row < 24; row += 1)
        images.fill(255, 784 * k + 28 * row + 2 * label + 4, 784 * k + 28 * row + 2 * label + 7);
    });
    files[`${prefix}-images-idx3-ubyte`] = idx([0x803, count, 28, 28], images);
    files[`${prefix}-labels-idx1-ubyte`] = idx([0x801, count], labels);
  }
  return files;
}

/**
 * Puts such files beside the page, gzipped, until the test ends.
 *
 * @param {TestContext} t
 * @param {Record<string, Buffer>} files plain, by published name
 * @param {Record<string, import('./site.js').Fault>} [faults] by published name, on top
 */
export async function serveMnist(t, files, faults = {}) {
  const site = await openSite();
  for (const [name, bytes] of Object.entries(files)) {
    site.fail(t, `data/mnist/${name}.gz`, { bytes: gzipSync(bytes), ...faults[name] });
  }
  return site;
}

/**
 * Fails unless every value is as near as asked; says which one is not.
 *
 * @param {string} what
 * @param {ArrayLike<number>} found
 * @param {ArrayLike<number>} expected
 * @param {number | ((index: number) => number)} tolerance
 * @returns {number} the largest difference
 */
export function assertClose(what, found, expected, tolerance) {
  assert.equal(found.length, expected.length, `how many of ${what}`);
  let largest = 0;
  for (let k = 0; k < found.length; k += 1) {
    const error = Math.abs(found[k] - expected[k]);
    const most = typeof tolerance === 'number' ? tolerance : tolerance(k);
    assert(error <= most, `${what}[${k}] is ${found[k]}, not ${expected[k]}: off by ${error}`);
    largest = Math.max(largest, error);
  }
  return largest;
}
