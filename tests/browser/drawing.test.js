/** Drawing digits for a network that has had one epoch: by mouse, keyboard and API. */

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { forEachBackend, mnistBeside, needsMnist, onCpu, openLesson } from './harness.js';
import { draw, hands, strokes } from './pen.js';

/** @import {Lesson} from './harness.js' */

/** The trained weights, once they are there. @type {Buffer | undefined} */
let trained;

/**
 * The digit that the page says it reads, null for none, once that is about the whole drawing: the
 * worker answers in order, and the pad asks one question at a time, so after three of ours both
 * the question that was under way and the last one are answered.
 *
 * @param {Lesson} lesson
 */
async function shown(lesson) {
  for (let k = 0; k < 3; k += 1) {
    await lesson.run((element) => element.predict(new Uint8Array(784)).then(() => {}));
  }
  const text = await lesson.part('prediction').textContent();
  return /^[0-9]$/.test(text ?? '') ? Number(text) : null;
}

describe('after one epoch', () => {
  onCpu(
    'an epoch is trained',
    async (t) => {
      if (!needsMnist(t)) return;
      const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
      await lesson.call('play');
      await lesson.until((element) => element.state.finished);
      trained = await lesson.saveWeights();
    },
    { timeout: 600_000 },
  );

  onCpu('30 digits drawn with the mouse: at least 29 are read right', async (t) => {
    if (!needsMnist(t)) return;
    assert(trained);
    const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
    const guesses = lesson.part('drawing').getByText(/this is a guess/);
    await draw(lesson, strokes(0, 0));
    await guesses.waitFor();
    await lesson.part('clear').click();
    await lesson.loadWeights(trained);
    /** @type {string[]} */
    const misread = [];
    for (let digit = 0; digit < 10; digit += 1) {
      for (let hand = 0; hand < hands; hand += 1) {
        await draw(lesson, strokes(digit, hand));
        const read = await shown(lesson);
        assert.equal(await guesses.isVisible(), false, 'trained weights do not guess');
        if (read !== digit) misread.push(`hand ${hand}: ${digit} read as ${read}`);
        await lesson.part('clear').click();
        assert.equal(await shown(lesson), null, 'nothing is read after clear');
      }
    }
    t.diagnostic(`misread: ${misread.join('; ') || 'none'}`);
    assert(misread.length <= 1, misread.join('; '));
  });

  onCpu('classifyDrawing takes strokes of any scale, and an ImageData', async (t) => {
    if (!needsMnist(t)) return;
    assert(trained);
    const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
    await lesson.loadWeights(trained);
    for (const scale of [1, 28, 1000]) {
      const drawing = strokes(3, 0).map((stroke) =>
        stroke.map(([x, y]) => [scale * x + 5, scale * y - 7]),
      );
      const answer = await lesson.run(async (element, drawing) => {
        const { digit, probabilities, beliefs, pixels } = await element.classifyDrawing(drawing);
        return {
          digit,
          probabilities: [...probabilities],
          beliefs: beliefs.length,
          pixels: [...pixels],
        };
      }, drawing);
      assert.equal(answer.digit, 3);
      assert.equal(answer.beliefs, 280);
      assert(Math.abs(answer.probabilities.reduce((sum, p) => sum + p) - 1) < 1e-5);
      assert(Math.max(...answer.pixels) > 200);
      const again = await lesson.run(
        async (element, pixels) => (await element.predict(Uint8Array.from(pixels))).digit,
        answer.pixels,
      );
      assert.equal(again, 3, 'predict says the same of the pixels it was fed');
    }
    const fromImage = await lesson.run(
      async (element, drawing) => {
        const canvas = new OffscreenCanvas(200, 200);
        const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
        pen.fillRect(0, 0, 200, 200);
        pen.strokeStyle = 'white';
        pen.lineWidth = 18;
        pen.lineCap = pen.lineJoin = 'round';
        for (const stroke of drawing) {
          pen.beginPath();
          for (const [x, y] of stroke) pen.lineTo(200 * x, 200 * y);
          pen.stroke();
        }
        return (await element.classifyDrawing(pen.getImageData(0, 0, 200, 200))).digit;
      },
      strokes(3, 0),
    );
    assert.equal(fromImage, 3);
  });
});

const data = mnistBeside() ? 'mnist' : 'synthetic';

onCpu('undo takes the last stroke back, clear all of them', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data });
  const sees = () =>
    lesson
      .part('normalised')
      .evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  const [first, second] = strokes(4, 0);
  await draw(lesson, [first]);
  await shown(lesson);
  const one = await sees();
  await draw(lesson, [second]);
  await shown(lesson);
  const both = await sees();
  assert.notEqual(both, one);
  await lesson.part('undo').click();
  assert.notEqual(await shown(lesson), null);
  assert.equal(await sees(), one);
  await lesson.part('undo').click();
  assert.equal(await shown(lesson), null, 'nothing is read of an empty pad');
  const none = await sees();
  await draw(lesson, [first]);
  await shown(lesson);
  await lesson.part('clear').click();
  assert.equal(await shown(lesson), null);
  assert.equal(await sees(), none);
});

onCpu('the keyboard draws too', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data });
  await lesson.part('drawing-pad').focus();
  await lesson.page.keyboard.press('Space');
  for (let k = 0; k < 12; k += 1) await lesson.page.keyboard.press('ArrowDown');
  await lesson.page.keyboard.press('Space');
  assert.notEqual(await shown(lesson), null);
});

onCpu('what is read is said once the pen is lifted', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data });
  const live = lesson.page.locator(lesson.selector).locator('[aria-live=polite].live');
  const pad = lesson.part('drawing-pad');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  assert(box);
  const { mouse, keyboard } = lesson.page;
  await mouse.move(box.x + box.width / 2, box.y + box.height / 4);
  await mouse.down();
  await mouse.move(box.x + box.width / 2, box.y + (3 * box.height) / 4, { steps: 8 });
  // It is read while the pen rests, and not said.
  await lesson.part('prediction').filter({ hasText: /\d/ }).waitFor();
  await lesson.run((element) => element.predict(new Uint8Array(784)));
  assert.equal(await live.textContent(), '');
  await mouse.up();
  await live.filter({ hasText: /\d %|\d%/ }).waitFor();

  await lesson.part('clear').click();
  await live.evaluate((element) => element.replaceChildren());
  await pad.focus();
  await keyboard.press('Space');
  for (let k = 0; k < 12; k += 1) await keyboard.press('ArrowDown');
  await lesson.part('prediction').filter({ hasText: /\d/ }).waitFor();
  await lesson.run((element) => element.predict(new Uint8Array(784)));
  assert.equal(await live.textContent(), '');
  await keyboard.press('Space');
  await live.filter({ hasText: /\d/ }).waitFor();
});

onCpu('in another order it is read again, though nothing trains', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data });
  await lesson.call('step', 30);
  await draw(lesson, strokes(3, 0));
  await lesson.until((element) => element.tape?.index === null);
  const before = await lesson.run((element) => [...element.tape.reading.probabilities]);
  await lesson.call('set', { scan: 'columns' });
  const drawn = await lesson.run((element) => element.pad.strokes);
  const { probabilities } = await lesson.call('classifyDrawing', drawn);
  const expected = Object.values(probabilities);
  assert.notDeepEqual(expected, before);
  await lesson.until(
    (element, expected) =>
      element.tape.reading.probabilities.every(
        (/** @type {number} */ one, /** @type {number} */ k) => Math.abs(one - expected[k]) < 1e-6,
      ),
    expected,
  );
});

onCpu('touch draws, and does not scroll the page', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data,
    context: { hasTouch: true, viewport: { width: 390, height: 700 } },
  });
  const pad = lesson.part('drawing-pad');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  assert(box);
  const scrolled = await lesson.page.evaluate(() => scrollY);
  const devtools = await lesson.page.context().newCDPSession(lesson.page);
  /** @param {'touchStart' | 'touchMove' | 'touchEnd'} type @param {number} [y] */
  const touch = (type, y) =>
    devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: y === undefined ? [] : [{ x: box.x + box.width / 2, y: box.y + y * box.height }],
    });
  await touch('touchStart', 0.15);
  for (let y = 0.2; y < 0.9; y += 0.05) await touch('touchMove', y);
  await touch('touchEnd');
  assert.notEqual(await shown(lesson), null);
  assert.equal(await lesson.page.evaluate(() => scrollY), scrolled);
});

forEachBackend('it reads while it trains', async (t, backend) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend, data });
  await lesson.call('play');
  await lesson.until((element) => element.state.step >= 1);
  await draw(lesson, strokes(7, 0));
  assert.notEqual(await shown(lesson), null);
  const { running } = await lesson.state();
  assert(running);
});
