/** Whoever reloads the page, comes back to it, turns its language or its type, goes on where they were. */

import { lessonOf, onCpu, openPage } from './harness.js';

/** @import {Page} from 'playwright-core' */

const PAGE = 'index.html?lang=en&backend=cpu&data=synthetic';
/** So far a figure may be from where it was, in CSS pixels: lines break differently. */
const NEAR = 60;

/** Where the middle of a lesson's figure is in the window. @param {Page} page @param {'sin-cos' | 'mnist'} name @param {string} group */
const middleOf = (page, name, group) =>
  page
    .locator(`unroll-lesson[lesson="${name}"] section[data-group="${group}"]`)
    .evaluate((section) => {
      const { top, height } = section.getBoundingClientRect();
      return top + height / 2;
    });

/** With the figure's middle 40 px below the window's. @param {Page} page @param {'sin-cos' | 'mnist'} name @param {string} group */
async function look(page, name, group) {
  await page
    .locator(`unroll-lesson[lesson="${name}"] section[data-group="${group}"]`)
    .evaluate((section) => {
      const { top, height } = section.getBoundingClientRect();
      scrollBy({ top: top + height / 2 - innerHeight / 2 - 40, behavior: 'instant' });
    });
}

/** Waits until it stands there, and stays. @param {Page} page @param {'sin-cos' | 'mnist'} name @param {string} group @param {number} at */
async function staysAt(page, name, group, at) {
  await page.evaluate(() => {
    /** @type {any} */ (window).still = 0;
  });
  await page.waitForFunction(
    ([name, group, at, near]) => {
      const section = document
        .querySelector(`unroll-lesson[lesson="${name}"]`)
        ?.shadowRoot?.querySelector(`section[data-group="${group}"]`);
      const { top, height } = section?.getBoundingClientRect() ?? { top: NaN, height: 0 };
      const known = /** @type {any} */ (window);
      known.still = Math.abs(top + height / 2 - Number(at)) <= Number(near) ? known.still + 1 : 0;
      return known.still >= 30;
    },
    /** @type {const} */ ([name, group, at, NEAR]),
  );
}

const DESK = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };

for (const [where, context, name, group] of /** @type {const} */ ([
  ['desk', DESK, 'mnist', 'accuracy'],
  ['phone', PHONE, 'sin-cos', 'memory'],
])) {
  onCpu(`after a reload and on the way back: ${where}`, async (t) => {
    const page = await openPage(t, PAGE, { context });
    for (const one of /** @type {const} */ (['sin-cos', 'mnist']))
      await lessonOf(page, one).ready();
    await look(page, name, group);
    const at = await middleOf(page, name, group);
    await page.reload();
    await staysAt(page, name, group, at);
    // Whoever scrolls on is not brought back.
    const before = await page.evaluate(() => scrollY);
    await page.mouse.wheel(0, 200);
    await page.waitForFunction((before) => scrollY !== before, before);
    await look(page, name, group);
    await page.goto(new URL('teachers.html', page.url()).href);
    await page.goBack();
    await staysAt(page, name, group, at);
  });
}

onCpu('in another language and in large type', async (t) => {
  const page = await openPage(t, PAGE, { context: DESK });
  for (const one of /** @type {const} */ (['sin-cos', 'mnist'])) await lessonOf(page, one).ready();
  await look(page, 'mnist', 'accuracy');
  for (const [key, turned] of /** @type {const} */ ([
    ['t', () => document.documentElement.lang === 'zh'],
    ['l', () => document.documentElement.classList.contains('large')],
    ['l', () => !document.documentElement.classList.contains('large')],
    ['t', () => document.documentElement.lang === 'en'],
  ])) {
    const at = await middleOf(page, 'mnist', 'accuracy');
    await page.keyboard.press(key);
    await page.waitForFunction(turned);
    await staysAt(page, 'mnist', 'accuracy', at);
  }
});
