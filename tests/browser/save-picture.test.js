/** A figure as a file: a PNG of what is painted on canvases, an SVG of what is drawn. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { lessonOf, onCpu, openLesson, openPage } from './harness.js';

/** @import {Page} from 'playwright-core' */
/** @import {Lesson} from './harness.js' */

const PAGE = 'index.html?lang=en&backend=cpu&data=synthetic';
const DESK = { width: 1280, height: 900 };
const LIGHT = {
  paper: [255, 255, 255],
  prediction: [0x1f, 0x66, 0xb5],
  target: [0xc2, 0x2f, 0x27],
};
const DARK = {
  paper: [0x16, 0x18, 0x1c],
  prediction: [0x6c, 0xb0, 0xf5],
  target: [0xff, 0x7a, 0x6b],
};

/**
 * The file that a figure's button gives.
 *
 * @param {Page} page
 * @param {Lesson} lesson
 * @param {string} figure
 */
async function saved(page, lesson, figure) {
  const button = lesson.part(`${figure}-picture`);
  await lesson.part(figure).locator('.figure').hover();
  const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** A picture's size, and how many of its pixels have each of some colours, by rows. @param {Page} page @param {Buffer} bytes @param {Record<string, number[]>} colours */
const looked = (page, bytes, colours) =>
  page.evaluate(
    async ({ base64, colours }) => {
      const response = await fetch(`data:image/png;base64,${base64}`);
      const bitmap = await createImageBitmap(await response.blob());
      const { width, height } = bitmap;
      const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (
        new OffscreenCanvas(width, height).getContext('2d')
      );
      pen.drawImage(bitmap, 0, 0);
      const { data } = pen.getImageData(0, 0, width, height);
      const is = (/** @type {number} */ k, /** @type {number[]} */ colour) =>
        colour.every((channel, c) => data[4 * k + c] === channel);
      const counts = Object.fromEntries(
        Object.entries(colours).map(([name, colour]) => {
          let count = 0;
          for (let k = 0; k < width * height; k += 1) if (is(k, colour)) count += 1;
          return [name, count];
        }),
      );
      /** Rows of pixels in which something stands. @type {number[]} */
      const rows = [];
      for (let y = 0; y < height; y += 1) {
        let isSome = false;
        for (let x = 0; x < width; x += 1) isSome ||= !is(y * width + x, colours.paper);
        if (isSome) rows.push(y);
      }
      const corners = [0, width - 1, width * (height - 1), width * height - 1].every((k) =>
        is(k, colours.paper),
      );
      return { width, height, counts, rows, corners };
    },
    { base64: bytes.toString('base64'), colours },
  );

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  onCpu(`the wave and the loss as a PNG, in the colours of the page, ${colorScheme}`, async (t) => {
    const page = await openPage(t, PAGE, { context: { viewport: DESK, colorScheme } });
    const lesson = lessonOf(page, 'sin-cos');
    await lesson.ready();
    await lesson.call('step', 12);
    await lesson.part('loss-chart').locator('canvas').waitFor();
    const colours = colorScheme === 'light' ? LIGHT : DARK;
    for (const [figure, part] of /** @type {const} */ ([
      ['wave', 'wave-figure'],
      ['loss', 'loss-chart'],
    ])) {
      await lesson.call('figure', figure);
      const { name, bytes } = await saved(page, lesson, figure);
      assert.equal(name, `unroll-${figure}.png`);
      const found = await looked(page, bytes, colours);
      const box = await lesson.part(part).boundingBox();
      assert(box);
      assert.equal(found.width, Math.round(2 * (box.width + 40)), 'two pixels to one');
      assert(found.height > 2 * box.height, 'and words around it');
      assert(found.corners, 'on the ground of the page');
      assert(found.counts.prediction > 2000, `${found.counts.prediction} of the prediction`);
      if (figure === 'wave')
        assert(found.counts.target > 1000, `${found.counts.target} of the target`);
      // The title above all, the credit below all.
      const top = found.rows.filter((y) => y > 40 && y < 80).length;
      const bottom = found.rows.filter(
        (y) => y > found.height - 80 && y < found.height - 36,
      ).length;
      assert(top > 20 && bottom > 12, `${top} rows of a title, ${bottom} of a credit`);
    }
  });

onCpu('a picture is as large as it is on the screen, in large type too', async (t) => {
  const page = await openPage(t, `${PAGE}&large`, { context: { viewport: DESK } });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  await lesson.call('step', 12);
  await lesson.call('figure', 'wave');
  const box = await lesson.part('wave-figure').boundingBox();
  const { bytes } = await saved(page, lesson, 'wave');
  const { width } = await looked(page, bytes, LIGHT);
  assert(box && Math.abs(width - 2 * (box.width + 40)) <= 2, `${width} for ${box?.width}`);
});

onCpu('the gates as a PNG: every map with its name', async (t) => {
  const page = await openPage(t, PAGE, { context: { viewport: DESK, colorScheme: 'light' } });
  const lesson = lessonOf(page, 'mnist');
  await lesson.ready();
  await lesson.call('step', 2);
  await lesson.call('figure', 'gates', { show: 'all' });
  await lesson.part('gates-says').filter({ hasText: /\d/ }).waitFor();
  const { name, bytes } = await saved(page, lesson, 'gates');
  assert.equal(name, 'unroll-gates.png');
  const { rows, height, counts } = await looked(page, bytes, LIGHT);
  // Two rows of maps of 168 pixels, with their names: what is pressed above and below them is not there.
  assert(rows.length > 2 * 336 && height < 2 * 560, `${rows.length} of ${height} rows`);
  assert(counts.prediction + counts.target > 10, 'the ends of the ramp');
});

for (const lang of ['en', 'zh'])
  onCpu(`the loop as an SVG that needs no stylesheet, ${lang}`, async (t) => {
    const page = await openPage(t, PAGE.replace('lang=en', `lang=${lang}`), {
      context: { viewport: DESK, colorScheme: 'dark' },
    });
    const lesson = lessonOf(page, 'sin-cos');
    await lesson.ready();
    await lesson.call('step', 3);
    await lesson.call('figure', 'unrolled');
    await lesson.part('unrolled-says').filter({ hasText: /\d/ }).waitFor();
    const { name, bytes } = await saved(page, lesson, 'unrolled');
    assert.equal(name, 'unroll-unrolled.svg');
    const source = bytes.toString();
    assert.doesNotMatch(source, /class=|var\(|color-mix|color\(|NaN|undefined/);
    const found = await page.evaluate(async (source) => {
      const file = new DOMParser().parseFromString(source, 'image/svg+xml');
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([source], { type: 'image/svg+xml' }));
      await image.decode();
      const pen = new OffscreenCanvas(image.width, image.height).getContext('2d');
      pen?.drawImage(image, 0, 0);
      return {
        wrong: file.querySelector('parsererror')?.textContent ?? null,
        words: [...file.querySelectorAll('text')].map((one) => one.textContent ?? ''),
        title: file.querySelector('title')?.textContent,
        size: [image.width, image.height],
        corner: [...(pen?.getImageData(1, 1, 1, 1).data ?? [])],
      };
    }, source);
    assert.equal(found.wrong, null);
    const heading = await lesson.part('unrolled').locator('h3').textContent();
    assert.equal(found.words[0], heading);
    assert.equal(found.title, heading);
    assert.match(
      found.words.at(-1) ?? '',
      lang === 'en' ? /^Unroll: .*step 3\./ : /^Unroll：.*第 3 步/,
    );
    assert(found.words.includes('RNN') && found.words.includes('[1, 10, 1]'));
    assert(found.size[0] > 600 && found.size[1] > 200, `${found.size}`);
    assert.deepEqual(found.corner.slice(0, 3), DARK.paper, 'on the ground of the page');
  });

onCpu('what is no picture has no such button, and the button is reached by keyboard', async (t) => {
  const page = await openPage(t, PAGE, { context: { viewport: DESK } });
  const lesson = lessonOf(page, 'mnist');
  await lesson.ready();
  const parts = await lesson.run((element) =>
    [...element.shadowRoot.querySelectorAll('.save-picture')].map((one) =>
      one.closest('section').getAttribute('data-group'),
    ),
  );
  assert.deepEqual(parts, [
    'drawing',
    'belief-tape',
    'inside',
    'gates',
    'loss',
    'accuracy',
    'gradient-flow',
  ]);
  const button = lesson.part('belief-tape-picture');
  const opacity = () =>
    button.evaluate((one) => getComputedStyle(/** @type {Element} */ (one.parentElement)).opacity);
  assert.equal(await opacity(), '0');
  await button.focus();
  assert.equal(await opacity(), '1', 'it is seen when it has the focus');
  const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.equal(file.suggestedFilename(), 'unroll-belief-tape.png');
  assert.equal(
    await page
      .getByRole('button', { name: 'Save as a picture: Belief tape' })
      .first()
      .getAttribute('title'),
    'Save as a picture: Belief tape: what it would say after each row',
  );
});

onCpu('of what has nothing to show there is no picture, and it is said', async (t) => {
  const page = await openPage(t, PAGE, { context: { viewport: DESK } });
  const lesson = lessonOf(page, 'mnist');
  await lesson.ready();
  await lesson.call('figure', 'accuracy');
  await lesson.part('accuracy').locator('.figure').hover();
  await lesson.part('accuracy-picture').click();
  await lesson.part('error').getByText('nothing to see in this figure yet').waitFor();
});

onCpu('a picture says whose weights it shows', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    start: 'trained',
    show: 'inside',
  });
  await lesson.part('inside-numbers').filter({ hasText: /\d/ }).waitFor();
  const source = async () => (await saved(lesson.page, lesson, 'inside')).bytes.toString();
  assert.match(await source(), /trained weights that come with the page/);
  await lesson.call('step', 1);
  assert.match(await source(), /seed 1, step 1/);
});
