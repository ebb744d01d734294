/** The page as a whole: languages, sizes, several lessons at once. */

import assert from 'node:assert/strict';
import {
  forEachBackend,
  mnistBeside,
  onCpu,
  openLesson,
  openPage,
  openSite,
  Lesson,
} from './harness.js';
import { draw, strokes } from './pen.js';

const data = mnistBeside() ? 'mnist' : 'synthetic';

onCpu('the language switches, stays in the address, and does not disturb a run', async (t) => {
  const page = await openPage(t, 'index.html?lang=en&data=synthetic');
  const lesson = new Lesson(page, 'unroll-lesson[lesson="sin-cos"]');
  await lesson.ready();
  assert.equal(await lesson.part('play').textContent(), 'Play');
  await lesson.call('step', 3);
  await page.getByRole('link', { name: '中文' }).click();
  await page.locator('html[lang="zh"]').waitFor();
  assert.equal(await lesson.part('play').textContent(), '开始');
  assert.equal((await lesson.state()).step, 3);
  assert.match(page.url(), /[?&]lang=zh/);
  await page.reload();
  await page.locator('html[lang="zh"]').waitFor();
  assert.match(await page.title(), /[\u4e00-\u9fff]/);
  await lesson.ready();
  assert.equal(await lesson.part('play').textContent(), '开始');
});

onCpu('what lies on the pad is there in the other language, too', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'synthetic' });
  await draw(lesson, strokes(7, 0));
  await lesson.run((element) => element.setAttribute('lang', 'zh'));
  await lesson.part('prediction').filter({ hasText: /[0-9]/ }).waitFor();
  assert.equal(await lesson.part('undo').isEnabled(), true);
  await lesson.run((element) => element.figure('drawing', { index: 5 }));
  await lesson.part('pad-image').filter({ hasText: /5/ }).waitFor();
  await lesson.run((element) => element.setAttribute('lang', 'en'));
  await lesson
    .part('pad-image')
    .filter({ hasText: /Synthetic test image 5/ })
    .waitFor();
});

onCpu('a refusal is said in the page’s language', async (t) => {
  const page = await openPage(t, 'embed.html?lesson=sin-cos&lang=zh');
  const lesson = new Lesson(page);
  await lesson.ready();
  await page.locator('unroll-lesson details').evaluateAll((all) => {
    for (const details of all) /** @type {HTMLDetailsElement} */ (details).open = true;
  });
  await lesson.part('learningRate').fill('-1');
  await lesson.part('learningRate').press('Enter');
  await page.getByText('“学习率”不能是 -1：应是大于 0、不超过 1 的数。').waitFor();
});

for (const path of [
  'index.html',
  'embed.html?lesson=sin-cos',
  'embed.html?lesson=mnist&data=synthetic',
]) {
  for (const width of [390, 320]) {
    onCpu(`${path} fits ${width} px without scrolling sideways`, async (t) => {
      const page = await openPage(t, path, { context: { viewport: { width, height: 800 } } });
      for (const element of await page.locator('unroll-lesson').all()) {
        const which = await element.getAttribute('lesson');
        const lesson = new Lesson(page, `unroll-lesson[lesson="${which}"]`);
        await lesson.ready();
        await lesson.call('step', 2);
      }
      const wide = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth - clientWidth;
      });
      assert.equal(wide, 0, 'pixels too wide');
    });
  }
}

onCpu('several lessons on one page do not disturb each other', async (t) => {
  const site = await openSite();
  site.fail(t, 'several.html', {
    bytes: Buffer.from(`<!doctype html><html lang="en"><title>several</title>
      <script type="module" src="lesson/unroll-lesson.js"></script>
      <unroll-lesson id="a" lesson="sin-cos" seed="1"></unroll-lesson>
      <unroll-lesson id="b" lesson="sin-cos" seed="2"></unroll-lesson>
      <unroll-lesson id="c" lesson="mnist" data="synthetic"></unroll-lesson>`),
  });
  const page = await openPage(t, 'several.html');
  const [a, b, c] = ['#a', '#b', '#c'].map((id) => new Lesson(page, id));
  for (const lesson of [a, b, c]) {
    await lesson.element.scrollIntoViewIfNeeded();
    await lesson.ready();
  }
  await Promise.all([a.call('step', 5), b.call('step', 3), c.call('step', 2)]);
  assert.deepEqual(
    [(await a.losses()).length, (await b.losses()).length, (await c.losses()).length],
    [5, 3, 2],
  );
  const alone = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', seed: 1 });
  await alone.call('step', 5);
  assert.deepEqual(await a.losses(), await alone.losses(), 'beside others as alone');
  assert.notDeepEqual((await a.losses()).slice(0, 3), await b.losses());
  await page.evaluate(() => document.querySelector('#b')?.remove());
  await a.call('step', 1);
  assert.equal((await a.state()).step, 6, 'taking one away leaves the others');
});

forEachBackend('events bubble out of the lesson, with plain data', async (t, backend) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend });
  const heard = await lesson.run(async (element) => {
    /** @type {any[]} */
    const heard = [];
    document.addEventListener('unroll-metrics', (event) => {
      const { detail, composed, bubbles } = /** @type {CustomEvent} */ (event);
      structuredClone(detail);
      heard.push([composed, bubbles, detail.firstStep, detail.losses.length]);
    });
    await element.step(4);
    return heard;
  });
  assert.equal(
    heard.reduce((sum, [, , , count]) => sum + count, 0),
    4,
  );
  assert(heard.every(([composed, bubbles]) => composed && bubbles));
});

onCpu('the charts show what they are about to those who cannot see them', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data });
  await lesson.call('step', 3);
  await lesson.run((element) => element.evaluate(100).then(() => {}));
  const loss = (await lesson.losses()).at(-1);
  await lesson.page
    .getByRole('img', { name: new RegExp(`3 steps; the last loss is ${String(loss).slice(0, 3)}`) })
    .first()
    .waitFor();
});

onCpu('the tutorial’s log and first ten predictions follow every evaluation', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data });
  const evaluation = await lesson.next('unroll-evaluation', () => lesson.call('step', 50));
  assert.equal(evaluation.images, 2000);
  const lines = lesson
    .part('log')
    .getByText(/Epoch: {2}0 \| train loss: \d+\.\d+ \| test accuracy: \d\.\d\d/);
  await lines.waitFor();
  const { predictions, labels } = await lesson.run(async (element) => {
    const { predictions, labels } = await element.evaluate(10);
    return { predictions: [...predictions], labels: [...labels] };
  });
  const says = await lesson.part('examples').locator('.says').allTextContents();
  assert.deepEqual(
    says.map((text) => Number(text.replace(/\D/g, ''))),
    predictions,
  );
  if (data === 'mnist') assert.deepEqual(labels, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
});
