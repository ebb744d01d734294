/** How often a training step on WebGPU starts a kernel: what a GPU waits for most at these sizes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASKING, mnistBeside, openLesson, openSite } from './harness.js';

/** Put before the worker's first line: counts in `unrollDispatches`. */
const COUNT = `
globalThis.unrollDispatches = 0;
for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']) {
  const dispatch = GPUComputePassEncoder.prototype[name];
  GPUComputePassEncoder.prototype[name] = function (...args) {
    globalThis.unrollDispatches += 1;
    return dispatch.apply(this, args);
  };
}
`;

/** @type {Array<['sin-cos' | 'mnist', number]>} */
const MOST = [
  ['sin-cos', 20],
  ['mnist', 16],
];

for (const [lesson, most] of MOST) {
  test(`a step of ${lesson} takes at most ${most} dispatches`, { timeout: 300_000 }, async (t) => {
    const site = await openSite();
    site.fail(t, 'worker.js', { rewrite: (source) => COUNT + source });
    const page = await openLesson(t, {
      lesson,
      backend: 'webgpu',
      data: mnistBeside() ? 'mnist' : 'synthetic',
      // They ask while training goes on, and their kernels are no step's.
      hide: ASKING,
    });
    // The last one: the CPU's worker, which looked for an adapter, may still be closing.
    const worker = page.page.workers().at(-1);
    assert(worker);
    const count = () => worker.evaluate(() => /** @type {any} */ (globalThis).unrollDispatches);
    await page.call('step', 2);
    const before = await count();
    const start = performance.now();
    await page.call('step', 6);
    const took = (performance.now() - start) / 6;
    // Reading the losses back is a few more, once for however many steps.
    const perStep = ((await count()) - before) / 6;
    t.diagnostic(`${perStep.toFixed(1)} dispatches and ${took.toFixed(0)} ms a step`);
    assert(perStep > 0);
    assert(perStep <= most, `${perStep}`);
  });
}
