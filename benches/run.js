/**
 * Measures Unroll beside jax-js, TensorFlow.js and PyTorch, side by side in one run: contenders take
 * turns, three rounds of them, and a median stands in the table. `scripts/bench` calls it.
 *
 * Nothing here fails because a contender does: its cell says what happened.
 *
 * @module
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { chromium } from 'playwright-core';
import { findMnist, readDigits, writeDigits } from './digits.js';
import { COUNT_DISPATCHES, Server } from './server.js';
import { between, table } from './table.js';

/** @import {Browser, Page} from 'playwright-core' */
/** @import {Cell, Row} from './table.js' */

/** @typedef {'cpu' | 'webgpu'} Backend */
/** What a contender answers to n steps. @typedef {{ms: number, losses: number[]}} Timing */
/**
 * Somebody who trains.
 *
 * @typedef {object} Runner
 * @property {string} who
 * @property {number} warmUp  steps before the clock runs
 * @property {number} steps   of one round
 * @property {boolean} [afresh]  every round starts from initial weights, before the clock runs
 * @property {(n: number, afresh?: boolean) => Promise<Timing>} train
 * @property {() => Promise<void>} close
 */

const ROUNDS = 3;
/** Of digits, for the contenders in a page of ours. */
const BATCHES = 128;
/** What one contender may take to open or for one round, in milliseconds. */
const PATIENCE = 180_000;
const README = fileURLToPath(new URL('../README.md', import.meta.url));

/** @typedef {{who: string, warmUp: Record<Backend, number>, steps: Record<Backend, number>, afresh?: boolean}} InBrowser */

/** @type {InBrowser[]} */
const IN_BROWSER = [
  { who: 'unroll', warmUp: { cpu: 100, webgpu: 4 }, steps: { cpu: 200, webgpu: 5 } },
  { who: 'jax-js', warmUp: { cpu: 60, webgpu: 4 }, steps: { cpu: 50, webgpu: 5 } },
  { who: 'tensorflow', warmUp: { cpu: 5, webgpu: 2 }, steps: { cpu: 10, webgpu: 4 } },
];

const say = (/** @type {string} */ text) => process.stderr.write(`bench: ${text}\n`);

/** @param {number[]} values */
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** @template T @param {Promise<T>} work @param {string} what @returns {Promise<T>} */
async function bounded(work, what, patience = PATIENCE) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took over ${patience / 1000} s`)), patience);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([work, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {unknown} error */
function firstLine(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^[\w.]+: (Error: )?/, '').split('\n')[0];
}

/** @type {string[]} */
const notes = [];

/** How much of the machine is at work while nothing is measured, 0 to 1. */
async function business() {
  const times = () => {
    let [idle, all] = [0, 0];
    for (const { times } of cpus()) {
      idle += times.idle;
      all += Object.values(times).reduce((a, b) => a + b);
    }
    return { idle, all };
  };
  const before = times();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const after = times();
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

/** A cell without a figure; why is told under the table. @param {string} who @param {string} why @returns {Cell} */
function failed(who, why) {
  say(`${who}: ${why}`);
  notes.push(`${who}: ${why}.`);
  return { text: 'failed' };
}

/**
 * Does it learn? The last quarter of the losses against the first few.
 *
 * @param {number[]} losses
 */
function learning(losses) {
  const few = Math.max(2, Math.floor(losses.length / 4));
  const [first, last] = [mean(losses.slice(0, few)), mean(losses.slice(-few))];
  return { first, last, learns: losses.every(Number.isFinite) && last < 0.995 * first };
}

/**
 * Runs them in turns.
 *
 * @param {string} what
 * @param {Array<{who: string, open: () => Promise<Runner>}>} contenders
 * @param {(runner: Runner) => Promise<void>} [afterwards] on each that came through
 * @returns {Promise<Record<string, Cell>>} milliseconds a step, by contender
 */
async function inTurns(what, contenders, afterwards) {
  /** @type {Record<string, Cell>} */
  const cells = {};
  /** @type {Map<Runner, {times: number[], losses: number[]}>} */
  const running = new Map();
  const attempt = async (/** @type {string} */ who, /** @type {() => Promise<void>} */ body) => {
    try {
      await bounded(body(), `one round of ${what}`);
      return true;
    } catch (error) {
      const missing = /** @type {any} */ (error).missing;
      cells[who] = missing ? { text: missing } : failed(`${who}, ${what}`, firstLine(error));
      return false;
    }
  };
  // One that is late must not go on computing while the others are measured.
  const leave = async (/** @type {Runner} */ runner) => {
    running.delete(runner);
    await runner.close().catch(() => {});
  };
  for (const { who, open } of contenders) {
    await attempt(who, async () => {
      running.set(await open(), { times: [], losses: [] });
    });
  }
  for (const [runner, { losses }] of [...running]) {
    const through = await attempt(runner.who, async () => {
      losses.push(...(await runner.train(runner.warmUp)).losses);
    });
    if (!through) await leave(runner);
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [runner, { times, losses }] of [...running]) {
      const through = await attempt(runner.who, async () => {
        if (runner.afresh) losses.length = 0;
        const timing = await runner.train(runner.steps, runner.afresh);
        times.push(timing.ms);
        losses.push(...timing.losses);
        say(`${what}, round ${round}: ${runner.who} ${timing.ms.toFixed(2)} ms`);
      });
      if (!through) await leave(runner);
    }
  }
  for (const [runner, { times, losses }] of running) {
    const { first, last, learns } = learning(losses);
    say(`${what}: ${runner.who} from loss ${first.toFixed(3)} to ${last.toFixed(3)}`);
    cells[runner.who] = { ms: median(times) };
    if (!learns) {
      cells[runner.who].remark = 'does not learn';
      notes.push(
        `${runner.who}, ${what}: the loss went from ${first.toFixed(3)} to ${last.toFixed(3)}.`,
      );
    }
    if (afterwards) await attempt(runner.who, () => afterwards(runner));
    await runner.close();
  }
  return cells;
}

/** A page of ours in a context of its own. @param {Browser} browser @param {Server} server */
async function openPage(browser, server, counted = false) {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(0);
  if (counted) await page.addInitScript(COUNT_DISPATCHES);
  await page.goto(server.url(''));
  await page.waitForFunction(() => 'bench' in globalThis);
  return page;
}

/**
 * @param {Browser} browser
 * @param {Server} server
 * @param {InBrowser} contender
 * @param {Backend} backend
 * @param {object} how
 * @returns {Promise<Runner & {page: Page}>}
 */
async function openInBrowser(browser, server, { who, warmUp, steps, afresh }, backend, how = {}) {
  const counted = backend === 'webgpu';
  const page = await openPage(browser, server, counted);
  const close = () => page.context().close();
  try {
    const opened = page.evaluate(
      ([who, backend, how]) => /** @type {any} */ (globalThis).bench.open(who, backend, how),
      /** @type {const} */ ([who, backend, { site: counted ? '/counted/' : '/site/', ...how }]),
    );
    await bounded(opened, 'opening it');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    who,
    page,
    warmUp: warmUp[backend],
    steps: steps[backend],
    afresh,
    close,
    train: (n, afresh = false) =>
      page.evaluate(
        ([n, afresh]) => /** @type {any} */ (globalThis).bench.train(n, afresh),
        /** @type {const} */ ([n, afresh]),
      ),
  };
}

/** How often a step starts a kernel. @param {Runner & {page?: Page}} runner */
async function dispatches({ page, train, steps }) {
  // Ours compute in a worker; the last one, for that which looked for an adapter may still close.
  const place = page?.workers().at(-1) ?? page;
  if (!place) throw new Error('no page');
  const count = () =>
    /** @type {Page} */ (place).evaluate(() => /** @type {any} */ (globalThis).benchDispatches);
  const before = await count();
  await train(steps);
  return ((await count()) - before) / steps;
}

class PyTorch {
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

  /** @param {'mnist' | 'sin-cos'} what @param {number} steps */
  async runner(what, steps, afresh = false) {
    await this.ask({ do: 'version' });
    return {
      who: 'pytorch',
      warmUp: 100,
      steps,
      afresh,
      train: (/** @type {number} */ n, afresh = false) => this.ask({ do: what, steps: n, afresh }),
      close: async () => {},
    };
  }
}

/** Which adapter Chromium gives a page. @param {Browser} browser @param {Server} server */
async function findAdapter(browser, server) {
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
async function firstStep(browser, server, lesson, data) {
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
async function sizes(browser, server, site) {
  server.asked.length = 0;
  const page = await (await browser.newContext()).newPage();
  await page.goto(server.url('site/index.html?backend=cpu&data=synthetic'));
  for (const lesson of await page.locator('unroll-lesson').all()) {
    await lesson.scrollIntoViewIfNeeded();
    await lesson.evaluate((element) => /** @type {any} */ (element).ready);
  }
  await page.context().close();
  const asked = [...new Set(server.asked)].filter((path) => existsSync(join(site, path)));
  const build = readdirSync(site).find((name) => name.startsWith('build-')) ?? '';
  const isModule = (/** @type {string} */ path) => /\/worker-[\w-]+\.(js|wasm)$/.test(path);
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
    page: size(asked.filter((path) => !isModule(path) && /\.(html|css|js)$/.test(path))),
  };
}

/** @param {string} name */
function version(name) {
  const file = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : '';
}

/** @param {string} site */
async function measure(site) {
  const busyBefore = await business();
  const beside = fileURLToPath(new URL('../../shared/mnist', import.meta.url));
  const mnist = findMnist([process.env.MNIST_DIR ?? '', join(site, 'data/mnist'), beside]);
  const digits = readDigits(mnist);
  const data = mnist ? 'mnist' : 'synthetic';
  const folder = writeDigits(digits);
  const server = new Server(site, mnist, {
    images: digits.train.images.subarray(0, BATCHES * 64 * 784),
    labels: digits.train.labels.subarray(0, BATCHES * 64),
  });
  await server.open();
  const pytorch = new PyTorch(folder);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      '--enable-unsafe-webgpu',
      ...(process.env.CHROMIUM_FLAGS ?? '').split(' ').filter(Boolean),
    ],
  });
  try {
    /** @type {Row[]} */
    const rows = [];
    const torch = await pytorch.ask({ do: 'version' }).catch(() => null);
    const adapter = await findAdapter(browser, server).catch(() => null);
    say(
      `digits: ${mnist ? 'MNIST' : 'made up'}; adapter: ${adapter?.name ?? 'none'}; PyTorch: ${torch?.version ?? 'none'}`,
    );

    rows.push({
      what: 'MNIST step on the CPU, one thread',
      cells: await inTurns('an MNIST step on the CPU', [
        ...IN_BROWSER.map((contender) => ({
          who: contender.who,
          open: () => openInBrowser(browser, server, contender, 'cpu', { data }),
        })),
        { who: 'pytorch', open: () => pytorch.runner('mnist', 200) },
      ]),
    });

    /** @type {Record<string, Cell>} */
    const counted = {};
    const nobody = Object.fromEntries(IN_BROWSER.map(({ who }) => [who, { text: 'no adapter' }]));
    const onGpu = adapter
      ? await inTurns(
          'an MNIST step on WebGPU',
          IN_BROWSER.map((contender) => ({
            who: contender.who,
            open: () => openInBrowser(browser, server, contender, 'webgpu', { data }),
          })),
          async (runner) => {
            counted[runner.who] = {
              text: Math.round(await dispatches(runner)).toLocaleString('en'),
            };
          },
        )
      : nobody;
    const where = adapter
      ? `${adapter.name}${adapter.software ? ', a software fallback' : ''}`
      : 'no adapter';
    rows.push({ what: `MNIST step on WebGPU (${where})`, cells: onGpu });
    rows.push({ what: 'Dispatches of that step', cells: adapter ? counted : nobody });

    // Adam at 0.02 loses this lesson now and then after thousands of steps, in PyTorch too.
    const sinCos = {
      who: 'unroll',
      warmUp: { cpu: 1000, webgpu: 0 },
      steps: { cpu: 1000, webgpu: 0 },
      afresh: true,
    };
    rows.push({
      what: 'sin-cos step on the CPU, one thread',
      cells: await inTurns('a sin-cos step on the CPU', [
        {
          who: 'unroll',
          open: () => openInBrowser(browser, server, sinCos, 'cpu', { lesson: 'sin-cos' }),
        },
        { who: 'pytorch', open: () => pytorch.runner('sin-cos', 1000, true) },
      ]),
    });

    rows.push({
      what: 'MNIST epoch with its evaluations, CPU',
      cells: await epochs(browser, server, pytorch, data),
    });

    for (const lesson of ['sin-cos', 'mnist']) {
      const ms = await firstStep(browser, server, lesson, data).catch((error) => firstLine(error));
      rows.push({
        what: `Navigation to the first step of ${lesson === 'mnist' ? 'MNIST' : lesson}, CPU`,
        cells: {
          unroll: typeof ms === 'number' ? { ms } : failed(`unroll, first step of ${lesson}`, ms),
        },
      });
    }

    const { cpu, webgpu, page } = await sizes(browser, server, site);
    rows.push({ what: 'CPU module, brotli (raw)', cells: { unroll: { bytes: cpu } } });
    rows.push({ what: 'WebGPU module, brotli (raw)', cells: { unroll: { bytes: webgpu } } });
    rows.push({
      what: 'The page without its modules, brotli (raw)',
      cells: { unroll: { bytes: page } },
    });

    const busy = Math.max(busyBefore, await business());
    if (busy > 0.2) {
      const percent = Math.round(100 * busy);
      notes.push(
        `Other work took ${percent} % of the machine: do not trust these times, least of all those on several threads.`,
      );
    }

    const titles = {
      unroll: 'Unroll',
      'jax-js': `jax-js ${version('@jax-js/jax')}`,
      tensorflow: `TensorFlow.js ${version('@tensorflow/tfjs')}`,
      pytorch: `PyTorch ${torch?.version.split('+')[0] ?? ''}, native`.replace(' ,', ','),
    };
    const processors = cpus();
    const circumstances = [
      `${processors.length} cores of ${processors[0].model.trim() || 'an unnamed CPU'}`,
      `Chromium ${browser.version()}`,
      mnist ? 'real MNIST' : 'made-up digits',
      new Date().toISOString().slice(0, 10),
    ].join(', ');
    return table(
      titles,
      rows,
      `${circumstances}. Medians of ${ROUNDS} rounds in turn; the epoch once.`,
      notes,
    );
  } finally {
    await browser.close();
    pytorch.process.kill();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

/** One each. @param {Browser} browser @param {Server} server @param {PyTorch} pytorch @param {string} data */
async function epochs(browser, server, pytorch, data) {
  /** @type {Record<string, Cell>} */
  const cells = {};
  /** @param {string} who @param {() => Promise<{ms: number, step: number, accuracy: number}>} run */
  const once = async (who, run) => {
    try {
      const { ms, step, accuracy } = await bounded(run(), 'an epoch', 600_000);
      say(`an epoch: ${who} ${(ms / 1000).toFixed(1)} s, ${step} steps, accuracy ${accuracy}`);
      cells[who] = { ms, remark: `${(100 * accuracy).toFixed(1)} %` };
    } catch (error) {
      const missing = /** @type {any} */ (error).missing;
      cells[who] = missing ? { text: missing } : failed(`${who}, an epoch`, firstLine(error));
    }
  };
  await once('unroll', async () => {
    const runner = await openInBrowser(browser, server, IN_BROWSER[0], 'cpu', { data });
    try {
      return await runner.page.evaluate(() => /** @type {any} */ (globalThis).bench.play());
    } finally {
      await runner.close();
    }
  });
  await once('pytorch', () => pytorch.ask({ do: 'epoch' }));
  return cells;
}

const [option, readme = README] = process.argv.slice(2);
if (option !== undefined && option !== '--write') {
  console.error('usage: scripts/bench [--write [FILE]]');
  process.exit(2);
}
const site = process.env.UNROLL_DIST;
if (!site || !existsSync(join(site, 'index.html'))) {
  console.error(`there is no built page in ${site ?? 'UNROLL_DIST'}: run scripts/bench`);
  process.exit(1);
}
// Before the minutes that the figures take.
if (option) between(readFileSync(readme, 'utf8'), '', readme);
const text = await measure(site);
console.log(text);
if (option) {
  writeFileSync(readme, between(readFileSync(readme, 'utf8'), text, readme));
  say(`written to ${readme}`);
}
