/**
 * Takes the pictures that `scripts/screenshots` is for.
 *
 * @module
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Site, root } from '../tests/browser/site.js';

const WIDTHS = { desk: 1280, phone: 390 };
/** Steps in the middle of training, and when it is trained. */
const STEPS = { 'sin-cos': { middle: 25, trained: 100 }, mnist: { middle: 250, trained: 938 } };
/** A figure that shows only what it was asked for. @type {Record<string, Array<[string, object]>>} */
const ASKED = {
  'sin-cos': [
    ['state-modes', { view: 'losses' }],
    ['wave', {}],
  ],
  mnist: [
    ['gradient-flow', { steps: 300, at: 300 }],
    ['drawing', { index: 445 }],
    ['gates', { show: 'all', sort: 'peak' }],
    ['inside', { digit: 7, part: 'forget', row: 14, hold: 'never-forget' }],
  ],
};
/** The README's: file, lesson, and the section, or how much of the lesson from its top. @type {Array<[string, 'sin-cos' | 'mnist', string | number]>} */
const README = [
  ['sin-cos.png', 'sin-cos', 'wave'],
  ['mnist.png', 'mnist', 980],
  ['unrolled.png', 'sin-cos', 'unrolled'],
  ['inside.png', 'mnist', 'inside'],
  ['memory.png', 'sin-cos', 'memory'],
  ['gates.png', 'mnist', 'gates'],
];

const folder = process.argv[2] ?? 'screenshots';
mkdirSync(folder, { recursive: true });
const site = await Site.open();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM });

/**
 * A page with both lessons after so many steps, every section of which has been in view.
 *
 * @param {{lang: string, colorScheme: 'light' | 'dark', width: number, when: 'middle' | 'trained'}} how
 */
async function opened({ lang, colorScheme, width, when }) {
  const context = await browser.newContext({
    colorScheme,
    viewport: { width, height: 1200 },
    deviceScaleFactor: 1,
  });
  const page = await context.newPage();
  await page.goto(site.url(`index.html?lang=${lang}&backend=cpu`));
  for (const lesson of /** @type {const} */ (['sin-cos', 'mnist'])) {
    const element = page.locator(`unroll-lesson[lesson="${lesson}"]`);
    await element.evaluate(
      async (/** @type {any} */ element, { steps, asked }) => {
        await customElements.whenDefined('unroll-lesson');
        await element.ready;
        for (const fold of element.shadowRoot.querySelectorAll('.fold [aria-expanded=false]'))
          fold.click();
        await element.step(steps);
        for (const [name, what] of asked) element.figure(name, what);
        const drawn = () =>
          new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        for (const section of element.shadowRoot.querySelectorAll('[data-group]')) {
          section.scrollIntoView();
          await drawn();
        }
        // Whatever the sections asked has been answered when these are.
        for (let k = 0; k < 3; k += 1) {
          await (element.lesson === 'mnist' ? element.rowGradients() : element.gradientReach());
          await drawn();
        }
      },
      { steps: STEPS[lesson][when], asked: (when === 'trained' && ASKED[lesson]) || [] },
    );
    // A comparison has ended when there is nothing left to stop.
    const done =
      lesson === 'mnist'
        ? '[part~="gradient-flow-stop"]:disabled'
        : '[part~="state-modes-compare"]:enabled';
    await element.locator(done).waitFor();
  }
  return page;
}

/**
 * The first screen as one finds it: a digit has been read.
 *
 * @param {{lang: string, colorScheme: 'light' | 'dark', width: number, height: number, path: string}} how
 */
async function firstScreen({ lang, colorScheme, width, height, path }) {
  const context = await browser.newContext({
    colorScheme,
    viewport: { width, height },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(site.url(`index.html?lang=${lang}&backend=cpu`));
  const reader = page.locator('unroll-reader');
  await reader.locator('[part~="tape-decided"]').filter({ hasText: /\d/ }).waitFor();
  // The digits have come too, and nothing is loading any more.
  await reader.locator('[part~="data-source"]').waitFor();
  await page.screenshot({ path });
  await context.close();
}

/** What has changed its size is drawn anew once it is in view. @param {import('playwright-core').Locator} what */
async function redrawn(what) {
  await what.evaluate(async (element) => {
    element.scrollIntoView();
    for (let k = 0; k < 4; k += 1)
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  });
}

for (const lang of ['en', 'zh']) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    for (const [place, width] of Object.entries(WIDTHS)) {
      const path = join(folder, `first-${lang}-${colorScheme}-${place}.png`);
      await firstScreen({ lang, colorScheme, width, height: place === 'desk' ? 900 : 844, path });
      console.log(path);
    }
  }
}
await firstScreen({
  lang: 'en',
  colorScheme: 'light',
  width: WIDTHS.desk,
  height: 830,
  path: join(root, 'www/pictures/first.png'),
});

for (const when of /** @type {const} */ (['middle', 'trained'])) {
  for (const lang of ['en', 'zh']) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      for (const [place, width] of Object.entries(WIDTHS)) {
        const page = await opened({ lang, colorScheme, width, when });
        for (const lesson of /** @type {const} */ (['sin-cos', 'mnist'])) {
          const file = join(folder, `${lesson}-${when}-${lang}-${colorScheme}-${place}.png`);
          await page
            .locator(`article:has(unroll-lesson[lesson="${lesson}"])`)
            .screenshot({ path: file });
          console.log(file);
        }
        if (when === 'trained' && lang === 'en' && colorScheme === 'light' && place === 'desk') {
          // The figures alone, without the article's text and the settings.
          await page.locator('unroll-lesson').evaluateAll((all) => {
            for (const element of all) {
              element.replaceChildren();
              element.setAttribute('hide', 'settings,sample,architecture,weights');
            }
          });
          for (const [file, lesson, what] of README) {
            const path = join(root, 'www/pictures', file);
            const element = page.locator(`unroll-lesson[lesson="${lesson}"]`);
            if (typeof what === 'string') {
              const section = element.locator(`[data-group="${what}"]`);
              await redrawn(section);
              await section.screenshot({ path });
            } else {
              await redrawn(element);
              await page.evaluate(() => scrollTo(0, 0));
              const box = await element.boundingBox();
              if (box)
                await page.screenshot({
                  path,
                  fullPage: true,
                  clip: { x: box.x - 12, y: box.y - 12, width: box.width + 24, height: what },
                });
            }
          }
        }
        await page.context().close();
      }
    }
  }
}
await browser.close();
site.close();
