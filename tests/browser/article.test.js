/** The texts beside the figures: each claim has a button that sets the lesson to the state that shows it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage } from './harness.js';

/** @import {Page} from 'playwright-core' */

const PATH = 'index.html?lang=en&backend=cpu&data=synthetic';

/** @param {Page} page @param {string} lesson @param {string} label */
function tryButton(page, lesson, label) {
  return page
    .locator(`unroll-lesson[lesson="${lesson}"]`)
    .getByRole('button', { name: label, exact: true });
}

/** @param {Page} page @param {string} lesson */
function state(page, lesson) {
  return page.locator(`unroll-lesson[lesson="${lesson}"]`).evaluate((element) => ({
    .../** @type {any} */ (element).state,
    losses: [.../** @type {any} */ (element).losses],
  }));
}

test('what is there to be watched takes its time, again and again, and can be stopped', {
  timeout: 120_000,
}, async (t) => {
  const page = await openPage(t, PATH);
  const press = tryButton(page, 'sin-cos', 'Train, and watch it close');
  const claim = press.locator('xpath=..').locator('p');
  const lesson = page.locator('unroll-lesson[lesson="sin-cos"]');
  for (let k = 0; k < 2; k += 1) {
    const began = performance.now();
    await press.click();
    await claim.getByText(/^Running/).waitFor();
    await claim.getByText(/two to three times as far apart/).waitFor();
    // A hundred segments, 25 a second.
    assert(performance.now() - began > 3500);
    assert.equal((await state(page, 'sin-cos')).step, 100);
  }
  await press.click();
  await claim.getByText(/^Running/).waitFor();
  await lesson.locator('[part~="pause"]').click();
  await claim.getByText(/[Ss]topped/).waitFor();
  const { step, options } = await state(page, 'sin-cos');
  assert(step < 100);
  assert.equal(options.speed, 20, 'the speed is the reader’s again');
});

test('each lesson ends with what it comes to, in both languages', {
  timeout: 120_000,
}, async (t) => {
  for (const [lang, words] of /** @type {const} */ ([
    ['en', [/nothing but 32 numbers/, /a number between 0 and 1/]],
    ['zh', [/不过是 32 个数/, /0 和 1 之间的一个数/]],
  ])) {
    const page = await openPage(t, PATH.replace('lang=en', `lang=${lang}`));
    for (const [k, lesson] of ['sin-cos', 'mnist'].entries()) {
      const closing = page.locator(`unroll-lesson[lesson="${lesson}"] .closing`);
      assert.match(String(await closing.textContent()), words[k] ?? /-/);
      assert.equal(await closing.evaluate((one) => one.parentElement?.slot), 'code');
    }
  }
});

test('a button trains what its claim is about, and does not train it twice', {
  timeout: 120_000,
}, async (t) => {
  const page = await openPage(t, PATH);
  const press = tryButton(page, 'sin-cos', 'Train a hundred segments');
  const claim = press.locator('xpath=..').locator('p');
  const shown = (/** @type {string} */ text) => claim.getByText(text).waitFor();
  await press.click();
  await page.waitForFunction(
    () => /** @type {any} */ (document.querySelector('unroll-lesson')).state.step === 100,
  );
  await shown('Blue finds red.');
  const first = await state(page, 'sin-cos');
  assert.equal(first.seed, 1);
  assert.equal(first.options.learningRate, 0.02);
  const mean = (/** @type {number[]} */ losses) =>
    losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const ratio = mean(first.losses.slice(-20)) / mean(first.losses.slice(0, 5));
  assert(ratio < 0.3, `blue has found red: ${ratio} of the first loss is left`);

  // Counted from the outside: training says what it did.
  await page.evaluate(() => {
    addEventListener('unroll-metrics', () => document.body.setAttribute('data-trained', ''));
  });
  await press.click();
  await shown('Blue finds red.');
  assert.equal((await state(page, 'sin-cos')).step, 100);
  assert.equal(await page.locator('body[data-trained]').count(), 0, 'the run stood there already');

  await tryButton(page, 'sin-cos', 'Seed 2, evenly spaced').click();
  await page.waitForFunction(() => {
    const { seed, step } = /** @type {any} */ (document.querySelector('unroll-lesson')).state;
    return seed === 2 && step === 100;
  });
  const even = await state(page, 'sin-cos');
  assert.equal(even.options.endpoint, 'exclusive');
  const late = even.losses.slice(-20);
  assert(Math.max(...late) < 0.05, `calm at the end, not ${Math.max(...late)}`);
});

test('the text says why a button could not do what it is for', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t, PATH);
  const press = tryButton(page, 'sin-cos', 'Train a hundred segments');
  await page
    .locator('unroll-lesson')
    .first()
    .evaluate((element) => {
      /** @type {any} */ (element).step = () => Promise.reject(new Error('The device is gone.'));
    });
  await press.click();
  await press.locator('xpath=..').getByText('The device is gone.').waitFor();
  assert.notEqual(await press.getAttribute('aria-disabled'), 'true');
});

test('the texts are there in both languages, in the same places', {
  timeout: 60_000,
}, async (t) => {
  const page = await openPage(t, PATH);
  const told = () =>
    page.locator('unroll-lesson > .told').evaluateAll((all) =>
      all.map((one) => ({
        slot: one.slot,
        title: one.querySelector('h4')?.textContent ?? '',
        tries: one.querySelectorAll('button').length,
        shown: one.getBoundingClientRect().height > 0,
      })),
    );
  await page.locator('unroll-lesson > .told').first().waitFor();
  const english = await told();
  assert(english.length >= 3);
  assert(
    english.every(({ shown }) => shown),
    'every text has its figure',
  );
  await page.getByRole('link', { name: '中文' }).click();
  await page.getByRole('heading', { name: '一次学半个周期' }).waitFor();
  const chinese = await told();
  const places = (/** @type {typeof english} */ all) => all.map(({ slot, tries }) => [slot, tries]);
  assert.deepEqual(places(chinese), places(english));
  assert(chinese.every(({ title }) => /[\u4e00-\u9fff]/.test(title)));
});
