/** Where a lesson runs, why, and what happens when that changes in the middle of a run. */

import assert from 'node:assert/strict';
import {
  assertClose,
  mnistBeside,
  onCpu,
  openLesson,
  openPage,
  openSite,
  Lesson,
  workersAre,
} from './harness.js';
import { test } from 'node:test';

const data = mnistBeside() ? 'mnist' : 'synthetic';
const PATIENCE = { timeout: 480_000 };

for (const lesson of /** @type {const} */ (['sin-cos', 'mnist'])) {
  test(
    `${lesson}: a run that goes from the CPU to WebGPU and back is the same run`,
    PATIENCE,
    async (t) => {
      const moved = await openLesson(t, {
        lesson,
        backend: 'cpu',
        browser: 'webgpu',
        data,
        seed: 3,
      });
      await moved.call('step', 3);
      await moved.call('set', { backend: 'webgpu' });
      assert.equal((await moved.state()).backend, 'webgpu');
      assert.equal((await moved.state()).step, 3);
      await moved.call('step', 3);
      await moved.call('set', { backend: 'cpu' });
      assert.equal((await moved.state()).backend, 'cpu');
      await moved.call('step', 3);

      const stayed = await openLesson(t, { lesson, backend: 'cpu', data, seed: 3 });
      await stayed.call('step', 9);
      const off = assertClose('losses', await moved.losses(), await stayed.losses(), 1e-3);
      t.diagnostic(`largest difference: ${off.toExponential(1)}`);
    },
  );
}

test('changing the backend while it trains: it goes on training', PATIENCE, async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', browser: 'webgpu' });
  await lesson.part('play').click();
  for (const backend of ['webgpu', 'cpu']) {
    await lesson.until((element) => element.state.step >= 1);
    const { step } = await lesson.state();
    await lesson.part('backend').selectOption(backend);
    await lesson.until((element, backend) => element.state.backend === backend, backend);
    await lesson.until((element, step) => element.state.running && element.state.step > step, step);
  }
  await lesson.part('pause').click();
  await lesson.until((element) => !element.state.running);
  const losses = await lesson.losses();
  assert.equal(losses.length, (await lesson.state()).step, 'one loss for every step');
  assert(losses.every(Number.isFinite));
});

/** Work on the lost device fails before the device says that it is lost. */
const LATE = `{
  const lost = Object.getOwnPropertyDescriptor(GPUDevice.prototype, 'lost').get;
  const late = (info) => new Promise((resolve) => setTimeout(() => resolve(info), 300));
  Object.defineProperty(GPUDevice.prototype, 'lost', { get() { return lost.call(this).then(late); } });
}`;

for (const [how, running, before] of /** @type {const} */ ([
  ['training', true, ''],
  ['training, and it says so late', true, LATE],
  ['paused', false, ''],
])) {
  test(`a lost device: the run goes on on the CPU, ${how}`, PATIENCE, async (t) => {
    (await openSite()).fail(t, 'worker.js', { rewrite: (source) => before + source });
    const lesson = await openLesson(t, {
      lesson: 'sin-cos',
      backend: 'webgpu',
      errors: [/device/i],
    });
    await lesson.call('step', 3);
    if (running) await lesson.call('play');
    const [worker, ...others] = lesson.page.workers();
    assert.equal(others.length, 0, 'the CPU worker is gone');
    const fault = await lesson.next('unroll-error', () =>
      worker.evaluate(() => /** @type {any} */ (globalThis).unrollGpuDevice.destroy()),
    );
    assert.match(fault.message, /device/i);
    await lesson.until((element) => element.state.backend === 'cpu');
    if (running) await lesson.until((element) => element.state.running);
    else assert.equal((await lesson.state()).running, false);
    assert.match(String(await lesson.part('backend-reason').textContent()), /lost/);
    await lesson.part('error').waitFor();
    await lesson.call('pause');
    const { step } = await lesson.state();
    await lesson.call('step', 1);
    assert.equal((await lesson.losses()).length, step + 1);
    assert((await lesson.losses()).every(Number.isFinite));
  });
}

test('a lost device: a run without a step begins on the CPU as it began', PATIENCE, async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'webgpu', errors: [/device/i] });
  await lesson.call('set', { hiddenSize: 20, learningRate: 0.01 });
  await lesson.call('reset', { seed: 7 });
  await lesson.call('step', 2);
  const weights = await lesson.saveWeights();
  await lesson.loadWeights(weights);
  // A turn goes by, in which the run is kept.
  await lesson.call('pause');
  const [worker] = lesson.page.workers();
  await worker.evaluate(() => /** @type {any} */ (globalThis).unrollGpuDevice.destroy());
  await lesson.until((element) => element.state.backend === 'cpu');
  const { seed, step, options } = await lesson.state();
  assert.deepEqual([seed, step, options.hiddenSize, options.learningRate], [7, 0, 20, 0.01]);
  assert.deepEqual(await lesson.saveWeights(), weights);
});

test('auto: the small lesson and a fallback adapter go to the CPU', async (t) => {
  const page = await openPage(t, 'index.html', { backend: 'webgpu' });
  for (const [lesson, reason] of [
    ['sin-cos', 'small-lesson'],
    ['mnist', 'fallback-adapter'],
  ]) {
    const element = new Lesson(page, `unroll-lesson[lesson="${lesson}"]`);
    assert.equal((await element.ready()).backend, 'cpu');
    // Which adapter there is, is asked once the lesson is there.
    await element.until((one, reason) => one.state.choice.reason === reason, reason);
    await element
      .part('backend-reason')
      .filter({ hasText: /^CPU: .+/ })
      .waitFor();
  }
});

test('auto: both are tried where it is not known, the faster one goes on', PATIENCE, async (t) => {
  // The software adapter, taken for a real one: it is slower, and the run stays where it is.
  const real = `if (globalThis.GPUAdapterInfo)
    Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });`;
  (await openSite()).fail(t, 'worker.js', { rewrite: (source) => real + source });
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'auto',
    browser: 'webgpu',
    lands: 'cpu',
    data: 'synthetic',
    hide: 'belief-tape,gates,inside,mistakes',
  });
  await lesson.call('play');
  await lesson.until((element) => element.state.choice.reason === 'measured');
  const { choice, backend } = /** @type {any} */ (await lesson.state());
  assert.equal(backend, 'cpu');
  assert(choice.measured.webgpu > choice.measured.cpu, JSON.stringify(choice.measured));
  await lesson
    .part('backend-reason')
    .filter({ hasText: /measured.*\d ms on the CPU, [\d.]+ ms on WebGPU/ })
    .waitFor();
  // Nothing is left of the trial.
  await workersAre(lesson.page, 1);
  await lesson.call('pause');
  assert.equal((await lesson.losses()).length, (await lesson.state()).step);
});

/** Why WebGPU, asked for, is not to be had: `[reason, browser, worker's JavaScript before all else]`. */
const OBSTACLES = /** @type {const} */ ([
  ['no-adapter', 'cpu', ''],
  ['no-webgpu', 'webgpu', 'Object.defineProperty(navigator, "gpu", { value: undefined });'],
  [
    'missing-feature',
    'webgpu',
    'Object.defineProperty(GPUAdapter.prototype, "features", { get: () => new Set(["subgroups"]) });',
  ],
  [
    'start-failed',
    'webgpu',
    'GPUAdapter.prototype.requestDevice = () => Promise.reject(new TypeError("no device today"));',
  ],
]);

for (const [reason, browser, before] of OBSTACLES) {
  onCpu(`WebGPU asked for, ${reason}: the CPU, and why`, async (t) => {
    const site = await openSite();
    site.fail(t, 'worker.js', { rewrite: (source) => before + source });
    const lesson = await openLesson(t, {
      lesson: 'sin-cos',
      backend: 'webgpu',
      lands: 'cpu',
      browser,
      errors: reason === 'start-failed' ? [/./] : [],
    });
    const choice = await lesson.ready();
    assert.deepEqual([choice.backend, choice.reason], ['cpu', reason]);
    assert.notEqual((await lesson.part('backend-reason').textContent())?.trim(), '');
    await lesson.call('step', 2);
    assert.equal((await lesson.state()).step, 2);
  });
}

onCpu('a WebGPU module that cannot be fetched: the CPU, and why', async (t) => {
  const site = await openSite();
  site.fail(t, 'worker-webgpu_bg.wasm', { status: 404 });
  const how = /** @type {const} */ ({ lesson: 'sin-cos', browser: 'webgpu', errors: [/404/] });
  const lesson = await openLesson(t, { ...how, backend: 'webgpu', lands: 'cpu' });
  const choice = await lesson.ready();
  assert.deepEqual([choice.backend, choice.reason], ['cpu', 'start-failed']);
  await lesson.call('step', 2);

  const other = await openLesson(t, { ...how, backend: 'cpu' });
  await other.call('step', 2);
  const fault = await other.refusal((element) => element.set({ backend: 'webgpu' }));
  assert.match(fault.message, /webgpu|404/i);
  assert.equal((await other.state()).backend, 'cpu');
  await other.call('step', 1);
  assert.equal((await other.losses()).length, 3, 'a change that failed changed nothing');
});

/** An adapter that binds no more than WebGPU promises everywhere. */
const SMALL = `if (globalThis.GPUAdapter) {
  const limits = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'limits').get;
  const most = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 };
  Object.defineProperty(GPUAdapter.prototype, 'limits', {
    get() {
      return new Proxy(limits.call(this), { get: (all, name) => most[name] ?? Reflect.get(all, name) });
    },
  });
}`;

test('what is too large for the adapter is refused, and the run stays', PATIENCE, async (t) => {
  (await openSite()).fail(t, 'worker.js', { rewrite: (source) => SMALL + source });
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'webgpu',
    data: 'synthetic',
    hide: 'tape,gates,cells,mistakes,scan,code',
  });
  await lesson.call('set', { batchSize: 8 });
  await lesson.call('step', 2);
  // Its trace alone is 147 MB.
  const { ok, code, message } = await lesson.outcome(async (element) => {
    await element.set({ hiddenSize: 256, batchSize: 1024 });
    await element.step(1);
  });
  assert.deepEqual([ok, typeof code], [false, 'string'], message);
  assert(!['gpu-error', 'crashed', 'device-lost'].includes(String(code)), `${code}: ${message}`);
  assert.equal((await lesson.state()).backend, 'webgpu');
  await lesson.call('set', { hiddenSize: 16, batchSize: 8 });
  await lesson.call('step', 1);
  assert((await lesson.losses()).every(Number.isFinite));
});

onCpu('the WebGPU module is fetched only where it is used', async (t) => {
  const site = await openSite();
  site.requests.length = 0;
  await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  const asked = site.requests.map(([path]) => path);
  assert(asked.includes('worker-cpu-relaxed_bg.wasm'));
  assert(!asked.some((path) => path.startsWith('worker-webgpu')));
});
