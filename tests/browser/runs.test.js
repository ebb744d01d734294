/** Kept runs over the run at hand, and the way back to the same initial weights. */

import assert from 'node:assert/strict';
import { forEachBackend, onCpu, openLesson } from './harness.js';

/** @import {Lesson} from './harness.js' */

/** What the list of runs says: names and values. @param {Lesson} lesson @param {number} count */
async function runs(lesson, count) {
  const items = lesson.part('kept-runs').locator('li');
  if (count > 0) await items.nth(count - 1).waitFor();
  await lesson.page.waitForFunction(
    ([list, count]) => /** @type {HTMLElement} */ (list).children.length === count,
    /** @type {const} */ ([await lesson.part('kept-runs').elementHandle(), count]),
  );
  return items.evaluateAll((all) =>
    all.map((item) => [
      item.querySelector('.line-key')?.textContent,
      item.querySelector('.value')?.textContent,
    ]),
  );
}

const three = (/** @type {number} */ value) => String(Number(value.toPrecision(3)));

forEachBackend(
  'runs are kept, named by what differs, and read by one cursor',
  async (t, backend) => {
    const lesson = await openLesson(t, {
      lesson: 'sin-cos',
      backend,
      hide: 'memory,modes,free,output,code',
    });
    await lesson.call('step', 12);
    const first = await lesson.losses();
    await lesson.part('keep-run').click();
    await runs(lesson, 2);

    await lesson.call('set', { learningRate: 0.005 });
    await lesson.call('reset');
    await lesson.call('step', 8);
    const second = await lesson.losses();
    const two = await runs(lesson, 2);
    assert.deepEqual(two, [
      ['this run: Learning rate 0.005', three(second[7])],
      ['Learning rate 0.02', three(first[11])],
    ]);

    // One cursor for all of them, from the keyboard, also where this run has not come yet.
    const chart = lesson.part('loss-chart');
    await chart.focus();
    await chart.press('Home');
    await chart.press('ArrowRight');
    await lesson
      .part('loss')
      .getByText(`step 2: ${three(second[1])}`)
      .waitFor();
    assert.deepEqual(
      (await runs(lesson, 2)).map(([, value]) => value),
      [three(second[1]), three(first[1])],
    );
    await chart.press('End');
    await lesson.part('loss').getByText('step 12: \u2013').waitFor();
    assert.deepEqual(
      (await runs(lesson, 2)).map(([, value]) => value),
      ['\u2013', three(first[11])],
    );
    await chart.evaluate((element) => element.blur());

    assert.deepEqual((await lesson.table('loss')).at(-1), ['\u2013', three(first[11])]);

    // A change on the way is said, another language keeps the runs, and a removed one is gone.
    await lesson.call('set', { learningRate: 0.1 });
    assert.match(String((await runs(lesson, 2))[0][0]), /settings changed on the way/);
    await lesson.run((element) => element.setAttribute('lang', 'zh'));
    await lesson.part('loss').getByText('中途改过设置').first().waitFor();
    await lesson.part('kept-runs').getByRole('button', { name: /移除/ }).click();
    await runs(lesson, 0);
  },
);

onCpu('five runs are kept at most, and the scale can be linear', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'sin-cos',
    backend: 'cpu',
    hide: 'memory,modes,free,output,code',
  });
  for (let seed = 1; seed <= 5; seed += 1) {
    await lesson.call('reset', { seed });
    await lesson.call('step', 3);
    await lesson.run((element) => element.figure('loss', { keep: true }));
  }
  const named = await runs(lesson, 6);
  assert.deepEqual(
    named.map(([name]) => name),
    ['this run: Seed 5', 'Seed 1', 'Seed 2', 'Seed 3', 'Seed 4', 'Seed 5'],
  );
  const keep = lesson.part('keep-run');
  await keep.filter({ hasText: '5 runs are kept' }).waitFor();
  assert(await keep.isDisabled());
  const looks = await lesson
    .part('kept-runs')
    .locator('.swatch')
    .evaluateAll((all) => all.map((one) => getComputedStyle(one).background));
  assert.equal(new Set(looks).size, looks.length, 'every run looks its own');
  const picture = () =>
    lesson
      .part('loss-chart')
      .locator('canvas')
      .evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  const logarithmic = await picture();
  await lesson.part('loss-log').uncheck();
  await lesson.page.waitForFunction(
    ([chart, logarithmic]) =>
      /** @type {HTMLElement} */ (chart).querySelector('canvas')?.toDataURL() !== logarithmic,
    /** @type {const} */ ([await lesson.part('loss-chart').elementHandle(), logarithmic]),
  );
  await lesson.part('kept-runs').getByRole('button', { name: 'Remove: Seed 3' }).click();
  await runs(lesson, 5);
  assert(await keep.isEnabled());
});

onCpu('the loss without memory is that of the points', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'sin-cos',
    backend: 'cpu',
    hide: 'memory,modes,free,output,code',
  });
  await lesson.call('step', 1);
  const squares = () =>
    lesson.run(
      (element) =>
        [...element.segments.at(element.segments.last).targets].reduce(
          (sum, target) => sum + target * target,
          0,
        ) / element.segments.at(element.segments.last).targets.length,
    );
  assert(Math.abs((await squares()) - 0.55) < 1e-6);
  await lesson.part('loss').getByText('lowest loss possible without memory (0.55)').waitFor();
  await lesson.call('set', { endpoint: 'exclusive', timeStep: 7 });
  await lesson.call('step', 1);
  assert(Math.abs((await squares()) - 0.5) < 1e-6);
  await lesson
    .part('loss')
    .getByText('lowest loss possible without memory (0.5)')
    .filter({ hasNotText: '0.55' })
    .waitFor();
  // Two points, the ends of half a period: sin is 0 at both.
  await lesson.call('set', { endpoint: 'inclusive', timeStep: 2 });
  await lesson.call('step', 1);
  assert(Math.abs((await squares()) - 1) < 1e-6);
  await lesson.part('loss').getByText('lowest loss possible without memory (1)').waitFor();
});

forEachBackend(
  'reset goes back to the weights that the run began with, also those of a file',
  async (t, backend) => {
    const lesson = await openLesson(t, {
      lesson: 'sin-cos',
      backend,
      hide: 'memory,modes,free,output,code',
    });
    const train = async () => {
      await lesson.call('step', 5);
      return lesson.losses();
    };
    const ofSeed = await train();
    await lesson.loadWeights(await lesson.saveWeights());
    const ofFile = await train();
    assert.notDeepEqual(ofFile, ofSeed);
    await lesson.part('reset').click();
    await lesson.until((element) => element.state.step === 0);
    assert.deepEqual(await train(), ofFile);
    await lesson.call('reset', { seed: 1 });
    assert.deepEqual(await train(), ofSeed);
    await lesson.call('reset');
    assert.deepEqual(await train(), ofSeed, 'the file is forgotten');
  },
);

onCpu('a single step is a point of the chart, and a tiny loss is still on it', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'sin-cos',
    backend: 'cpu',
    show: 'loss',
    context: { colorScheme: 'light' },
  });
  /** Columns of the chart that have the curve's own colour. */
  const drawn = () =>
    lesson
      .part('loss-chart')
      .locator('canvas')
      .evaluate((element) => {
        const canvas = /** @type {HTMLCanvasElement} */ (element);
        const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        const { width, height } = canvas;
        const { data } = pen.getImageData(0, 0, width, height);
        return (
          Array.from({ length: width }, (_, x) => x).filter((x) =>
            Array.from({ length: height }, (_, y) => 4 * (y * width + x)).some(
              (at) => data[at] === 0x1f && data[at + 1] === 0x66 && data[at + 2] === 0xb5,
            ),
          ).length / width
        );
      });
  const until = async (/** @type {(share: number) => boolean} */ holds) => {
    for (let k = 0; k < 200 && !holds(await drawn()); k += 1)
      await lesson.run(() => new Promise(requestAnimationFrame));
    return drawn();
  };
  await lesson.call('step', 1);
  await lesson.part('loss-chart').locator('canvas').waitFor();
  assert((await until((share) => share > 0)) > 0, 'a point');
  await lesson.call('set', { endpoint: 'exclusive', learningRate: 0.005 });
  await lesson.call('step', 3000);
  assert((await until((share) => share > 0.85)) > 0.85, 'a line from one end to the other');
});
