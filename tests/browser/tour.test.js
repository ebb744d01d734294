/** The tour: from stop to stop, left and taken up again, never over what it speaks of. */

import assert from 'node:assert/strict';
import { STOPS } from '../../www/tour/stops.js';
import { lessonOf, onCpu, openPage } from './harness.js';

const COUNT = STOPS.length;
const PAGE = 'index.html?lang=en&backend=cpu&data=synthetic';
const SIZES = /** @type {const} */ ([
  ['desk', { viewport: { width: 1280, height: 900 } }],
  ['phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
]);

for (const [where, context] of SIZES) {
  onCpu(`every stop is in view, below the bar and not below the card: ${where}`, async (t) => {
    const page = await openPage(t, PAGE, { context: { ...context, reducedMotion: 'reduce' } });
    // A lesson that has just begun has more to say in its bar.
    for (const name of ['sin-cos', 'mnist']) await lessonOf(page, name).ready();
    await page.getByRole('button', { name: 'Take the tour' }).click();
    const card = page.locator('.guide');
    for (const [k, stop] of STOPS.entries()) {
      await card.getByText(`${k + 1} of ${STOPS.length}`).waitFor();
      // What is above may still be drawn for the first time.
      await page.waitForFunction((stop) => {
        const lesson = document.querySelector(`unroll-lesson[lesson="${stop.lesson}"]`);
        const found = stop.section
          ? document.querySelector(stop.section)
          : lesson?.shadowRoot?.querySelector(`[data-group="${stop.figure}"] .figure`);
        if (!found) return false;
        const { top } = found.getBoundingClientRect();
        const bar = stop.section
          ? 0
          : (lesson?.shadowRoot?.querySelector('.bar')?.getBoundingClientRect().bottom ?? 0);
        return top >= bar - 1 && top < innerHeight * 0.4;
      }, stop);
      const box = await card.boundingBox();
      assert(box);
      const { width, height } = context.viewport;
      assert(box.height <= height / 4 + 1, `${stop.id}: ${box.height} px high`);
      assert(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height);
      const isCut = await card.evaluate((one) => one.scrollHeight > one.clientHeight + 1);
      assert.equal(isCut, false, `${stop.id}: the card is cut`);
      const over = await page.evaluate((stop) => {
        const lesson = document.querySelector(`unroll-lesson[lesson="${stop.lesson}"]`);
        const figure = lesson?.shadowRoot?.querySelector(`[data-group="${stop.figure}"] .figure`);
        const guide = document.querySelector('.guide')?.getBoundingClientRect();
        const box = figure?.getBoundingClientRect();
        if (!box || !guide) return 0;
        const wide = Math.min(box.right, guide.right) - Math.max(box.left, guide.left);
        const high = Math.min(box.bottom, guide.bottom, innerHeight) - Math.max(box.top, guide.top);
        return wide > 0 && high > 0
          ? (wide * high) / (box.width * Math.min(box.height, innerHeight))
          : 0;
      }, stop);
      t.diagnostic(`${stop.id}: ${Math.round(100 * over)} % of the figure is below the card`);
      if (where === 'desk') assert(over < 0.1, `${stop.id}: ${over}`);
      else assert(over < 0.25, `${stop.id}: ${over}`);
      const last = k === STOPS.length - 1;
      await card.getByRole('button', { name: last ? 'End the tour' : 'Next' }).click();
    }
    await card.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Take the tour' }).waitFor();
  });
}

onCpu('it is left, and taken up again where it was left, also after a reload', async (t) => {
  const page = await openPage(t, PAGE);
  await page.getByRole('button', { name: 'Take the tour' }).focus();
  await page.keyboard.press('Enter');
  const card = page.locator('.guide');
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await card.getByText(`1 of ${COUNT}`).waitFor();
  assert.equal(await focused(), 'Next');
  for (const stop of [2, 3, 4]) {
    await page.keyboard.press('Enter');
    await card.getByText(`${stop} of ${COUNT}`).waitFor();
  }
  await card.getByRole('button', { name: 'Back' }).click();
  await card.getByText(`3 of ${COUNT}`).waitFor();
  await page.keyboard.press('Escape');
  await card.waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Tour: stop 3');
  await page.reload();
  await page.getByRole('button', { name: 'Tour: stop 3' }).click();
  await card.getByText(`3 of ${COUNT}`).waitFor();
  // Whoever reads on is left alone.
  await page.locator('h1').click();
  await page.mouse.wheel(0, 3000);
  await page.waitForFunction(() => scrollY > 1000);
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  await page.getByRole('link', { name: '中文' }).evaluate((link) => {
    /** @type {HTMLElement} */ (link).click();
  });
  await card.getByText(`3 / ${COUNT}`).waitFor();
  await card.getByRole('button', { name: '离开导览' }).click();
  await page.getByRole('button', { name: '导览：第 3 站' }).waitFor();
});

onCpu('a card takes the place of another', async (t) => {
  const page = await openPage(t, PAGE);
  await page.getByRole('button', { name: 'Take the tour' }).click();
  await page.locator('.guide').getByText(`1 of ${COUNT}`).waitFor();
  const row = page.locator('#exercise-diverge');
  await row.locator('summary').first().click();
  await row.getByRole('button', { name: 'Go there', exact: true }).click();
  await page.locator('.guide').getByText('Back to the exercise').waitFor();
  assert.equal(await page.locator('.guide').count(), 1);
});
