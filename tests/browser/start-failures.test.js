/** A start that fails: said once, with a Retry that works; and what hangs does not hang for ever. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HURRY, Lesson, onCpu, openPage, openSite, patience } from './harness.js';

/** @import {TestContext} from 'node:test' */
/** @import {Page} from 'playwright-core' */

const PATIENCE = { timeout: patience(180_000) };
const PATH = 'embed.html?lesson=sin-cos&backend=cpu&hide=memory,modes,free,output,code';
/** What a browser says of files that do not come. */
const LOUD = [/50\d|404|ERR_|fetch|import|module|load/i];

/** What the page asks for until its first step is done, by kind. @param {TestContext} t @param {string} path */
async function files(t, path) {
  const site = await openSite();
  site.requests.length = 0;
  const page = await openPage(t, path);
  await new Lesson(page, 'unroll-lesson[lesson="sin-cos"]').call('step', 1);
  const asked = [...new Set(site.requests.map(([path]) => path))];
  const core = asked.filter((path) => /^worker/.test(path));
  const ofPage = asked.filter((path) => !core.includes(path));
  assert(
    core.some((path) => path.endsWith('.wasm')),
    `a module among ${core}`,
  );
  return { core, ofPage };
}

/** Loads the page again and counts what it says went wrong. @param {Page} page @param {string} path */
async function again(page, path) {
  await page.goto((await openSite()).url(path));
  return new Lesson(page);
}

/** Counts `unroll-error` from a page's first moment on. @param {Page} page */
async function countFaults(page) {
  await page.addInitScript(() => {
    const counted = /** @type {any} */ (globalThis);
    counted.faults = [];
    addEventListener('unroll-error', (event) =>
      counted.faults.push(/** @type {CustomEvent} */ (event).detail.code),
    );
  });
  return () =>
    page.evaluate(() => /** @type {string[]} */ (/** @type {any} */ (globalThis).faults));
}

/** Waits until the lesson is ready or says that it failed. @param {Lesson} lesson */
async function readyOrRetry(lesson) {
  const retry = lesson.part('retry');
  const ready = lesson
    .until((element) => element.state.choice !== null)
    .then(() => /** @type {const} */ ('ready'));
  const failed = retry
    .waitFor({ timeout: patience(15_000) })
    .then(() => /** @type {const} */ ('failed'));
  ready.catch(() => {});
  failed.catch(() => {});
  return Promise.race([ready, failed]);
}

test('each file of the core that fails: once it is mended, Retry works', PATIENCE, async (t) => {
  const site = await openSite();
  const { core } = await files(t, PATH);
  const page = await openPage(t, 'blank', { errors: LOUD });
  const faults = await countFaults(page);
  for (const file of core) {
    await t.test(file, { timeout: patience(60_000) }, async (t) => {
      const mend = site.fail(t, file, { status: 500 });
      const lesson = await again(page, PATH);
      await lesson.run((element) => element.scrollIntoView());
      const ready = await lesson.beginning((element) => element.ready);
      if ((await readyOrRetry(lesson)) === 'failed') {
        const { ok, code } = await ready.settled();
        assert.deepEqual([ok, typeof code], [false, 'string']);
        assert.equal((await faults()).length, 1, `said once: ${await faults()}`);
        assert.equal((await lesson.state()).running, false);
        // What it could not do it is asked once more, before anything is mended.
        await lesson.part('retry').click();
        await lesson.part('retry').waitFor({ timeout: patience(15_000) });
        mend();
        await lesson.part('retry').click();
      }
      await lesson.call('step', 2);
      assert.equal((await lesson.state()).step, 2);
      await lesson.part('error').waitFor({ state: 'hidden' });
      assert((await lesson.run((element) => element.ready)).backend);
    });
  }
});

test('each file of the core that fails once', PATIENCE, async (t) => {
  const site = await openSite();
  const { core } = await files(t, PATH);
  const page = await openPage(t, 'blank', { errors: LOUD });
  for (const file of core) {
    await t.test(file, { timeout: patience(60_000) }, async (t) => {
      site.fail(t, file, { status: 500, times: 1 });
      const lesson = await again(page, PATH);
      if ((await readyOrRetry(lesson)) === 'failed') await lesson.part('retry').click();
      await lesson.call('step', 2);
      assert.equal((await lesson.state()).step, 2);
    });
  }
});

for (const file of ['worker.js', 'worker-cpu-relaxed.js', 'worker-cpu-relaxed_bg.wasm']) {
  onCpu(`${file} that hangs once does not hang for ever`, async (t) => {
    (await openSite()).fail(t, file, { hang: true, times: 1 });
    const page = await openPage(t, 'blank', { errors: LOUD });
    await page.addInitScript(HURRY);
    const lesson = await again(page, PATH);
    if ((await readyOrRetry(lesson)) === 'failed') await lesson.part('retry').click();
    await lesson.call('step', 2);
    assert.equal((await lesson.state()).step, 2);
  });
}

onCpu('a browser that cannot have the relaxed module gets the plain one', async (t) => {
  const site = await openSite();
  site.fail(t, 'worker-cpu-relaxed_bg.wasm', { status: 404 });
  const page = await openPage(t, PATH, { errors: LOUD });
  const lesson = new Lesson(page);
  await lesson.call('step', 2);
  assert.equal((await lesson.state()).step, 2);
});

test('each file of the page that fails: the page says so', PATIENCE, async (t) => {
  const site = await openSite();
  const index = 'index.html?lang=en&data=synthetic&backend=cpu';
  const { ofPage } = await files(t, index);
  const page = await openPage(t, 'blank', { errors: [/./] });
  const session = await page.context().newCDPSession(page);
  /** @type {string[]} */
  const uncaught = [];
  page.on('pageerror', (error) => uncaught.push(error.message));
  const scripts = ofPage.filter((path) => path.endsWith('.js'));
  assert(scripts.length >= 5, `scripts: ${scripts}`);
  for (const file of scripts.filter((path) => path !== 'early.js')) {
    await t.test(file, { timeout: 60_000 }, async (t) => {
      site.fail(t, file, { status: 500 });
      await page.goto(site.url(index));
      // It is said after some seconds, by the styles alone: they pass faster here.
      await session.send('Animation.enable');
      await session.send('Animation.setPlaybackRate', { playbackRate: 30 });
      await page
        .locator('[role="alert"]:visible, [role="status"]:has(a):visible')
        .first()
        .waitFor({ timeout: patience(20_000) });
    });
  }
  assert.deepEqual(
    uncaught.filter((message) => !/Failed to fetch dynamically|Importing/i.test(message)),
    [],
  );
});

onCpu('styles and an article that do not come are said to be missing', async (t) => {
  const site = await openSite();
  const index = 'index.html?lang=en&data=synthetic&backend=cpu';
  const { ofPage } = await files(t, index);
  const page = await openPage(t, 'blank', { errors: LOUD });
  const article = ofPage.find((path) => /^sin-cos\.en/.test(path)) ?? '';
  const styles = ofPage.find((path) => path === 'lesson.css') ?? '';
  assert(article && styles);
  for (const file of [article, styles]) {
    const mend = site.fail(t, file, { status: 500 });
    await page.goto(site.url(index));
    await page
      .locator('[role="alert"]:visible, unroll-lesson [part~="error"]:visible')
      .first()
      .waitFor({ timeout: patience(20_000) });
    const lesson = new Lesson(page, 'unroll-lesson[lesson="sin-cos"]');
    await lesson.call('step', 1);
    mend();
  }
});

/** @param {string} before the worker's JavaScript before its own @param {string} query @param {TestContext} t @param {'cpu' | 'webgpu'} browser */
async function openBroken(t, before, query, browser) {
  const site = await openSite();
  site.fail(t, 'worker.js', { rewrite: (source) => HURRY + before + source });
  const page = await openPage(t, 'blank', { backend: browser, errors: [/./] });
  await page.addInitScript(HURRY);
  await page.goto(
    site.url(`embed.html?hide=memory,modes,free,output,tape,gates,cells,code&${query}`),
  );
  return new Lesson(page);
}

const NO_ADAPTER =
  'if (globalThis.GPU) GPU.prototype.requestAdapter = () => new Promise(() => {});';

onCpu('an adapter that never comes is waited for by nobody who does not need it', async (t) => {
  const site = await openSite();
  site.fail(t, 'worker.js', { rewrite: (source) => NO_ADAPTER + source });
  const page = await openPage(t, 'blank', { backend: 'webgpu' });
  for (const query of ['lesson=sin-cos&backend=cpu', 'lesson=sin-cos&backend=auto']) {
    await page.goto(site.url(`embed.html?${query}`));
    const start = performance.now();
    const choice = await new Lesson(page).ready();
    const took = performance.now() - start;
    assert.equal(choice.backend, 'cpu');
    assert(took < 4000, `${query} was ready after ${took} ms`);
  }
});

for (const [what, before] of /** @type {const} */ ([
  ['an adapter', NO_ADAPTER],
  [
    'a device',
    'if (globalThis.GPU) GPUAdapter.prototype.requestDevice = () => new Promise(() => {});',
  ],
])) {
  onCpu(`${what} that never comes: the CPU, and why`, async (t) => {
    const lesson = await openBroken(t, before, 'lesson=sin-cos&backend=webgpu', 'webgpu');
    const choice = await lesson.ready();
    assert.equal(choice.backend, 'cpu');
    assert(['no-adapter', 'start-failed'].includes(choice.reason), choice.reason);
    await lesson.call('step', 2);
    await lesson.call('reset');
    assert.equal((await lesson.state()).step, 0);
  });
}
