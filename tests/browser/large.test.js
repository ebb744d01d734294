/** For a room with a projector: large type and lines, by a button, an address or an attribute. */

import assert from 'node:assert/strict';
import { Lesson, lessonOf, onCpu, openElements, openPage } from './harness.js';

/** @import {Page} from 'playwright-core' */

const PAGE = 'index.html?backend=cpu&data=synthetic';
const DESK = { width: 1280, height: 900 };
/** How much larger. */
const ZOOM = 1.4;

/** Waits until what was asked of the figures is on the screen. @param {Page} page */
const drawn = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      }),
  );

/**
 * A canvas of a lesson: device pixels to each of the lesson's, by which lines and words are drawn, and to each that is seen.
 *
 * @param {Lesson} lesson
 * @param {string} part
 */
const densities = (lesson, part) =>
  lesson.part(part).evaluate((element) => {
    const canvas = /** @type {HTMLCanvasElement} */ (
      element.matches('canvas') ? element : element.querySelector('canvas')
    );
    return {
      drawn: canvas.width / canvas.clientWidth,
      seen: canvas.width / canvas.getBoundingClientRect().width,
    };
  });

/** How high a part is on the screen. @param {Lesson} lesson @param {string} part */
const heightOf = async (lesson, part) => (await lesson.part(part).boundingBox())?.height ?? 0;

/** @param {number} found @param {number} expected @param {string} what */
function assertNear(found, expected, what) {
  assert(Math.abs(found / expected - 1) < 0.03, `${what}: ${found}, not ${expected}`);
}

/** Where the plot begins within a chart: beside the numbers of its axis. @param {Lesson} lesson @param {string} part */
const axisWidth = (lesson, part) =>
  lesson.part(part).evaluate((element) => {
    const left = (/** @type {string} */ selector) =>
      element.querySelector(selector)?.getBoundingClientRect().left ?? Number.NaN;
    return left('.u-over') - left('.u-wrap');
  });

onCpu(
  'a button makes type, lines and labels larger; it is so after a reload, and can be undone',
  async (t) => {
    const page = await openPage(t, `${PAGE}&lang=en`, { context: { viewport: DESK } });
    const lesson = lessonOf(page, 'sin-cos');
    await lesson.ready();
    await lesson.call('step', 12);
    await lesson.part('loss-chart').scrollIntoViewIfNeeded();
    await lesson.part('loss-chart').locator('canvas').waitFor();
    const before = {
      play: await heightOf(lesson, 'play'),
      axis: await axisWidth(lesson, 'loss-chart'),
    };
    assert.deepEqual(await densities(lesson, 'wave-figure'), { drawn: 1, seen: 1 });

    const button = page.getByRole('button', { name: 'Large type' });
    await button.click();
    await page.locator('.to-large[aria-pressed="true"]').waitFor();
    assert.match(page.url(), /[?&]large/);
    const assertLarge = async () => {
      await lesson.part('loss-chart').scrollIntoViewIfNeeded();
      await lesson.part('loss-chart').locator('canvas').waitFor();
      await drawn(page);
      assertNear(await heightOf(lesson, 'play'), ZOOM * before.play, 'a button');
      assertNear(await axisWidth(lesson, 'loss-chart'), ZOOM * before.axis, 'the axis of a chart');
      const { drawn: wide, seen } = await densities(lesson, 'wave-figure');
      assertNear(wide, ZOOM, 'lines of a canvas');
      assertNear(seen, 1, 'a pixel for each of the screen');
      assertNear((await densities(lesson, 'loss-chart')).seen, 1, 'so in a chart');
    };
    await assertLarge();

    await page.reload();
    await lesson.ready();
    await lesson.call('step', 12);
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    await assertLarge();

    // It is no matter of the language.
    await page.getByRole('link', { name: '中文' }).click();
    await page.locator('html[lang="zh"]').waitFor();
    assert.match(page.url(), /[?&]large/);
    await page.locator('.to-large').click();
    assert.doesNotMatch(page.url(), /large/);
    await lesson.part('wave-figure').scrollIntoViewIfNeeded();
    await drawn(page);
    assertNear(await heightOf(lesson, 'play'), before.play, 'as before');
    assertNear((await densities(lesson, 'wave-figure')).drawn, 1, 'as before');
  },
);

onCpu('what stands in the middle of the window stays there', async (t) => {
  const page = await openPage(t, `${PAGE}&lang=en`, { context: { viewport: DESK } });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  await lesson.call('step', 12);
  await lesson.call('figure', 'memory');
  await lesson
    .part('portrait')
    .evaluate((one) => one.scrollIntoView({ block: 'center', behavior: 'instant' }));
  await page.evaluate(() => document.querySelector('.to-large')?.dispatchEvent(new Event('click')));
  await page.locator('html.large').waitFor();
  const box = await lesson.part('memory').boundingBox();
  assert(
    box && box.y < DESK.height / 2 && box.y + box.height > DESK.height / 2,
    JSON.stringify(box),
  );
});

onCpu('a point of the wave is read where one points, large or not', async (t) => {
  const page = await openPage(t, `${PAGE}&lang=en&large`, { context: { viewport: DESK } });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  await lesson.call('step', 12);
  await lesson.part('wave-figure').scrollIntoViewIfNeeded();
  await drawn(page);
  const box = await lesson.part('wave-figure').boundingBox();
  assert(box);
  // The axis ends at the last of the eight segments: its last point is 8 pixels of the lesson's from the edge.
  await page.mouse.move(box.x + box.width - 8 * ZOOM - 1, box.y + box.height / 2);
  await lesson.part('wave-point').filter({ hasText: 'Segment 12, point 10' }).waitFor();
  await page.mouse.move(box.x + 36 * ZOOM + 1, box.y + box.height / 2);
  await lesson.part('wave-point').filter({ hasText: 'Segment 5, point 1:' }).waitFor();
});

onCpu('the loss is read where one points, large or not', async (t) => {
  const page = await openPage(t, `${PAGE}&lang=en&large`, { context: { viewport: DESK } });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  await lesson.call('step', 12);
  const over = lesson.part('loss-chart').locator('.u-over');
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  assert(box);
  await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2);
  await lesson.part('loss').locator('.number').filter({ hasText: 'step 12:' }).waitFor();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await lesson
    .part('loss')
    .locator('.number')
    .filter({ hasText: /step [67]:/ })
    .waitFor();
});

for (const viewport of [DESK, { width: 1920, height: 1080 }])
  for (const lang of ['en', 'zh'])
    onCpu(
      `large, nothing overflows at ${viewport.width} x ${viewport.height}, ${lang}`,
      async (t) => {
        const page = await openPage(t, `${PAGE}&lang=${lang}&large`, { context: { viewport } });
        for (const name of ['sin-cos', 'mnist']) {
          const lesson = lessonOf(page, name);
          await lesson.ready();
          await lesson.unfold();
          await lesson.call('step', 12);
          await lesson.part('pin-settings').click();
          await drawn(page);
          const side = await page.locator(`unroll-lesson[lesson="${name}"] .side`).boundingBox();
          assert(
            side && side.height < viewport.height,
            'the settings leave room for what they set',
          );
          await lesson.part('pin-settings').click();
        }
        for (const name of ['sin-cos', 'mnist'])
          await lessonOf(page, name).run(async (element) => {
            for (const section of element.shadowRoot.querySelectorAll('[data-group]')) {
              section.scrollIntoView();
              await new Promise(requestAnimationFrame);
              await new Promise(requestAnimationFrame);
            }
          });
        const wide = await page.evaluate(() =>
          [
            document,
            ...[...document.querySelectorAll('unroll-lesson, unroll-reader')].map(
              (one) => one.shadowRoot,
            ),
          ]
            .flatMap((root) => [...(root?.querySelectorAll('*') ?? [])])
            .filter((one) => one.checkVisibility() && !one.closest('pre, .table, .live, .unseen'))
            .filter((one) => {
              const { left, right } = one.getBoundingClientRect();
              const words = one.matches('h3, h4, p, button, label, span') && one.clientWidth > 0;
              return (
                left < -1 ||
                right > innerWidth + 1 ||
                (words && one.scrollWidth > one.clientWidth + 1)
              );
            })
            .map((one) => `${one.tagName} ${one.className} ${one.textContent?.slice(0, 40)}`),
        );
        assert.deepEqual(wide, []);
        const { scroll, client } = await page.evaluate(() => ({
          scroll: document.documentElement.scrollWidth,
          client: document.documentElement.clientWidth,
        }));
        assert(scroll <= client, `${scroll} in ${client}`);
      },
    );

onCpu(
  'a lesson in another page is large by its attribute, and an iframe by its address',
  async (t) => {
    const page = await openElements(
      t,
      '<unroll-lesson lesson="sin-cos" backend="cpu" lang="en"></unroll-lesson>',
      { context: { viewport: DESK } },
    );
    const lesson = new Lesson(page);
    await lesson.ready();
    await lesson.call('step', 12);
    await lesson.part('wave-figure').scrollIntoViewIfNeeded();
    const before = await heightOf(lesson, 'play');
    await lesson.element.evaluate((element) => element.setAttribute('large', ''));
    await drawn(page);
    assertNear(await heightOf(lesson, 'play'), ZOOM * before, 'a button');
    assertNear((await densities(lesson, 'wave-figure')).seen, 1, 'sharp');
    assert.equal((await lesson.state()).step, 12, 'the run goes on');
    await lesson.element.evaluate((element) => element.removeAttribute('large'));
    await drawn(page);
    assertNear(await heightOf(lesson, 'play'), before, 'as before');

    const frame = await openPage(t, 'embed.html?lesson=sin-cos&lang=en&backend=cpu&large', {
      context: { viewport: DESK },
    });
    const framed = new Lesson(frame);
    await framed.ready();
    assertNear(await heightOf(framed, 'play'), ZOOM * before, 'a button in an iframe');
  },
);
