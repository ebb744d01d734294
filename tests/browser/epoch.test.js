/** One epoch on real MNIST, as a user trains it: press play and wait. SEEDS=5 does it from 5 seeds. */

import assert from 'node:assert/strict';
import { needsMnist, onCpu, openLesson } from './harness.js';

const seeds = Number(process.env.SEEDS ?? 1);

for (let seed = 1; seed <= seeds; seed += 1) {
  onCpu(
    `one epoch from seed ${seed} reads the test digits`,
    async (t) => {
      if (!needsMnist(t)) return;
      const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist', seed });
      const start = performance.now();
      await lesson.part('play').click();
      await lesson.until((element) => element.state.finished);
      const seconds = (performance.now() - start) / 1000;
      const { step, epoch, data } = await lesson.state();
      assert.deepEqual([step, epoch, data?.synthetic], [938, 1, false]);
      assert.equal((await lesson.losses()).length, 938);

      const accuracy = (/** @type {number} */ n) =>
        lesson.run(async (element, n) => {
          const { accuracy, confusion, predictions } = await element.evaluate(n);
          let right = 0;
          for (let digit = 0; digit < 10; digit += 1) right += confusion[11 * digit];
          return { accuracy, right, images: predictions.length };
        }, n);
      const [first, all] = [await accuracy(2000), await accuracy(10_000)];
      t.diagnostic(
        `${seconds.toFixed(1)} s; ${first.accuracy} of 2,000, ${all.accuracy} of 10,000`,
      );
      assert.equal(all.images, 10_000);
      assert.equal(all.right, Math.round(all.accuracy * 10_000));
      assert(first.accuracy >= 0.94, `${first.accuracy} of the first 2,000`);
      assert(all.accuracy >= 0.95, `${all.accuracy} of all 10,000`);
    },
    { timeout: 600_000 },
  );
}
