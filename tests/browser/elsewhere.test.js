/** Lessons in pages of another host: as an element, in an iframe, isolated, sandboxed, under a strict policy. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policy } from '../../scripts/policy.js';
import {
  Lesson,
  QUIET,
  lessonOf,
  needsMnist,
  onCpu,
  openPage,
  openSite,
  train,
} from './harness.js';
import { draw, strokes } from './pen.js';
import { dist } from './site.js';

/** @import {TestContext} from 'node:test' */
/** @import {FrameLocator} from 'playwright-core' */

/** The lesson's host, as another origin than the page's. @param {string} path */
const elsewhere = async (path) => (await openSite()).elsewhere(path);

/**
 * A page of somebody else's.
 *
 * @param {TestContext} t
 * @param {string} html
 * @param {{headers?: Record<string, string>, errors?: RegExp[]}} [how]  `headers`: the page's own
 */
async function openHost(t, html, { headers = {}, errors = [] } = {}) {
  const site = await openSite();
  const source = `<!doctype html><html lang="en"><meta charset="utf-8"><title>host</title><body>${html}`;
  site.fail(t, 'host.html', { bytes: Buffer.from(source), headers });
  return openPage(t, 'host.html', { errors, context: { bypassCSP: false } });
}

/** The element as its README says. @param {string} attributes */
const element = async (attributes) =>
  `<script type="module" src="${await elsewhere('lesson/unroll-lesson.js')}"></script>
   <unroll-lesson ${attributes}></unroll-lesson>`;

/**
 * A host's page with a lesson in an iframe.
 *
 * @param {TestContext} t
 * @param {string} query
 * @param {string} [attributes] of the iframe
 */
async function openFrame(t, query, attributes = '') {
  const address = (await elsewhere(`embed.html?${query}`)).replaceAll('&', '&amp;');
  const page = await openHost(
    t,
    `<iframe ${attributes} src="${address}" width="900" height="900"></iframe>`,
    { errors: attributes ? [/sandboxed/] : [] },
  );
  return { page, frame: page.frameLocator('iframe') };
}

/** Does one step, by a click. @param {FrameLocator} frame */
async function step(frame) {
  await frame.locator('[part~="step"]').click();
  await frame
    .locator('[part~="status"]')
    .filter({ hasText: /Paused/ })
    .waitFor();
}

onCpu('an element from another host trains, reads a drawing and saves its weights', async (t) => {
  const page = await openHost(
    t,
    (await element(`lesson="sin-cos" backend="cpu" hide="${QUIET}"`)) +
      `<unroll-lesson lesson="mnist" backend="cpu" data="synthetic" hide="${QUIET}"></unroll-lesson>`,
  );
  await train(page, 'sin-cos', 'mnist');
  const lesson = lessonOf(page, 'mnist');
  await draw(lesson, strokes(7, 0));
  await lesson.part('prediction').filter({ hasText: /\d/ }).first().waitFor();
  const bytes = await lesson.run(async (one) => (await one.saveWeights()).length);
  assert(bytes > 90_000, `${bytes} bytes`);
});

onCpu('an element from another host finds the digits of that host', async (t) => {
  if (!needsMnist(t)) return;
  const page = await openHost(t, await element('lesson="mnist" backend="cpu"'));
  const lesson = new Lesson(page);
  await lesson.ready();
  const { data } = await lesson.state();
  assert.deepEqual([data?.synthetic, data?.source], [false, 'beside']);
});

onCpu('an element from another host under a strict policy', async (t) => {
  const { origin } = new URL(await elsewhere(''));
  const headers = { 'Content-Security-Policy': policy(origin) };
  const page = await openHost(t, await element('lesson="sin-cos" backend="cpu"'), { headers });
  const lesson = new Lesson(page);
  await lesson.call('step', 3);
  assert.equal((await lesson.losses()).length, 3);
});

onCpu('a policy that does not allow the worker: what it has to allow is said', async (t) => {
  const { origin } = new URL(await elsewhere(''));
  const allowed = policy(origin).replace(
    `${origin} blob:; manifest-src`,
    `${origin}; manifest-src`,
  );
  assert(!allowed.includes('worker-src blob:') && !/worker-src[^;]*blob:/.test(allowed));
  const page = await openHost(t, await element('lesson="sin-cos" backend="cpu"'), {
    headers: { 'Content-Security-Policy': allowed },
    errors: [/Content Security Policy/],
  });
  const lesson = new Lesson(page);
  const fault = await lesson.refusal((one) => one.ready);
  assert.equal(fault.code, 'start-failed');
  await lesson.part('error').filter({ hasText: 'worker-src blob:' }).waitFor();
});

onCpu('an element from another host in a page that is cross-origin isolated', async (t) => {
  const page = await openHost(t, await element('lesson="sin-cos" backend="cpu"'), {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  });
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  const lesson = new Lesson(page);
  await lesson.call('step', 3);
  assert.equal((await lesson.losses()).length, 3);
});

for (const [how, attributes] of [
  ['an iframe of another host', ''],
  ['an iframe that may run scripts and nothing else', 'sandbox="allow-scripts"'],
]) {
  onCpu(`${how} trains and reads a drawing`, async (t) => {
    const query = `lesson=mnist&backend=cpu&data=synthetic&hide=${QUIET}`;
    const { page, frame } = await openFrame(t, query, attributes);
    await step(frame);
    const field = frame.locator('[part~="drawing-pad"]');
    await field.scrollIntoViewIfNeeded();
    const pad = await field.boundingBox();
    assert(pad);
    await page.mouse.move(pad.x + pad.width / 2, pad.y + 40);
    await page.mouse.down();
    await page.mouse.move(pad.x + pad.width / 2, pad.y + pad.height - 40, { steps: 10 });
    await page.mouse.up();
    await frame.locator('[part~="prediction"]').filter({ hasText: /\d/ }).first().waitFor();
  });
}

/** Two threads, until a step was shared. @param {import('playwright-core').Page | FrameLocator} where */
async function share(where) {
  await where.locator('unroll-lesson').evaluate(async (/** @type {any} */ element) => {
    await element.ready;
    await element.set({ workers: 2 });
    await element.play();
    const shared = () => element.state.workers === 2;
    while (!shared() && element.state.step < 2000)
      await new Promise((resolve) =>
        element.addEventListener('unroll-metrics', resolve, { once: true }),
      );
    await element.pause();
    if (!shared()) throw new Error('nobody shared a step');
  });
}

onCpu('threads share a batch: an element from another host, under a strict policy', async (t) => {
  const { origin } = new URL(await elsewhere(''));
  const headers = { 'Content-Security-Policy': policy(origin) };
  const lesson = `lesson="mnist" backend="cpu" data="synthetic" hide="${QUIET}"`;
  await share(await openHost(t, await element(lesson), { headers }));
});

onCpu('threads share a batch: an iframe that may run scripts and nothing else', async (t) => {
  const query = `lesson=mnist&backend=cpu&data=synthetic&hide=${QUIET}`;
  const { frame } = await openFrame(t, query, 'sandbox="allow-scripts"');
  await share(frame);
});

/** What a release's pages declare: their own styles stand in them. */
function ownPolicy() {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  return policy("'self'", /<style>([\s\S]*?)<\/style>/.exec(page)?.[1]);
}

onCpu('a sandboxed iframe whose page declares the policy of a release', async (t) => {
  const site = await openSite();
  const meta = `<head><meta http-equiv="Content-Security-Policy" content="${ownPolicy()}" />`;
  site.fail(t, 'embed.html', { rewrite: (source) => source.replace('<head>', meta) });
  const query = `lesson=sin-cos&backend=cpu&hide=${QUIET}`;
  const { frame } = await openFrame(t, query, 'sandbox="allow-scripts"');
  await step(frame);
});

onCpu('the page itself under the policy that a release declares', async (t) => {
  const site = await openSite();
  site.fail(t, 'index.html', { headers: { 'Content-Security-Policy': ownPolicy() } });
  const page = await openPage(t, 'index.html?lang=en&data=synthetic&backend=cpu', {
    context: { bypassCSP: false },
  });
  await train(page, 'sin-cos', 'mnist');
});

onCpu('the page under a policy that allows no style in it', async (t) => {
  const site = await openSite();
  site.fail(t, 'index.html', { headers: { 'Content-Security-Policy': policy() } });
  const page = await openPage(t, 'index.html?lang=en&data=synthetic&backend=cpu', {
    context: { bypassCSP: false },
    errors: [/Content Security Policy/],
  });
  await page.waitForFunction(() => getComputedStyle(document.body).margin === '0px');
  await train(page, 'sin-cos');
});
