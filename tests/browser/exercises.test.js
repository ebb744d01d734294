/** The exercises: every solution is one, what is near it is none, and the page says why. */

import assert from 'node:assert/strict';
import { EXERCISES } from '../../www/exercises/exercises.js';
import { lessonOf, needsMnist, onCpu, openPage, openSite, patience, Lesson } from './harness.js';

/** @import {Page} from 'playwright-core' */

const PAGE = 'index.html?lang=en&backend=cpu';
const LONG = { timeout: patience(240_000) };

/** @param {Page} page @param {string} id */
function row(page, id) {
  const element = page.locator(`#exercise-${id}`);
  return {
    element,
    isSolved: () => element.evaluate((one) => one.classList.contains('solved')),
    /** @param {RegExp} words */
    says: (words) =>
      element.locator('.exercise-progress').getByText(words).waitFor({ state: 'attached' }),
    open: () =>
      element.evaluate((one) => {
        for (const details of [one, ...one.querySelectorAll('details')])
          details.setAttribute('open', '');
      }),
    /** @param {string} name */
    press: (name) => element.getByRole('button', { name, exact: true }).click(),
    /** Until its buttons are done. */
    done: () =>
      element.locator('.tries button[aria-disabled="true"]').waitFor({ state: 'detached' }),
  };
}

/** @param {Page} page */
async function ready(page) {
  await page.locator('#exercise-diverge .exercise-name', { hasText: /./ }).waitFor();
}

/** A page with its exercises. @param {import('node:test').TestContext} t @param {string} [more] */
async function openExercises(t, more = '') {
  const page = await openPage(t, PAGE + more);
  await ready(page);
  return page;
}

/**
 * Opens an exercise, does something else with its lesson, and hears why that does not count.
 *
 * @param {Page} page
 * @param {string} id
 * @param {Record<string, unknown>} options
 * @param {number} steps
 * @param {RegExp} why
 * @param {number} [seed]
 */
async function near(page, id, options, steps, why, seed) {
  const { where } = EXERCISES.find((one) => one.id === id) ?? {};
  const one = row(page, id);
  await one.open();
  await one.press('Go there');
  await one.done();
  const lesson = lessonOf(page, where ?? '');
  await lesson.call('set', options);
  await lesson.call('reset', seed === undefined ? {} : { seed });
  if (steps > 0) await lesson.call('step', steps);
  await one.says(why);
  assert.equal(await one.isSolved(), false, id);
  // What comes next is not for this one.
  await one.element.evaluate((details) => details.removeAttribute('open'));
}

onCpu('there are at least eight, of both lessons, and none is solved by itself', async (t) => {
  const page = await openExercises(t);
  assert(EXERCISES.length >= 8);
  assert.equal(await page.locator('.exercise').count(), EXERCISES.length);
  for (const { id } of EXERCISES) await row(page, id).open();
  assert.equal(await page.locator('.exercise.solved').count(), 0);
  await page.getByText(`0 of ${EXERCISES.length} solved`).waitFor();
});

for (const { id, where } of EXERCISES) {
  onCpu(
    `its solution solves it, and it is said once: ${id}`,
    async (t) => {
      if (where !== 'sin-cos' && !needsMnist(t)) return;
      const page = await openExercises(t);
      await page.evaluate(() => {
        const seen = /** @type {any} */ (window);
        seen.said = [];
        const region = /** @type {Node} */ (document.querySelector('.exercises [role="status"]'));
        new MutationObserver(() => {
          if (region.textContent) seen.said.push(region.textContent);
        }).observe(region, { childList: true, characterData: true, subtree: true });
      });
      const one = row(page, id);
      await one.open();
      await one.press('Do it for me');
      await page.locator(`#exercise-${id}.solved`).waitFor({ state: 'attached' });
      await one.done();
      t.diagnostic((await one.element.locator('.exercise-progress').textContent()) ?? '');
      await page.locator('.guide.solved').waitFor();
      const said = await page.evaluate(() => /** @type {any} */ (window).said);
      assert.equal(said.length, 1, said.join(' '));
      assert.match(said[0], /^Exercise solved: /);
      assert.equal(await page.locator('.exercise.solved').count(), 1);
    },
    LONG,
  );
}

onCpu(
  'what is near a solution of the first lesson is none',
  async (t) => {
    const page = await openExercises(t);
    await near(page, 'diverge', {}, 100, /Learning rate has to be above 0.02/);
    await near(page, 'diverge', { learningRate: 0.00001 }, 100, /has to be above 0.02/);
    await near(
      page,
      'diverge',
      { learningRate: 0.025 },
      100,
      /Not yet: mean loss 0\.0\d+, goal 0.5/,
    );
    await near(page, 'calm', {}, 100, /Not yet: mean loss 0\.\d+, goal 0\.01/);
    await near(
      page,
      'calm',
      { learningRate: 0.005 },
      100,
      /Learning rate has to be 0\.02; it is 0\.005/,
    );
    await near(page, 'calm', { endpoint: 'exclusive' }, 60, /Segment 60 of 100/);
    await near(page, 'calm', {}, 100, /Seed has to be 2; it is 1/, 1);
    await near(page, 'floor', {}, 200, /Not yet: mean loss 0\.1\d*, goal 0\.08/);
    await near(
      page,
      'floor',
      { stateMode: 'carry' },
      200,
      /Hidden state has to be reset each segment/,
    );
    await near(page, 'few', { hiddenSize: 1 }, 300, /Not yet: mean loss 0\.5\d*, goal 0\.01/);
    await near(page, 'few', { hiddenSize: 3 }, 300, /Hidden units: at most 2; it is 3/);
    await near(page, 'swing', {}, 100, /Amplitude 0\.[0-4]\d, goal 0\.50/);
    await near(page, 'swing', { endpoint: 'inclusive' }, 100, /Endpoint has to be excluded/);
    assert.equal(await page.locator('.exercise.solved').count(), 0);
  },
  LONG,
);

onCpu(
  'what is near a solution of the second lesson is none',
  async (t) => {
    if (!needsMnist(t)) return;
    const page = await openExercises(t);
    await near(page, 'parameters', { cell: 'gru' }, 0, /18698 parameters, goal 24714/);
    await near(page, 'parameters', { cell: 'gru', hiddenSize: 75 }, 0, /24385 parameters/);
    await near(page, 'parameters', { cell: 'lstm' }, 0, /Cell has to be GRU; it is LSTM/);
    await near(page, 'level', {}, 100, /Cell is RNN\. Choose another/);
    await near(
      page,
      'level',
      { cell: 'lstm', learningRate: 0.003 },
      50,
      /Learning rate has to be 0\.01/,
    );
    await near(page, 'rnn', {}, 300, /Best accuracy [3-6]\d\.\d%, goal 75\.0%. Step 300 of 600/);
    await near(page, 'rnn', { cell: 'gru' }, 50, /Cell has to be RNN; it is GRU/);
    await near(page, 'batch', {}, 151, /Not yet: 7\d\.\d%, goal 80\.0%/);
    await near(page, 'batch', { learningRate: 0.02 }, 10, /Learning rate has to be 0\.01/);
    await near(page, 'early', {}, 100, /^[^.]*\b\d of 100 right after row 14|1\d of 100 right/);
    assert.equal(await page.locator('.exercise.solved').count(), 0);
  },
  LONG,
);

onCpu('one blank row is one, and it is the right one', async (t) => {
  if (!needsMnist(t)) return;
  const page = await openExercises(t);
  const one = row(page, 'blank');
  await one.open();
  await one.press('Go there');
  await one.says(/No row is blank yet/);
  const reader = new Lesson(page, 'unroll-reader');
  const show = (/** @type {object} */ what) =>
    reader.run((element, what) => element.figure('belief-tape', what), what);
  await show({ erase: [8] });
  await one.says(/Row 8 blank: read as 4/);
  await show({ erase: [7, 8] });
  await one.says(/2 rows are blank/);
  await show({ index: 0, erase: [7] });
  await one.says(/read as 7, not as 4/);
  assert.equal(await one.isSolved(), false);
  // By hand, as a reader does it.
  await show({ index: 376, row: 7, erase: [] });
  await one.says(/No row is blank yet/);
  await reader.part('tape-blank').click();
  await page.locator('#exercise-blank.solved').waitFor({ state: 'attached' });
});

onCpu('what the first screen’s network is asked is not asked of another', async (t) => {
  if (!needsMnist(t)) return;
  const page = await openExercises(t);
  const one = row(page, 'blank');
  await one.open();
  const reader = new Lesson(page, 'unroll-reader');
  await reader.ready();
  await reader.call('step', 1);
  await reader.run((element) => element.figure('belief-tape', { index: 376, erase: [7] }));
  await one.says(/no longer the network that came with the page/);
  await one.press('Go there');
  await one.says(/No row is blank yet/);
  const { step, untrained } = await reader.state();
  assert.deepEqual([step, untrained], [0, false]);
  assert.equal(await one.isSolved(), false);
});

onCpu('a run that was not seen from its first step does not count', async (t) => {
  const page = await openExercises(t);
  const lesson = lessonOf(page, 'sin-cos');
  const one = row(page, 'calm');
  const even = { endpoint: 'exclusive' };
  // Settings that change on the way.
  await one.open();
  await one.press('Go there');
  await one.done();
  await lesson.call('step', 50);
  await lesson.call('set', even);
  await lesson.call('step', 50);
  await one.says(/Endpoint changed on the way/);
  // The weights of a run that is solved, from a file.
  await lesson.run(async (element) => {
    const details = /** @type {HTMLDetailsElement} */ (document.querySelector('#exercise-calm'));
    details.open = false;
    await element.reset({ seed: 2 });
    await element.loadWeights(await element.saveWeights());
    await element.step(100);
  });
  await one.says(/did not see its first step|mean loss/);
  assert.equal(await one.isSolved(), false);
  // A run of the last visit.
  await lesson.call('reset', { seed: 2 });
  await lesson.call('step', 90);
  await page.reload();
  await ready(page);
  const again = row(page, 'calm');
  await lessonOf(page, 'sin-cos').ready();
  await again.open();
  await lessonOf(page, 'sin-cos').call('step', 10);
  await again.says(/did not see its first step/);
  assert.equal(await again.isSolved(), false);
});

onCpu('what was so before somebody was at it does not count', async (t) => {
  const page = await openExercises(t, '&data=synthetic');
  const lesson = lessonOf(page, 'mnist');
  const solution = { cell: 'gru', hiddenSize: 76 };
  await lesson.call('set', solution);
  const one = row(page, 'parameters');
  await one.open();
  await one.says(/like this already/);
  assert.equal(await one.isSolved(), false);
  await one.press('Go there');
  await one.says(/Cell has to be GRU; it is LSTM/);
  await lesson.call('set', solution);
  await page.locator('#exercise-parameters.solved').waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Forget what is solved' }).click();
  await one.element.locator('summary').first().click();
  await one.element.locator('summary').first().click();
  await one.says(/like this already/);
  assert.equal(await one.isSolved(), false);
  await one.press('Do it for me');
  await page.locator('#exercise-parameters.solved').waitFor({ state: 'attached' });
  // Goals were measured on MNIST.
  const read = row(page, 'rnn');
  await read.open();
  await read.press('Go there');
  await read.done();
  await lesson.call('step', 10);
  await read.says(/synthetic/);
});

onCpu('what is solved is remembered, and can be forgotten', async (t) => {
  const page = await openExercises(t);
  const one = row(page, 'diverge');
  await one.open();
  await one.press('Do it for me');
  await page.locator('#exercise-diverge.solved').waitFor({ state: 'attached' });
  await page.reload();
  await ready(page);
  assert.equal(await row(page, 'diverge').isSolved(), true);
  assert.equal(await page.locator('.exercise.solved').count(), 1);
  await page.getByRole('link', { name: '中文' }).click();
  await page.getByText('学习率太大，什么也学不到').first().waitFor();
  await page.getByRole('button', { name: '清除完成记录' }).click();
  assert.equal(await page.locator('.exercise.solved').count(), 0);
  await page.reload();
  await page.getByText('学习率太大，什么也学不到').first().waitFor();
  assert.equal(await page.locator('.exercise.solved').count(), 0);
});

onCpu('on paper every hint and solution is there, and afterwards as before', async (t) => {
  const page = await openExercises(t);
  await page.locator('#exercise-few summary').first().click();
  await page.emulateMedia({ media: 'print' });
  await page.locator('#exercise-early .exercise-more[open]').nth(1).waitFor();
  assert.equal(await page.locator('.exercises details:not([open])').count(), 0);
  assert.equal(await page.locator('.exercises button:visible').count(), 0);
  await page.emulateMedia({ media: 'screen' });
  await page.locator('#exercise-early:not([open])').waitFor();
  assert.equal(await page.locator('.exercises details[open]').count(), 1);
});

onCpu('without storage they can be solved as well', async (t) => {
  const page = await openPage(t, 'about:blank');
  await page.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await page.goto((await openSite()).url(PAGE));
  await ready(page);
  const one = row(page, 'diverge');
  await one.open();
  await one.press('Do it for me');
  await page.locator('#exercise-diverge.solved').waitFor({ state: 'attached' });
});

onCpu('a link leads to an exercise, and a card goes with whoever works on it', async (t) => {
  const page = await openExercises(t, '#exercise-few');
  const one = row(page, 'few');
  await one.element.locator('summary').first().waitFor();
  assert.equal(await one.element.evaluate((details) => /** @type {any} */ (details).open), true);
  await page.waitForFunction(() => {
    const box = document.querySelector('#exercise-few')?.getBoundingClientRect();
    return box && box.top >= 0 && box.top < innerHeight / 2;
  });
  await one.press('Go there');
  await one.done();
  const card = page.locator('.guide');
  await lessonOf(page, 'sin-cos').call('step', 30);
  await card.getByText(/Hidden units: at most 2/).waitFor();
  await card.getByRole('button', { name: 'Back to the exercise' }).click();
  await card.waitFor({ state: 'detached' });
  const focused = await page.evaluate(() => document.activeElement?.parentElement?.id);
  assert.equal(focused, 'exercise-few');
});
