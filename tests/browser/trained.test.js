/** A lesson that starts with weights that come with the page: the page's first screen, and `start="trained"`. */

import assert from 'node:assert/strict';
import {
  Lesson,
  crash,
  needsMnist,
  onCpu,
  openElements,
  openPage,
  serveMnist,
  smallMnist,
  workersAre,
} from './harness.js';
import { draw, hands, strokes } from './pen.js';

/** @import {Page} from 'playwright-core' */

const TRAINED = '<unroll-lesson lesson="mnist" start="trained" backend="cpu"></unroll-lesson>';

/** The first screen's. @param {Page} page */
const readerOf = (page) => new Lesson(page, 'unroll-reader');

/** The digit that a lesson says it reads, once it says one. @param {Lesson} lesson */
async function read(lesson) {
  const prediction = lesson.part('prediction').filter({ hasText: /\d/ });
  await prediction.waitFor();
  return Number(await prediction.textContent());
}

for (const [width, height] of /** @type {const} */ ([
  [1280, 900],
  [390, 844],
])) {
  onCpu(`at ${width} px a digit is read on the first screen, without a click`, async (t) => {
    await serveMnist(t, smallMnist());
    const page = await openPage(t, 'index.html?lang=en&backend=cpu', {
      context: { viewport: { width, height } },
    });
    const reader = readerOf(page);
    assert.equal(await read(reader), 3);
    await reader
      .part('status')
      .getByText(/Trained weights .* 9\d(\.\d)?%/)
      .waitFor();
    assert.equal(await page.evaluate(() => scrollY), 0);
    for (const part of ['drawing-pad', 'prediction', 'tape-figure']) {
      const box = await reader.part(part).boundingBox();
      assert(box && box.y > 0 && box.y + box.height <= height, `${part}: ${JSON.stringify(box)}`);
    }
    assert.equal(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      true,
    );
    // What is drawn is read too, and no step was done for it.
    await reader.part('clear').click();
    await draw(reader, strokes(4, 0));
    await reader.part('prediction').filter({ hasText: '4' }).waitFor();
    assert.equal((await reader.state()).step, 0);
  });
}

onCpu('nine of ten drawings are read, before anybody trains', async (t) => {
  await serveMnist(t, smallMnist());
  const lesson = new Lesson(await openElements(t, TRAINED));
  const misread = [];
  for (let digit = 0; digit < 10; digit += 1) {
    for (let hand = 0; hand < hands; hand += 1) {
      const { digit: found } = await lesson.run(
        async (element, drawing) => {
          const { digit } = await element.classifyDrawing(drawing);
          return { digit };
        },
        strokes(digit, hand),
      );
      if (found !== digit) misread.push(`hand ${hand}: ${digit} read as ${found}`);
    }
  }
  t.diagnostic(`misread: ${misread.join('; ') || 'none'}`);
  assert(misread.length <= hands, misread.join('; '));
});

onCpu('the weights read as many test digits as is said of them', async (t) => {
  if (!needsMnist(t)) return;
  const page = await openElements(t, TRAINED);
  const lesson = new Lesson(page);
  const { accuracy } = await lesson.call('evaluate', 10_000);
  assert(accuracy > 0.975, String(accuracy));
  const said = new RegExp(`right on ${(100 * accuracy).toFixed(1)}% of`);
  await lesson.part('status').getByText(said).waitFor();
});

onCpu('the line goes over a digit from its first row to its last, and then rests', async (t) => {
  const page = await openElements(t, TRAINED, { context: { reducedMotion: 'no-preference' } });
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.part('tape-figure').scrollIntoViewIfNeeded();
  const growing = lesson.run(async (element) => {
    const canvas = /** @type {HTMLCanvasElement} */ (
      element.shadowRoot?.querySelector('[part~="tape-figure"]')
    );
    /** How much of the tape, right of the digit, is written. */
    const written = () => {
      const { width, height } = canvas;
      const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const left = Math.round(width * 0.6);
      const { data } = pen.getImageData(left, 0, width - left, height);
      let sum = 0;
      for (let k = 3; k < data.length; k += 4) sum += Number(data[k]);
      return sum;
    };
    /** @type {number[]} */
    const seen = [];
    // It starts where it was, begins anew with less, and grows until it rests for half a second.
    for (let rested = 0; rested < 30 || seen.length < 8; ) {
      await new Promise((drawn) => requestAnimationFrame(drawn));
      const now = written();
      rested = now === seen.at(-1) ? rested + 1 : 0;
      if (now !== seen.at(-1)) seen.push(now);
    }
    return seen;
  });
  await lesson.call(
    'draw',
    strokes(5, 0).map((stroke) => stroke.map(([x, y]) => [280 * x, 280 * y])),
  );
  const seen = await growing;
  const least = seen.indexOf(Math.min(...seen));
  t.diagnostic(`${seen.length - least} pictures`);
  assert(seen.length - least > 8, String(seen));
  const half = Number(seen[least]) + (Number(seen.at(-1)) - Number(seen[least])) / 2;
  assert(seen.slice(least).some((one) => one < half) && Number(seen.at(-1)) > half, String(seen));
});

onCpu('who trains begins from nothing', async (t) => {
  await serveMnist(t, smallMnist());
  const lesson = new Lesson(await openElements(t, TRAINED));
  await lesson.ready();
  const { options, untrained } = await lesson.state();
  assert.deepEqual([options.trainOn, untrained], ['every', false]);
  await lesson.part('play').filter({ hasText: 'Forget it all' }).click();
  await lesson.until((element) => element.state.step > 0);
  await lesson.call('pause');
  const [loss] = await lesson.losses();
  // That of ten digits, none more likely than the others.
  assert(Math.abs(Number(loss) - Math.log(10)) < 0.2, `loss ${loss}`);
  await lesson
    .part('play')
    .filter({ hasText: /^Play$/ })
    .waitFor();
});

onCpu('who resets, and then trains, begins from nothing as well', async (t) => {
  await serveMnist(t, smallMnist());
  const lesson = new Lesson(await openElements(t, TRAINED));
  await lesson.ready();
  await lesson.call('reset');
  await lesson.part('play').filter({ hasText: 'Forget it all' }).waitFor();
  await lesson.call('step', 1);
  const [loss] = await lesson.losses();
  assert(Math.abs(Number(loss) - Math.log(10)) < 0.2, `loss ${loss}`);
});

onCpu('whoever saves data loads the digits only to train', async (t) => {
  await serveMnist(t, smallMnist());
  const saves =
    '<script>Object.defineProperty(navigator, "connection", { value: { saveData: true } })</script>';
  const pad = TRAINED.replace('start=', 'show="drawing" start=');
  const lesson = new Lesson(await openElements(t, `${saves}${pad}`));
  await draw(lesson, strokes(2, 0));
  await lesson.part('prediction').filter({ hasText: '2' }).waitFor();
  assert.equal((await lesson.state()).data, null);
  await lesson.call('step', 2);
  assert.equal((await lesson.state()).data?.train, 192);
});

onCpu('a worker that crashes is followed by one with the same weights', async (t) => {
  await serveMnist(t, smallMnist());
  const page = await openElements(t, TRAINED, { errors: [/boom/] });
  const lesson = new Lesson(page);
  await lesson.ready();
  const before = await lesson.saveWeights();
  await lesson.next('unroll-error', () => crash(page.workers()[0]));
  assert(before.equals(await lesson.saveWeights()));
  assert.equal((await lesson.state()).step, 0);
  await lesson.part('play').filter({ hasText: 'Forget it all' }).waitFor();
  await workersAre(page, 1);
});

onCpu('a lesson that has no trained weights says so, and weights that do not fit', async (t) => {
  const page = await openElements(
    t,
    '<unroll-lesson lesson="sin-cos" start="trained"></unroll-lesson>',
    { errors: [/./] },
  );
  const lesson = new Lesson(page);
  const refused = await lesson.outcome((element) => element.ready);
  assert.deepEqual([refused.ok, refused.code], [false, 'option-value']);
  assert.match(String(refused.message), /start .*trained.*fresh/);
  await lesson.run((element) => element.setAttribute('start', 'fresh'));
  await lesson.call('step', 1);

  const other = new Lesson(
    await openElements(
      t,
      '<unroll-lesson lesson="mnist" start="trained" backend="cpu" options="hiddenSize=32"></unroll-lesson>',
      { errors: [/./] },
    ),
  );
  const unfit = await other.outcome((element) => element.ready);
  assert.equal(unfit.ok, false);
  assert.match(String(unfit.message), /rnn\.|weight/);
});
