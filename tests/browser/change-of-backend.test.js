/** A change of backend takes everything along, or fails whole. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HURRY, openLesson, openSite, patience, QUIET, safetensors, tensors } from './harness.js';

/** @import {TestContext} from 'node:test' */

const PATIENCE = { timeout: patience(120_000) };

/**
 * A lesson on one of the backends, in a browser that has both.
 *
 * @param {TestContext} t
 * @param {'sin-cos' | 'mnist'} lesson
 * @param {'cpu' | 'webgpu'} backend
 * @param {object} [how]
 */
function open(t, lesson, backend, how = {}) {
  return openLesson(t, {
    lesson,
    backend,
    browser: 'webgpu',
    data: 'synthetic',
    hide: QUIET,
    ...how,
  });
}

test('steps asked for are done on the other backend, and no more', PATIENCE, async (t) => {
  const lesson = await open(t, 'sin-cos', 'webgpu');
  const steps = await lesson.begin('step', 60);
  const change = await lesson.begin('set', { backend: 'cpu' });
  assert((await change.settled(60_000)).ok);
  const outcome = await steps.settled(60_000);
  assert.deepEqual([outcome.ok, outcome.value?.step], [true, 60]);
  const { step, running, backend } = await lesson.state();
  assert.deepEqual([step, running, backend], [60, false, 'cpu']);
  assert.equal((await lesson.losses()).length, 60);
  await lesson.call('step', 1);
  assert.equal((await lesson.state()).step, 61, 'nothing trains on');
});

test('an evaluation, a comparison and the accuracy go along', PATIENCE, async (t) => {
  const lesson = await open(t, 'mnist', 'cpu');
  await lesson.call('set', { batchSize: 8 });
  await lesson.call('step', 50);
  await lesson.until((element) => element.state.accuracy !== null);
  const { accuracy } = await lesson.state();
  await lesson.call('set', { backend: 'webgpu' });
  assert.deepEqual(
    [(await lesson.state()).backend, (await lesson.state()).accuracy],
    ['webgpu', accuracy],
  );

  // Asked of the slow backend, and answered by the other one.
  const [, ...asked] = await Promise.all([
    lesson.begin('step', 4),
    lesson.begin('evaluate', 1000),
    lesson.begin('compare', { variants: [{}, { learningRate: 0.001 }], steps: 20 }),
    lesson.begin('set', { backend: 'cpu' }),
  ]);
  const [evaluated, compared, changed] = await Promise.all(
    asked.map((one) => one.settled(120_000)),
  );
  assert(changed.ok, changed.message);
  assert.deepEqual([evaluated.ok, evaluated.code], [true, undefined], evaluated.message);
  assert.equal(evaluated.value.images, 1000);
  assert.deepEqual([compared.ok, compared.code], [true, undefined], compared.message);
  assert.equal((await lesson.state()).step, 54);
});

/** Why the other backend does not come: `[what, the worker's JavaScript before all else]`. */
const OBSTACLES = /** @type {const} */ ([
  [
    'refuses its device',
    'GPUAdapter.prototype.requestDevice = () => Promise.reject(new TypeError("no device today"));',
  ],
  ['never gives its device', 'GPUAdapter.prototype.requestDevice = () => new Promise(() => {});'],
  [
    'gives its adapter only once',
    `if (location.hash.includes("webgpu")) GPU.prototype.requestAdapter = () => new Promise(() => {});`,
  ],
]);

for (const [what, before] of OBSTACLES) {
  test(`a change to a backend that ${what} changes nothing`, PATIENCE, async (t) => {
    (await openSite()).fail(t, 'worker.js', { rewrite: (source) => HURRY + before + source });
    const lesson = await open(t, 'sin-cos', 'cpu', { errors: [/no device today/] });
    // Not only the worker's long waits are made short, but the page's as well.
    await lesson.page.evaluate(HURRY);
    await lesson.call('set', { speed: 100 });
    await lesson.call('step', 20);
    const before_ = await lesson.state();
    const refused = await lesson.beginning((element) =>
      element.set({ learningRate: 0.5, backend: 'webgpu' }),
    );
    const outcome = await refused.settled(60_000);
    assert.equal(outcome.ok, false);
    assert.equal(typeof outcome.code, 'string');
    assert(String(outcome.message).length < 600, `a message, not a report: ${outcome.message}`);
    assert.doesNotMatch(String(outcome.message), /backtrace/i);
    assert.deepEqual(await lesson.state(), before_, 'nothing changed');

    // The same by hand, while it trains.
    await lesson.call('play');
    await lesson.part('backend').selectOption('webgpu');
    await lesson.part('error').waitFor({ timeout: 60_000 });
    await lesson.page.waitForFunction(
      (select) => /** @type {HTMLSelectElement} */ (select).value === 'cpu',
      await lesson.part('backend').elementHandle(),
    );
    assert(String(await lesson.part('error').textContent()).length < 700);
    assert(await lesson.part('backend').isEnabled());
    const { step } = await lesson.state();
    await lesson.until(
      (element, step) => element.state.step > step || element.state.finished,
      step,
    );
    const reset = await lesson.begin('reset');
    assert((await reset.settled()).ok);
    assert.equal((await lesson.state()).step, 0);
  });
}

test('a run of weights that are no numbers goes along', PATIENCE, async (t) => {
  const lesson = await open(t, 'sin-cos', 'cpu');
  const parts = tensors(await lesson.saveWeights());
  const out = parts['out.weight'];
  const huge = { ...out, bytes: 'ffff7f7f'.repeat(out.bytes.length / 8) };
  await lesson.loadWeights(safetensors({ ...parts, 'out.weight': huge }));
  assert.equal((await (await lesson.begin('step', 5)).settled()).code, 'nan-loss');
  const { step } = await lesson.state();
  const changed = await (await lesson.begin('set', { backend: 'webgpu' })).settled(60_000);
  assert(changed.ok, changed.message);
  const there = await lesson.state();
  assert.deepEqual([there.backend, there.step], ['webgpu', step]);
  assert.equal((await (await lesson.begin('play')).settled()).code, 'nan-loss');
  await lesson.call('reset', { seed: 2 });
  await lesson.call('step', 2);
  assert((await lesson.losses()).every(Number.isFinite));
});
