/** A lesson's state as a link: made, opened in the page, in an embed, in an attribute; and links from anybody. */

import assert from 'node:assert/strict';
import { Lesson, QUIET, lessonOf, onCpu, openElements, openPage, openSite } from './harness.js';
import { draw, strokes } from './pen.js';

const PAGE = 'index.html?lang=en&data=synthetic&backend=cpu';

/** The words of an element's link. @param {Lesson} lesson */
async function wordsOf(lesson) {
  const link = await lesson.run((element) => /** @type {string} */ (element.link));
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/some\/where\/#lesson=/);
  return link.slice(link.indexOf('#') + 1);
}

onCpu('a link shows the lesson as it was: options, seed, figure, drawing', async (t) => {
  const page = await openPage(t, PAGE);
  const lesson = lessonOf(page, 'mnist');
  await lesson.call('reset', { seed: 7 });
  await lesson.call('set', { cell: 'rnn', batchSize: 16, shuffle: false });
  await draw(lesson, strokes(4, 1));
  const words = await wordsOf(lesson);
  const said = new URLSearchParams(words);
  assert.deepEqual(
    ['lesson', 'seed', 'cell', 'batchSize', 'shuffle', 'hiddenSize'].map((name) => said.get(name)),
    ['mnist', '7', 'rnn', '16', 'false', null],
  );
  assert.equal(said.get('figure'), 'drawing', 'what is in view');
  await lesson.part('prediction').filter({ hasText: /\d/ }).first().waitFor();
  const read = await lesson.part('prediction').first().textContent();

  const other = await openPage(t, `${PAGE}#${words}`);
  const shown = lessonOf(other, 'mnist');
  await shown.ready();
  const { options, seed, step } = await shown.state();
  assert.deepEqual(
    [options.cell, options.batchSize, options.shuffle, options.hiddenSize, seed, step],
    ['rnn', 16, false, 64, 7, 0],
  );
  await shown.part('prediction').filter({ hasText: /\d/ }).first().waitFor();
  assert.equal(await shown.part('prediction').first().textContent(), read);
  await other.waitForFunction(
    (figure) => {
      const { top, bottom } = /** @type {Element} */ (figure).getBoundingClientRect();
      return top < innerHeight && bottom > 0;
    },
    await shown.part('drawing-pad').elementHandle(),
  );
  assert.equal(await wordsOf(shown), words, 'the same link again');
});

onCpu('a test image on the pad is part of the link', async (t) => {
  const page = await openPage(t, PAGE);
  const lesson = lessonOf(page, 'mnist');
  await lesson.ready();
  await lesson.run((element) => element.figure('drawing', { index: 12 }).then(() => {}));
  assert.equal(new URLSearchParams(await wordsOf(lesson)).get('digit'), '12');
  const other = await openPage(t, `${PAGE}#lesson=mnist&digit=12`);
  const shown = lessonOf(other, 'mnist');
  await shown.part('pad-image').filter({ hasText: '12' }).waitFor();
});

onCpu('another link in the same page is followed, and nothing trains by it', async (t) => {
  const page = await openPage(t, PAGE);
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.call('step', 3);
  await page.evaluate(() => {
    location.hash = '#lesson=sin-cos&hiddenSize=16&seed=5&figure=memory';
  });
  await lesson.until(
    (element) => element.state.options.hiddenSize === 16 && element.state.seed === 5,
  );
  const { step, running } = await lesson.state();
  assert.deepEqual([step, running], [0, false]);
  // One that no longer says so goes back to the beginning.
  await page.evaluate(() => {
    location.hash = '#lesson=sin-cos&timeStep=8';
  });
  await lesson.until(
    (element) => element.state.options.hiddenSize === 32 && element.state.options.timeStep === 8,
  );
  await lesson.until((element) => element.state.seed === 1);
  // Come back to, it is as it says, whatever was changed meanwhile.
  await lesson.call('set', { timeStep: 5 });
  await page.evaluate(() => {
    location.hash = '#exercises';
    location.hash = '#lesson=sin-cos&timeStep=8';
  });
  await lesson.until((element) => element.state.options.timeStep === 8);
});

onCpu('a link is followed once', async (t) => {
  const page = await openPage(t, 'blank');
  await page.addInitScript(() => {
    const told = /** @type {any} */ (globalThis);
    told.ignored = [];
    addEventListener('unroll-error', (/** @type {any} */ { detail }) =>
      told.ignored.push(detail.code),
    );
  });
  const site = await openSite();
  await page.goto(site.url(`${PAGE}#lesson=mnist&digit=7&nonsense=1`));
  const lesson = lessonOf(page, 'mnist');
  await lesson.ready();
  await lesson.until((element) => element.pad.image?.index === 7);
  const ignored = await page.evaluate(() => /** @type {any} */ (globalThis).ignored);
  assert.deepEqual(ignored, ['link-ignored']);
});

onCpu('what a link cannot say is named, and the lesson is there', async (t) => {
  const hostile = [
    'lesson=mnist',
    'hiddenSize=99999',
    'cell=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E',
    'src=https://evil.invalid/x.js',
    'batchSize=8',
  ].join('&');
  const page = await openPage(t, `${PAGE}#${hostile}`);
  const site = await openSite();
  const lesson = lessonOf(page, 'mnist');
  await lesson.ready();
  const notice = lesson.part('error');
  for (const name of ['hiddenSize=99999', 'cell=<img', 'src=https'])
    await notice.filter({ hasText: name }).waitFor();
  assert.equal(await notice.locator('img').count(), 0);
  const { options } = await lesson.state();
  assert.deepEqual([options.hiddenSize, options.cell, options.batchSize], [64, 'lstm', 8]);
  await lesson.call('step', 1);
  assert(!site.requests.some(([path]) => path.includes('evil')));
});

onCpu(
  'it is named as well where another run begins, and for a figure or a lesson there is not',
  async (t) => {
    const page = await openPage(t, PAGE);
    const lesson = lessonOf(page, 'mnist');
    await lesson.call('set', { cell: 'rnn' });
    const notice = lesson.part('error');
    await page.evaluate(() => {
      location.hash = 'lesson=mnist&hiddenSize=32&foo=1&figure=nothere';
    });
    for (const name of ['foo=1', 'figure=nothere'])
      await notice.filter({ hasText: name }).waitFor();
    const { options } = await lesson.state();
    assert.deepEqual([options.hiddenSize, options.cell], [32, 'lstm']);
    await page.evaluate(() => {
      location.hash = 'lesson=nope&cell=gru';
    });
    await lessonOf(page, 'sin-cos').part('error').filter({ hasText: 'lesson=nope' }).waitFor();
  },
);

onCpu('an embed’s query and the attribute say the same words', async (t) => {
  const page = await openPage(
    t,
    `embed.html?lesson=sin-cos&backend=cpu&hide=${QUIET}&hiddenSize=8&stateMode=reset&nonsense=1`,
  );
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.part('error').filter({ hasText: 'nonsense=1' }).waitFor();
  const { options } = await lesson.state();
  assert.deepEqual([options.hiddenSize, options.stateMode], [8, 'reset']);

  const own = await openElements(
    t,
    `<unroll-lesson lesson="sin-cos" backend="cpu" hide="${QUIET}" options="hiddenSize=8&amp;seed=3"></unroll-lesson>`,
  );
  const element = new Lesson(own);
  await element.ready();
  const begun = await element.state();
  assert.deepEqual([begun.options.hiddenSize, begun.seed], [8, 3]);
  await element.run((one) => one.setAttribute('options', 'timeStep=5'));
  await element.until((one) => one.state.options.timeStep === 5);
  assert.equal((await element.state()).options.hiddenSize, 32);
});

for (const allowed of [true, false]) {
  onCpu(
    `the link is copied, ${allowed ? 'or' : 'and where that is not allowed'} shown`,
    async (t) => {
      const permissions = allowed ? ['clipboard-read', 'clipboard-write'] : [];
      const page = await openPage(t, `embed.html?lesson=sin-cos&backend=cpu&hide=${QUIET}`, {
        context: { permissions },
      });
      const lesson = new Lesson(page);
      await lesson.ready();
      await lesson.call('set', { hiddenSize: 12 });
      if (!allowed)
        await page.evaluate(() => {
          navigator.clipboard.writeText = () => Promise.reject(new DOMException('no'));
        });
      await lesson.part('copy-link').click();
      if (allowed) {
        await lesson.part('copy-link').filter({ hasText: 'Copied' }).waitFor();
        assert.match(
          await page.evaluate(() => navigator.clipboard.readText()),
          /#lesson=sin-cos&hiddenSize=12/,
        );
      } else {
        await lesson.part('link').waitFor();
        assert.match(await lesson.part('link').inputValue(), /#lesson=sin-cos&hiddenSize=12/);
      }
    },
  );
}
