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

/**
 * The most dispatches of a step, by lesson and cell, of options beside it.
 *
 * @type {Record<'sin-cos' | 'mnist', Array<[Record<string, unknown>, number]>>}
 */
const MOST = {
  // The gather, a pass through time, two of the output layer, three back through time, and the update.
  mnist: [
    [{ cell: 'lstm' }, 8],
    [{ cell: 'rnn' }, 8],
    [{ cell: 'gru' }, 8],
    [{ cell: 'lstm', trainOn: 'every' }, 8],
  ],
  // No gather; the states that are carried on are copied, of the LSTM in more parts.
  'sin-cos': [
    [{ cell: 'rnn' }, 8],
    [{ cell: 'lstm' }, 11],
    [{ cell: 'gru' }, 8],
  ],
};

for (const lesson of /** @type {Array<keyof typeof MOST>} */ (Object.keys(MOST))) {
  test(`a step of ${lesson} takes few dispatches`, { timeout: 300_000 }, async (t) => {
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
    const steps = 6;
    for (const [options, most] of MOST[lesson]) {
      await page.call('set', options);
      await page.call('step', 2);
      const before = await count();
      const start = performance.now();
      await page.call('step', steps);
      const took = (performance.now() - start) / steps;
      const perStep = ((await count()) - before) / steps;
      const of = Object.values(options).join(', ');
      t.diagnostic(`${of}: ${perStep.toFixed(1)} dispatches and ${took.toFixed(0)} ms a step`);
      assert(perStep > 0);
      assert(perStep <= most, `${of}: ${perStep}, not ${most}`);
    }
  });
}
