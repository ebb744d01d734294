/**
 * Contenders in a browser, each in a page of its own, and what a page of the site is asked besides.
 *
 * @module
 */

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { COUNT_DISPATCHES } from './server.js';
import { ROUNDS, bounded, median } from './turns.js';

/** @import {Browser, Page} from 'playwright-core' */
/** @import {Server} from './server.js' */
/** @import {Runner, Timing} from './turns.js' */

/** @typedef {'unroll' | 'jax-js' | 'tensorflow'} Who */
/**
 * What a contender in a browser is asked for.
 *
 * @typedef {object} Asked
 * @property {'cpu' | 'webgpu'} [backend]
 * @property {number} [threads]  Unroll: as many as it chooses unless given
 * @property {'train' | 'evaluate' | 'epoch'} [task]
 * @property {'mnist' | 'sin-cos'} [lesson]
 * @property {'mnist' | 'synthetic'} [data]
 * @property {Record<string, unknown>} [options]  of the lesson
 * @property {boolean} [afresh]
 */

/** What opening may take, in milliseconds: less than whoever waits for it has patience. */
const OPENING = 150_000;
/** Steps over which dispatches are counted: few, for every 50th is followed by an evaluation. */
const COUNTED = 4;

/** A page of ours in a context of its own. @param {Browser} browser @param {Server} server */
async function openPage(browser, server, path = '', counted = false) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(0);
  if (counted) await page.addInitScript(COUNT_DISPATCHES);
  await page.goto(server.url(path));
  await page.waitForFunction(() => 'bench' in globalThis);
  return page;
}

/**
 * @param {Browser} browser
 * @param {Server} server
 * @param {Who} who
 * @param {Asked} asked
 * @returns {Promise<Runner & {dispatches: number | null}>} with the dispatches of a step, on WebGPU
 */
export async function openInBrowser(browser, server, who, { task = 'train', afresh, ...asked }) {
  const { backend = 'cpu', threads } = asked;
  const counted = backend === 'webgpu';
  // Shared memory is for isolated pages alone. Unroll has none.
  const isolated = who !== 'unroll' && threads !== undefined && threads > 1;
  const page = await openPage(browser, server, isolated ? 'isolated' : '', counted);
  /** @param {number} n @returns {Promise<Timing>} */
  const run = (n, afresh = false) =>
    page.evaluate(
      ([task, n, afresh]) => /** @type {any} */ (globalThis).bench[task](n, afresh),
      /** @type {const} */ ([task, n, afresh]),
    );
  const close = () => page.context().close();
  const open = async () => {
    const how = { site: counted ? '/counted/' : '/site/', ...asked };
    await page.evaluate(
      ([who, backend, how]) => /** @type {any} */ (globalThis).bench.open(who, backend, how),
      /** @type {const} */ ([who, backend, how]),
    );
    return counted ? await dispatches(page, run) : null;
  };
  try {
    return { run, close, afresh, dispatches: await bounded(open(), 'opening it', OPENING) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How often a step starts a kernel. @param {Page} page @param {(n: number) => Promise<unknown>} train */
async function dispatches(page, train) {
  // Ours compute in a worker; the last one, for that which looked for an adapter may still close.
  const place = page.workers().at(-1) ?? page;
  const count = () =>
    /** @type {Page} */ (place).evaluate(() => /** @type {any} */ (globalThis).benchDispatches);
  await train(2);
  const before = await count();
  await train(COUNTED);
  return ((await count()) - before) / COUNTED;
}

/** Which adapter Chromium gives a page. @param {Browser} browser @param {Server} server */
export async function findAdapter(browser, server) {
  const page = await openPage(browser, server);
  const adapter = await page.evaluate(async () => {
    const found = await /** @type {any} */ (navigator).gpu?.requestAdapter();
    if (!found) return null;
    const { vendor, architecture, description, device, isFallbackAdapter } = found.info;
    const name = description || device || [vendor, architecture].filter(Boolean).join(' ');
    const software = /swiftshader|llvmpipe|software/i.test(`${name} ${vendor} ${architecture}`);
    return {
      name: name || 'an unnamed adapter',
      software: Boolean(isFallbackAdapter ?? found.isFallbackAdapter) || software,
    };
  });
  await page.context().close();
  return adapter;
}

/** From navigation to the first finished step. @param {Browser} browser @param {Server} server @param {string} lesson @param {string} data */
export async function firstStep(browser, server, lesson, data) {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await (await browser.newContext()).newPage();
    await page.addInitScript(() => {
      Object.assign(globalThis, {
        firstStep: new Promise((resolve) => {
          addEventListener('unroll-metrics', () => resolve(performance.now()), { once: true });
        }),
      });
    });
    await page.goto(
      server.url(`site/embed.html?lesson=${lesson}&backend=cpu&data=${data}&autoplay`),
    );
    times.push(
      await bounded(
        page.evaluate(() => /** @type {any} */ (globalThis).firstStep),
        'the first step',
      ),
    );
    await page.context().close();
  }
  return median(times);
}

/**
 * What a first visit loads, and the module that it would load besides on a GPU.
 *
 * @param {Browser} browser
 * @param {Server} server
 * @param {string} site
 */
export async function sizes(browser, server, site) {
  server.asked.length = 0;
  // Which would fetch every file, other languages' too.
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(server.url('site/index.html?backend=cpu&data=synthetic'));
  for (const lesson of await page.locator('unroll-lesson').all()) {
    await lesson.scrollIntoViewIfNeeded();
    await lesson.evaluate((element) => /** @type {any} */ (element).ready);
  }
  await context.close();
  const asked = [...new Set(server.asked)].filter((path) => existsSync(join(site, path)));
  const build = readdirSync(site).find((name) => name.startsWith('build-')) ?? '';
  const isModule = (/** @type {string} */ path) => /\/worker-[\w-]+\.(js|wasm)$/.test(path);
  // trained/mnist.js, as the bundler names it.
  const isWeights = (/** @type {string} */ path) => /\/mnist-[A-Z0-9]+\.js$/.test(path);
  const size = (/** @type {string[]} */ paths) => {
    let [raw, brotli] = [0, 0];
    for (const path of paths) {
      const bytes = readFileSync(join(site, path));
      raw += bytes.length;
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      brotli += brotliCompressSync(bytes, { params }).length;
    }
    return { raw, brotli };
  };
  return {
    cpu: size(asked.filter(isModule)),
    webgpu: size(['worker-webgpu.js', 'worker-webgpu_bg.wasm'].map((name) => `${build}/${name}`)),
    page: size(
      asked.filter((path) => !isModule(path) && !isWeights(path) && /\.(html|css|js)$/.test(path)),
    ),
  };
}
