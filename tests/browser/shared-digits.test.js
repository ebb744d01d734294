/** MNIST is fetched and read once for all lessons of a page. */

import assert from 'node:assert/strict';
import { Lesson, needsMnist, onCpu, openElements, serveMnist, smallMnist } from './harness.js';

/** @import {Page} from 'playwright-core' */

const IMAGES = 'train-images-idx3-ubyte';
const LESSON = '<unroll-lesson lesson="mnist" backend="cpu"></unroll-lesson>';

/** @param {Page} page */
const lessons = (page) => [1, 2, 3].map((k) => new Lesson(page, `unroll-lesson:nth-of-type(${k})`));

/** How often the training images are asked for. @param {Page} page */
function requests(page) {
  const found = { count: 0 };
  page.on('request', (request) => {
    if (request.url().includes(IMAGES)) found.count += 1;
  });
  return found;
}

onCpu('three lessons read MNIST once, and train as if each had', async (t) => {
  if (!needsMnist(t)) return;
  const page = await openElements(t, '<p></p>');
  const asked = requests(page);
  await page.evaluate(
    (html) => document.body.insertAdjacentHTML('beforeend', html),
    LESSON.repeat(3),
  );
  const all = lessons(page);
  for (const lesson of all) await lesson.ready();
  assert.equal(asked.count, 1);
  for (const lesson of all) {
    const { data } = await lesson.state();
    assert.deepEqual(
      [data?.source, data?.verified, data?.train, data?.test],
      ['beside', true, 60_000, 10_000],
    );
    await lesson.call('step', 3);
  }
  const [first, ...others] = await Promise.all(all.map((lesson) => lesson.losses()));
  for (const losses of others) assert.deepEqual(losses, first);

  // Those that read them are gone; the last one has them to share.
  await page.evaluate((html) => {
    const [one, two] = document.querySelectorAll('unroll-lesson');
    one?.remove();
    two?.remove();
    document.body.insertAdjacentHTML('beforeend', html);
  }, LESSON);
  await lessons(page)[1]?.ready();
  assert.equal(asked.count, 1);
});

onCpu('a lesson that ends while it reads holds nobody up', async (t) => {
  if (!needsMnist(t)) return;
  const page = await openElements(t, LESSON.repeat(2));
  await page.evaluate(() => document.querySelector('unroll-lesson')?.remove());
  const [left] = lessons(page);
  await left?.ready();
  assert.equal((await left?.state())?.data?.verified, true);
});

onCpu('digits that are not MNIST are not shared', async (t) => {
  await serveMnist(t, smallMnist());
  const page = await openElements(t, '<p></p>');
  const asked = requests(page);
  await page.evaluate(
    (html) => document.body.insertAdjacentHTML('beforeend', html),
    LESSON.repeat(2),
  );
  for (const lesson of lessons(page).slice(0, 2)) {
    await lesson.ready();
    const { data } = await lesson.state();
    assert.deepEqual([data?.verified, data?.train], [false, 192]);
  }
  assert.equal(asked.count, 2);
});
