/** The page by keyboard: single keys, their list, the link that leaps over the head. */

import assert from 'node:assert/strict';
import { violations } from './axe.js';
import { Lesson, lessonOf, onCpu, openPage } from './harness.js';

/** @import {TestContext} from 'node:test' */
/** @import {Page} from 'playwright-core' */

const PAGE = 'index.html?backend=cpu&data=synthetic';
const DESK = { width: 1280, height: 900 };

/** The page with its first lesson in view. @param {TestContext} t @param {string} [query] */
async function opened(t, query = '&lang=en') {
  const page = await openPage(t, PAGE + query, { context: { viewport: DESK } });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  await lesson.call('figure', 'wave');
  return { page, lesson };
}

/** What has the focus, also within a lesson. @param {Page} page */
const focused = (page) =>
  page.evaluate(() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found?.textContent?.trim() ?? '';
  });

/** @param {Lesson} lesson */
const stepOf = async (lesson) => (await lesson.state()).step;

onCpu('keys play, pause, step and reset the lesson in view', async (t) => {
  const { page, lesson } = await opened(t);
  await lesson.call('set', { speed: 5 });
  await page.keyboard.press('p');
  await lesson.until((element) => element.state.running && element.state.step > 0);
  await page.keyboard.press('p');
  await lesson.until((element) => !element.state.running);
  const before = await stepOf(lesson);
  await lesson.next('unroll-metrics', () => page.keyboard.press('s'));
  assert.equal(await stepOf(lesson), before + 1);
  await page.keyboard.press('r');
  await lesson.until((element) => element.state.step === 0);

  // Another lesson is in view: that one is meant.
  const digits = lessonOf(page, 'mnist');
  await digits.ready();
  await digits.call('figure', 'drawing');
  await digits
    .part('drawing-pad')
    .evaluate((pad) => pad.scrollIntoView({ block: 'center', behavior: 'instant' }));
  await digits.next('unroll-metrics', () => page.keyboard.press('s'));
  assert.deepEqual([await stepOf(digits), await stepOf(lesson)], [1, 0]);
});

onCpu('the key that plays throws no trained weights away', async (t) => {
  const page = await openPage(t, `${PAGE}&lang=en`, { context: { viewport: DESK } });
  const reader = new Lesson(page, 'unroll-reader');
  await reader.ready();
  await reader.part('play').filter({ hasText: 'Forget it all' }).waitFor();
  const before = await reader.state();
  await page.keyboard.press('p');
  const { run, playing, untrained } = await reader.state();
  assert.deepEqual([run, playing, untrained], [before.run, false, false]);
});

onCpu(
  'no key acts while somebody writes, with a modifier, or while a dialog is open',
  async (t) => {
    const { page, lesson } = await opened(t);
    const large = () => page.evaluate(() => document.documentElement.classList.contains('large'));
    await lesson.part('pin-settings').click();
    for (const part of ['seed', 'learningRate', 'speed']) {
      await lesson.part(part).focus();
      await page.keyboard.press('l');
    }
    assert.equal(await large(), false, 'in a field');
    await lesson.part('play').focus();
    for (const modifier of ['Control', 'Alt', 'Meta', 'Shift'])
      await page.keyboard.press(`${modifier}+l`);
    assert.equal(await large(), false, 'with a modifier');
    await lesson.part('embed').click();
    await lesson.part('embed-dialog').waitFor();
    await page.keyboard.press('l');
    assert.equal(await large(), false, 'in a dialog');
    await page.keyboard.press('Escape');
    await lesson.part('embed-dialog').waitFor({ state: 'hidden' });
    // And without any of these it does: on a button too, which letters do not press.
    await lesson.part('play').focus();
    await page.keyboard.press('l');
    assert.equal(await large(), true);
    assert.equal((await lesson.state()).running, false);
  },
);

onCpu('keys turn to the other language and to large type', async (t) => {
  const { page } = await opened(t);
  await page.keyboard.press('t');
  await page.locator('html[lang="zh"]').waitFor();
  assert.match(page.url(), /lang=zh/);
  await page.keyboard.press('t');
  await page.locator('html[lang="en"]').waitFor();
  await page.keyboard.press('l');
  assert.equal(await page.locator('.to-large').getAttribute('aria-pressed'), 'true');
});

onCpu('keys go from section to section, and the focus with them', async (t) => {
  const page = await openPage(t, `${PAGE}&lang=en`, { context: { viewport: DESK } });
  await lessonOf(page, 'sin-cos').call('step', 2);
  await lessonOf(page, 'mnist').call('step', 2);
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  /** @type {string[]} */
  const there = [];
  for (let k = 0; k < 30; k += 1) {
    await page.keyboard.press('n');
    const heading = await focused(page);
    if (heading === there.at(-1)) break;
    there.push(heading);
    const top = await page.evaluate(() => {
      let found = document.activeElement;
      while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
      return found?.getBoundingClientRect().top ?? Number.NaN;
    });
    assert(top >= -1 && top < DESK.height, `${heading} is seen: ${top}`);
  }
  assert.deepEqual(there, [
    'A trained network reads what you draw',
    'Predict cos from sin',
    'The loop, unrolled',
    'Prediction against target',
    'Loss',
    'Memory: one sin, two cos',
    'The state between two segments',
    'Beyond the tutorial: another wave',
    'The output layer: a loop or one product',
    'The code of this run',
    'Read a digit row by row',
    'Draw a digit',
    'Belief tape: what it would say after each row',
    'The cell: one unit at one row',
    'Gate activations, row by row',
    'Loss',
    'Accuracy',
    'RNN against LSTM and GRU',
    'The first ten test images',
    'Log',
    'What it gets wrong',
    'Reading order',
    'The code of this run',
    'Exercises',
    'About',
  ]);
  for (const heading of ['Exercises', 'The code of this run', 'Reading order']) {
    await page.keyboard.press('b');
    assert.equal(await focused(page), heading);
  }
  // Whoever has scrolled goes on from where the window is.
  await lessonOf(page, 'sin-cos')
    .part('memory')
    .evaluate((one) => one.scrollIntoView({ block: 'start', behavior: 'instant' }));
  await page.keyboard.press('n');
  assert.equal(await focused(page), 'The state between two segments');
});

for (const [lang, name] of /** @type {const} */ ([
  ['en', 'Keyboard shortcuts'],
  ['zh', '键盘快捷键'],
]))
  onCpu(
    `the list of keys opens by its key and by its link, and can turn them off, ${lang}`,
    async (t) => {
      const { page } = await opened(t, `&lang=${lang}`);
      const list = page.getByRole('dialog', { name });
      const isLarge = () => page.locator('html.large').count();
      await page.keyboard.press('?');
      await list.waitFor();
      const keys = await list.locator('kbd').allTextContents();
      assert.deepEqual(keys, ['P', 'S', 'R', 'N', 'B', 'L', 'T', '?', '← →', 'Esc']);
      assert((await list.locator('td').allTextContents()).every((words) => words.length > 1));
      assert.deepEqual(await violations(page), []);
      await page.emulateMedia({ colorScheme: 'dark' });
      assert.deepEqual(await violations(page, ['color-contrast']), [], 'dark');
      await page.keyboard.press('Escape');
      await list.waitFor({ state: 'hidden' });

      await page.getByRole('button', { name }).click();
      await list.getByRole('checkbox').uncheck();
      await page.keyboard.press('Escape');
      await list.waitFor({ state: 'hidden' });
      for (const key of ['l', '?']) await page.keyboard.press(key);
      assert.deepEqual([await isLarge(), await list.count()], [0, 0], 'off');
      // This browser remembers it; the link is still there.
      await page.reload();
      const press = page.getByRole('button', { name });
      await press.click();
      assert.equal(await list.getByRole('checkbox').isChecked(), false);
      await list.getByRole('checkbox').check();
      await page.keyboard.press('Escape');
      await list.waitFor({ state: 'hidden' });
      await page.keyboard.press('l');
      assert.equal(await isLarge(), 1, 'on again');
    },
  );

for (const path of [PAGE, 'teachers.html?'])
  for (const [lang, name] of /** @type {const} */ ([
    ['en', 'Skip to the content'],
    ['zh', '跳到正文'],
  ]))
    onCpu(
      `the first thing that Tab reaches leaps over the head: ${path.split('?')[0]}, ${lang}`,
      async (t) => {
        const page = await openPage(t, `${path}&lang=${lang}`, { context: { viewport: DESK } });
        await page.locator(`html[lang="${lang}"]`).waitFor();
        const link = page.getByRole('link', { name });
        const width = async () => (await link.boundingBox())?.width ?? 0;
        assert((await width()) <= 1, 'out of sight');
        await page.keyboard.press('Tab');
        assert.equal(await link.evaluate((one) => one === document.activeElement), true);
        assert((await width()) > 60, 'seen');
        assert.deepEqual(await violations(page, ['color-contrast', 'skip-link', 'region']), []);
        await page.keyboard.press('Enter');
        assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
        await page.keyboard.press('Tab');
        const within = await page.evaluate(() => document.activeElement?.closest('main') !== null);
        assert.equal(within, true, 'what comes next is in the content');
      },
    );

for (const lang of ['en', 'zh'])
  onCpu(`the page says where things are, and where they come from, ${lang}`, async (t) => {
    const page = await openPage(t, `${PAGE}&lang=${lang}`, { context: { viewport: DESK } });
    await page.locator(`html[lang="${lang}"]`).waitFor();
    const targets = await page
      .locator('nav a[href^="#"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')?.slice(1) ?? ''));
    assert.deepEqual(targets, ['sin-cos-title', 'mnist-title', 'exercises', 'about']);
    for (const id of targets) assert.equal(await page.locator(`#${id}`).count(), 1, id);
    const about = (await page.locator('.about').textContent()) ?? '';
    for (const words of [
      'MNIST',
      'Yann LeCun',
      'NIST',
      'MIT',
      'Apache-2.0',
      'CC BY 4.0',
      'MorvanZhou',
    ])
      assert(about.includes(words), words);
    const cite = (await page.locator('.cite').textContent()) ?? '';
    assert(
      cite.includes('The Unroll contributors') && cite.includes(new URL('.', page.url()).href),
      cite,
    );
    const licences = await page.request.get(new URL('LICENSES.txt', page.url()).href);
    assert.match(await licences.text(), /uPlot/);
  });
