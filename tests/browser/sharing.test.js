/** Several workers share a batch: the same losses, whoever computes them and whatever becomes of them. */

import assert from 'node:assert/strict';
import { onCpu, openLesson, workersAre } from './harness.js';

/** @import {TestContext} from 'node:test' */
/** @import {Lesson} from './harness.js' */

const HELPER = 'module=helper';

/** @param {Lesson} lesson */
const helpersOf = (lesson) =>
  lesson.page.workers().filter((worker) => worker.url().includes(HELPER));

/** @param {TestContext} t @param {number | 'auto'} workers */
async function openShared(t, workers, errors = /** @type {RegExp[]} */ ([])) {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    hide: 'belief-tape,gates,inside',
    errors,
  });
  await lesson.call('set', { workers });
  return lesson;
}

/**
 * What comes of some steps, and of the evaluation after 50 of them.
 *
 * @param {Lesson} lesson
 * @param {() => Promise<unknown>} [meanwhile]
 */
async function learnt(lesson, meanwhile = async () => {}) {
  const [told] = await Promise.all([
    lesson.run(async (element) => {
      const evaluated = new Promise((resolve) =>
        element.addEventListener(
          'unroll-evaluation',
          (/** @type {CustomEvent} */ { detail }) => resolve(detail),
          { once: true },
        ),
      );
      await element.step(60);
      const { step, accuracy, predictions } = await evaluated;
      return { losses: [...element.losses], step, accuracy, predictions: [...predictions] };
    }),
    meanwhile(),
  ]);
  assert.equal(told.losses.length, 60);
  assert.equal(told.step, 50);
  return told;
}

onCpu('the losses are the same bit for bit, with any number of workers', async (t) => {
  const lesson = await openShared(t, 1);
  const alone = await learnt(lesson);
  assert.equal(helpersOf(lesson).length, 0);
  for (const workers of [2, 3, 8]) {
    await lesson.call('reset');
    await lesson.call('set', { workers });
    assert.deepEqual(await learnt(lesson), alone, `${workers} workers`);
    // A batch of 64 has four parts.
    assert.equal(helpersOf(lesson).length, Math.min(workers, 4) - 1);
  }
  assert((await lesson.state()).workers > 1, 'the last step was shared');
});

onCpu('states that are carried belong to one worker', async (t) => {
  const lesson = await openShared(t, 2);
  // A helper takes a moment to come.
  const shared = () =>
    lesson.run(async (element) => {
      while ((await element.step(1)).workers !== 2);
    });
  await shared();
  const label = /Carry the state/;
  await lesson.page.getByRole('checkbox', { name: label }).check();
  await lesson.until((element) => element.state.options.carryState);
  await lesson.call('step', 3);
  assert.equal((await lesson.state()).workers, 1);
  assert(await lesson.part('workers').isDisabled(), 'nothing comes of it');
  await lesson.call('set', { carryState: false });
  await lesson.call('step', 10);
  await shared();
});

onCpu('helpers that die cost no step, and there are others soon', async (t) => {
  const lesson = await openShared(t, 1, [/a test/]);
  const alone = await learnt(lesson);
  await lesson.call('reset');
  await lesson.call('set', { workers: 3 });
  const found = await learnt(lesson, async () => {
    await lesson.until((element) => element.state.workers === 3);
    const [silent, loud] = helpersOf(lesson);
    assert(silent && loud);
    // One ends without a word, one with an error.
    await silent.evaluate(() => close());
    await loud.evaluate(() => {
      setTimeout(() => {
        throw new Error('a test');
      });
    });
  });
  assert.deepEqual(found, alone);
  await lesson.call('set', { speed: 10 });
  await lesson.call('play');
  await lesson.until((element) => element.state.workers >= 2);
  await lesson.call('pause');
});

onCpu('the number is chosen in the settings, in the middle of training', async (t) => {
  const lesson = await openShared(t, 1);
  // So slow that the end is far away.
  await lesson.call('set', { speed: 10 });
  await lesson.call('play');
  await lesson.part('workers').selectOption('2');
  await lesson.until((element) => element.state.workers === 2 && element.state.running);
  await lesson.part('workers').selectOption('1');
  await lesson.until((element) => element.state.workers === 1 && element.state.running);
  await lesson.call('pause');
});

onCpu('whoever chooses nothing gets what is faster; with the element all end', async (t) => {
  const lesson = await openShared(t, 'auto');
  await lesson.call('step', 20);
  assert.equal(helpersOf(lesson).length, 0, 'a short run calls nobody');
  await lesson.call('play');
  const cores = await lesson.page.evaluate(() => navigator.hardwareConcurrency);
  // Whichever proves to be faster: one helper stays in any case, to evaluate.
  await lesson.until((element) => element.state.step > 200);
  const helpers = helpersOf(lesson).length;
  assert.equal(helpers > 0, cores > 1, `${helpers} helpers on ${cores} cores`);
  const { workers } = await lesson.state();
  await lesson
    .part('workers')
    .locator('option', { hasText: `Auto: ${workers}` })
    .waitFor({
      state: 'attached',
    });
  await lesson.run((element) => element.remove());
  await workersAre(lesson.page, 0);
});
