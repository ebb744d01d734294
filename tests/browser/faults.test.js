/**
 * Faults, one by one: a file of the page that does not come, or comes in part; a device that is lost and a worker
 * that dies at any moment; memory that cannot grow. Each ends in a page that works, or in words with a way on that
 * works.
 *
 * A few of each, unless FAULTS=all tries them all (scripts/faults): some hundred, in about half an hour.
 */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomFrom } from './unit/mutate.js';
import {
  HURRY,
  Lesson,
  QUIET,
  crash,
  lessonOf,
  loseDevice,
  openPage,
  openSite,
  patience,
} from './harness.js';
import { dist } from './site.js';

/** @import {TestContext} from 'node:test' */
/** @import {Page} from 'playwright-core' */
/** @import {Fault} from './site.js' */

const ALL = process.env.FAULTS === 'all';
const LIMIT = patience(60_000);
/** Of all cases of a test. */
const WHOLE = { timeout: patience(ALL ? 7_200_000 : 480_000) };
const random = randomFrom(Number(process.env.FAULTS_SEED ?? 1));

/** @type {Record<string, Fault>} */
const KINDS = {
  'is missing': { status: 404 },
  'is answered with 500': { status: 500 },
  'ends its connection': { abort: true },
  'never comes': { hang: true },
  'comes in half': { cut: 'half' },
  'comes in half, and then nothing': { cut: 'stall' },
};

/** On somebody else's page, which alone could say that they did not come. */
const HOSTS = ['lesson/unroll-lesson.js', 'unroll-lesson.js', 'LICENSES.txt'];

/** Every file that a browser may load. */
async function assets() {
  const outside = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1))
    .filter((path) => !path.startsWith('build-'));
  const files = (await openSite()).files();
  return [...outside, ...files].filter((path) => !HOSTS.includes(path) && !path.endsWith('.map'));
}

/**
 * Where a file is needed.
 *
 * @param {string} file
 * @returns {{path: string, name: 'sin-cos' | 'mnist', backend: 'cpu' | 'webgpu', also?: string}}
 */
function placeOf(file) {
  const embed = `embed.html?lesson=sin-cos&hide=${QUIET}`;
  const index = 'index.html?backend=cpu&lang';
  if (/^worker-webgpu/.test(file))
    return { path: `${embed}&backend=webgpu`, name: 'sin-cos', backend: 'webgpu' };
  // The plain module is only asked for if the relaxed one is not to be had.
  if (/^worker-cpu[._]/.test(file))
    return { path: embed, name: 'sin-cos', backend: 'cpu', also: 'worker-cpu-relaxed_bg.wasm' };
  if (/^embed/.test(file)) return { path: embed, name: 'sin-cos', backend: 'cpu' };
  if (/^data/.test(file)) return { path: `${index}=en`, name: 'mnist', backend: 'cpu' };
  const language = /\.zh-/.test(file) ? 'zh' : 'en';
  return { path: `${index}=${language}&data=synthetic`, name: 'sin-cos', backend: 'cpu' };
}

/** The first to come: null, the lesson runs; or the way that is offered, Retry or loading the page again. @param {Lesson} lesson */
async function offer(lesson) {
  const { page, selector } = lesson;
  const ready = page.waitForFunction(
    (selector) => {
      const element = /** @type {any} */ (document.querySelector(selector));
      element?.scrollIntoView();
      return Boolean(element?.state?.choice);
    },
    selector,
    { timeout: LIMIT, polling: 200 },
  );
  const retry = lesson.part('retry').first();
  // A lesson that gave up keeps its last state.
  if (await retry.isVisible()) return retry;
  const late = page.locator('.late:visible a').first();
  const offered = [retry, late].map((link) => link.waitFor({ timeout: LIMIT }).then(() => link));
  const first = await Promise.any([ready.then(() => null), ...offered]).catch(() => undefined);
  if (first !== undefined) return first;
  assert.fail(`dead: ${String(await page.locator('body').textContent()).slice(0, 300)}`);
}

/**
 * Waits until the lesson does two steps, by the way that is offered if one is.
 *
 * @param {Lesson} lesson
 * @param {() => unknown} mend
 * @param {(offered: import('playwright-core').Locator) => Promise<unknown>} [go]
 * @returns {Promise<'works' | 'told'>}
 */
async function recovers(lesson, mend, go = (offered) => offered.click({ timeout: 5000 })) {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const offered = await offer(lesson);
    if (!offered) {
      const { ok } = await (await lesson.begin('step', 2)).settled(LIMIT);
      if (ok) return attempt === 0 ? 'works' : 'told';
      // A worker that died meanwhile could not be replaced: that is told.
      await lesson.part('retry').first().waitFor({ timeout: LIMIT });
      continue;
    }
    await mend();
    // What was only late has come meanwhile, and the link is gone.
    await go(offered).catch(() => {});
  }
  assert.fail('what is offered leads nowhere');
}

/** @param {TestContext} t @param {Array<'works' | 'told'>} outcomes */
function report(t, outcomes) {
  const told = outcomes.filter((one) => one === 'told').length;
  t.diagnostic(`${outcomes.length} tried, ${told} told, ${outcomes.length - told} did without`);
}

/** A page that is about to be opened, in which what waits for long waits a tenth of it. @param {TestContext} t @param {'cpu' | 'webgpu'} backend @param {string} [file] that is not as it should be */
async function hurried(t, backend, file) {
  const site = await openSite();
  const page = await openPage(t, 'blank', { backend, errors: [/^/] });
  await page.addInitScript(HURRY);
  if (file !== 'worker.js') site.fail(t, 'worker.js', { rewrite: (source) => HURRY + source });
  return page;
}

test('files of the page', WHOLE, async (t) => {
  const site = await openSite();
  const cases = (await assets()).flatMap((file) =>
    Object.entries(KINDS).map(([kind, fault]) => ({ file, kind, fault })),
  );
  // A document that does not come is the browser's to tell.
  const ours = cases.filter(({ file }) => !file.endsWith('.html'));
  // The worker's own file is asked for by every lesson, and a browser has six connections to a host.
  const few = ours.filter(
    ({ file, kind }, k) => k % 19 === 1 || (file === 'worker.js' && kind === 'never comes'),
  );
  const chosen = ALL ? ours : few;
  /** @type {Array<'works' | 'told'>} */
  const outcomes = [];
  for (const { file, kind, fault } of chosen) {
    await t.test(`${file} ${kind}`, { timeout: 4 * LIMIT }, async (t) => {
      const { path, name, backend, also } = placeOf(file);
      const page = await hurried(t, backend, file);
      if (also) site.fail(t, also, { status: 404 });
      const mend = site.fail(t, file, fault);
      await page.goto(site.url(path), { waitUntil: 'commit' });
      const outcome = await recovers(lessonOf(page, name), mend);
      t.diagnostic(outcome);
      outcomes.push(outcome);
    });
  }
  report(t, outcomes);
  assert.equal(outcomes.length, chosen.length, 'dead pages');
});

/** Waits between 0 and so many milliseconds. @param {number} most */
function sometime(most) {
  return new Promise((resolve) => setTimeout(resolve, random() * most));
}

/**
 * A lesson that trains while something happens to its worker; from the first moments of its start on.
 *
 * @param {TestContext} t
 * @param {string} query
 * @param {'cpu' | 'webgpu'} backend
 * @param {(worker: import('playwright-core').Worker) => Promise<unknown>} happens
 */
async function befalls(t, query, backend, happens) {
  const site = await openSite();
  const page = await openPage(t, 'blank', { backend, errors: [/^/] });
  const started = page.waitForEvent('worker', {
    predicate: (worker) => worker.url().includes(`module=${backend}`),
  });
  await page.goto(site.url(`embed.html?hide=${QUIET}&data=synthetic&autoplay&${query}`));
  const worker = await started;
  await sometime(4000);
  // It may be gone already: a run that starts anew has another.
  await happens(worker).catch(() => {});
  const outcome = await recovers(new Lesson(page), () => {});
  t.diagnostic(`${outcome}, at step ${(await new Lesson(page).state()).step}`);
  return outcome;
}

/** @param {string} what @param {(t: TestContext, k: number) => Promise<'works' | 'told'>} once */
function atRandomMoments(what, once) {
  test(what, WHOLE, async (t) => {
    /** @type {Array<'works' | 'told'>} */
    const outcomes = [];
    const count = ALL ? 20 : 2;
    for (let k = 0; k < count; k += 1)
      await t.test(`${what} ${k + 1}`, { timeout: 4 * LIMIT }, async (t) => {
        outcomes.push(await once(t, k));
      });
    report(t, outcomes);
    assert.equal(outcomes.length, count);
  });
}

atRandomMoments('a device lost at some moment', (t) =>
  befalls(t, 'lesson=sin-cos&backend=webgpu', 'webgpu', async (worker) => {
    while (!(await worker.evaluate(() => 'unrollGpuDevice' in globalThis)));
    await loseDevice(worker);
  }),
);

const DEATHS = [
  crash,
  (/** @type {import('playwright-core').Worker} */ worker) =>
    worker.evaluate(() => globalThis.close()),
];
atRandomMoments('a worker killed at some moment', (t, k) =>
  befalls(t, `lesson=${k % 4 < 2 ? 'mnist' : 'sin-cos'}&backend=cpu`, 'cpu', (worker) =>
    /** @type {(typeof DEATHS)[0]} */ (DEATHS[k % 2])(worker),
  ),
);

/** A number as WebAssembly writes it: LEB128. @param {number} value */
function leb(value) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) return bytes;
  }
}

/** A module whose memory may grow by so many pages of 64 KiB and no more. @param {Buffer} module @param {number} pages */
function limited(module, pages) {
  let at = 8;
  const read = () => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = module[at++];
      value |= (byte & 127) << shift;
      shift += 7;
      if (byte < 128) return value;
    }
  };
  for (;;) {
    const section = at;
    const id = module[at++];
    const end = read() + at;
    if (id === 5) {
      assert.deepEqual([read(), read()], [1, 0], 'one memory, without a limit');
      const least = read();
      const memory = [1, 1, ...leb(least), ...leb(least + pages)];
      const bytes = Buffer.from([5, ...leb(memory.length), ...memory]);
      return Buffer.concat([module.subarray(0, section), bytes, module.subarray(end)]);
    }
    at = end;
  }
}

test('memory that cannot grow', WHOLE, async (t) => {
  const site = await openSite();
  const build = readdirSync(dist).find((name) => name.startsWith('build-')) ?? '';
  const file = 'worker-cpu-relaxed_bg.wasm';
  const module = readFileSync(join(dist, build, file));
  /** @type {Array<'works' | 'told'>} */
  const outcomes = [];
  const levels = ALL ? [0, 4, 16, 32, 64, 128, 256, 512] : [0, 64, 256];
  for (const pages of levels) {
    await t.test(`${pages} pages`, { timeout: 4 * LIMIT }, async (t) => {
      const page = await hurried(t, 'cpu');
      const mend = site.fail(t, file, { bytes: limited(module, pages) });
      await page.goto(site.url(`embed.html?lesson=mnist&backend=cpu&data=synthetic&hide=${QUIET}`));
      const lesson = new Lesson(page);
      if ((await offer(lesson)) === null)
        // As much as it may ask for.
        await lesson.outcome((element) => element.set({ batchSize: 1024, hiddenSize: 256 }));
      // The page has compiled that module, and would start it again.
      const outcome = await recovers(lesson, mend, () => page.reload());
      t.diagnostic(outcome);
      outcomes.push(outcome);
    });
  }
  report(t, outcomes);
  assert.equal(outcomes.length, levels.length);
});
