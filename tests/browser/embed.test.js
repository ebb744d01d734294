/** A lesson in an iframe, driven by postMessage. */

import assert from 'node:assert/strict';
import { onCpu, openPage, openSite } from './harness.js';
import { hostPage } from './host-page.js';

/**
 * A page of somebody else's with a lesson in it; `ask` calls a method of the lesson.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} [query]
 */
async function openHost(t, query = 'lesson=sin-cos') {
  const site = await openSite();
  const source = hostPage(site.elsewhere(`embed.html?${query}`));
  site.fail(t, 'host.html', { bytes: Buffer.from(source) });
  const page = await openPage(t, 'host.html');
  await page.waitForFunction(`messages.some(({ event }) => event === 'unroll-ready')`);
  /** @param {string} method @param {...unknown} parameters @returns {Promise<any>} */
  const ask = (method, ...parameters) =>
    page.evaluate(
      ([method, parameters]) =>
        /** @type {any} */ (globalThis).ask(method, .../** @type {any[]} */ (parameters)),
      /** @type {const} */ ([method, parameters]),
    );
  return { page, ask };
}

onCpu('an iframe speaks the element’s members', async (t) => {
  const { page, ask } = await openHost(t);
  const ready = await ask('ready');
  assert.equal(ready.unroll, 1);
  assert.deepEqual([ready.ok, ready.value.backend], [true, 'cpu']);
  assert.equal((await ask('step', 2)).value.step, 2);
  assert.equal((await ask('state')).value.lesson, 'sin-cos');
  assert.equal(await page.evaluate('ask("losses").then(({ value }) => value.length)'), 2);
  await ask('set', { speed: null });
  await ask('play');
  await page.waitForFunction(
    `messages.some(({ event, detail }) => event === 'unroll-metrics' && detail.step > 2)`,
  );
  await ask('pause');
  assert.equal((await ask('state')).value.running, false);
  await ask('reset', { seed: 4 });
  assert.deepEqual([(await ask('state')).value.step, (await ask('state')).value.seed], [0, 4]);
  await page.waitForFunction(
    `messages.some(({ event, detail }) => event === 'resize' && detail.height > 0)`,
  );
});

onCpu('an iframe answers what it refuses', async (t) => {
  const { ask } = await openHost(t);
  for (const [method, parameters, code] of /** @type {const} */ ([
    ['set', [{ learningRate: -1 }], 'option-value'],
    ['constructor', [], 'bad-request'],
    ['remove', [], 'bad-request'],
    ['loadWeights', [new Uint8Array(3)], 'weights-garbage'],
  ])) {
    const { ok, error } = await ask(method, ...parameters);
    assert.deepEqual([ok, error.code], [false, code], method);
    assert(error.message.length > 0);
  }
});

onCpu('an iframe ignores what does not speak its version', async (t) => {
  const { page, ask } = await openHost(t);
  await page.evaluate(`
    frame.contentWindow.postMessage({ unroll: 2, id: 'other', method: 'step', args: [5] }, '*');
    frame.contentWindow.postMessage('step', '*');
    frame.contentWindow.postMessage(null, '*');
  `);
  assert.equal((await ask('state')).value.step, 0);
  assert.equal(await page.evaluate(`messages.some(({ id }) => id === 'other')`), false);
});

onCpu('hide takes parts away, and gives them back', async (t) => {
  const page = await openPage(t, 'embed.html?lesson=sin-cos&hide=settings,weights,controls');
  const part = (/** @type {string} */ name) =>
    page.locator(`unroll-lesson [part~="${name}"]`).first();
  const hide = (/** @type {string} */ names) =>
    page
      .locator('unroll-lesson')
      .evaluate((lesson, names) => lesson.setAttribute('hide', names), names);
  const hidden = ['play', 'settings', 'save'];
  await part('loss-chart').waitFor();
  for (const name of hidden) assert.equal(await part(name).isVisible(), false, name);
  await hide('');
  for (const name of hidden) await part(name).waitFor();
  await hide('loss,controls');
  await part('loss-chart').waitFor({ state: 'hidden' });
  await part('play').waitFor({ state: 'hidden' });
  for (const name of ['settings', 'save']) assert(await part(name).isVisible(), name);
});

onCpu('an embedder styles parts, and nothing of the lesson leaks out', async (t) => {
  const page = await openPage(t, 'embed.html?lesson=sin-cos');
  await page.locator('unroll-lesson [part~="play"]').waitFor();
  await page.addStyleTag({
    content:
      'unroll-lesson::part(play) { outline: 3px solid rgb(1, 2, 3) } button { color: rgb(9, 9, 9) }',
  });
  const style = await page.locator('unroll-lesson [part~="play"]').evaluate((button) => {
    const { outlineColor, color } = getComputedStyle(button);
    return { outlineColor, color };
  });
  assert.equal(style.outlineColor, 'rgb(1, 2, 3)');
  assert.notEqual(style.color, 'rgb(9, 9, 9)', 'the page’s own rules stay outside');
});
