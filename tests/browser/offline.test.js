/** The page without a network, after one visit; and a new build that comes while a run goes on. */

import assert from 'node:assert/strict';
import { Lesson, lessonOf, mnistBeside, onCpu, openPage, openSite } from './harness.js';
import { draw, strokes } from './pen.js';

const PAGE = 'index.html?lang=en&backend=cpu';
const ALLOWED = /** @type {const} */ ({
  context: { serviceWorkers: 'allow' },
  errors: [/ERR_|Failed to load/],
});

/** @param {import('playwright-core').Page} page */
const lessonsOf = (page) =>
  /** @type {const} */ (['sin-cos', 'mnist']).map((name) => lessonOf(page, name));

/** Waits until the page would be there without a network. @param {import('playwright-core').Page} page */
async function kept(page) {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');
}

onCpu('after one visit to both lessons everything works without a network', async (t) => {
  const site = await openSite();
  t.after(() => {
    site.down = false;
  });
  const page = await openPage(t, PAGE, ALLOWED);
  for (const lesson of lessonsOf(page)) await lesson.ready();
  await kept(page);
  site.down = true;
  await page.reload();
  const [wave, digits] = lessonsOf(page);
  await wave.call('step', 5);
  assert.equal((await wave.losses()).length, 5);
  await digits.call('step', 3);
  const { data } = await digits.state();
  assert.equal(data?.synthetic, !mnistBeside());
  if (mnistBeside()) assert.equal(data?.source, 'cache');
  await draw(digits, strokes(2, 0));
  await digits.part('prediction').filter({ hasText: /\d/ }).first().waitFor();
  // The texts are there as well, and so is the embed.
  await page.getByRole('link', { name: '中文' }).click();
  await page.locator('html[lang="zh"]').waitFor();
  await page.locator('.told:lang(zh)').first().waitFor({ state: 'attached' });
  await page
    .locator('.exercise-name:text("学习率太大，什么也学不到")')
    .waitFor({ state: 'attached' });
  await page.goto(site.url('teachers.html?lang=zh'));
  await page.getByRole('heading', { name: '教师参考' }).waitFor();
  await page.goto(site.url('embed.html?lesson=sin-cos&backend=cpu'));
  await new Lesson(page).call('step', 2);
});

onCpu('a new build waits until the run is over, and the old one stays whole', async (t) => {
  const site = await openSite();
  const page = await openPage(t, `${PAGE}&data=synthetic`, ALLOWED);
  const [lesson] = lessonsOf(page);
  await lesson.call('set', { speed: 5 });
  await lesson.call('play');
  await kept(page);
  // The same files under another name.
  site.fail(t, 'service-worker.js', {
    rewrite: (source) =>
      source.replace(/name: ?"build-|"name":"build-/, '$&next-').replace(/^/, '//\n'),
  });
  const waiting = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    const next = registration.installing ?? registration.waiting;
    await new Promise((resolve) => {
      const look = () => {
        if (!next || next.state === 'installed' || next.state === 'redundant') resolve(null);
      };
      next?.addEventListener('statechange', look);
      look();
    });
    return registration.waiting?.state ?? next?.state ?? 'none';
  });
  // It is of a page that is not there: it keeps nothing, and takes nobody's place.
  assert.equal(waiting, 'redundant');
  const { step } = await lesson.state();
  await lesson.until((element, step) => element.state.step > step, step);
  // What the host has no more is still there for this page.
  await lesson.call('pause');
  for (const file of site.files()) if (/\.zh-/.test(file)) site.fail(t, file, { status: 404 });
  await page.getByRole('link', { name: '中文' }).click();
  await page.locator('.told:lang(zh)').first().waitFor({ state: 'attached' });
});

onCpu('lessons on other pages register nothing', async (t) => {
  const page = await openPage(t, 'embed.html?lesson=sin-cos&backend=cpu', ALLOWED);
  await new Lesson(page).ready();
  assert.equal(
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length),
    0,
  );
});
