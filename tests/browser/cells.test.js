/** The MNIST lesson's comparison of cells, and its reading orders. */

import assert from 'node:assert/strict';
import { forEachBackend, onCpu, openLesson } from './harness.js';

/** @import {TestContext} from 'node:test' */
/** @import {Lesson} from './harness.js' */

/** @param {Lesson} lesson @param {string} part @param {RegExp} pattern */
async function says(lesson, part, pattern) {
  const words = lesson.part(part).filter({ hasText: pattern });
  // What is out of view is not drawn.
  await lesson
    .part(part)
    .first()
    .evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await words.waitFor();
  return String(await words.textContent());
}

forEachBackend(
  'an LSTM, an RNN and a GRU train side by side, and their gradients are seen',
  async (t, backend) => {
    const steps = backend === 'cpu' ? 60 : 4;
    const lesson = await openLesson(t, {
      lesson: 'mnist',
      backend,
      data: 'synthetic',
      hide: 'tape,gates,mistakes,examples,code',
    });
    await lesson.run((element) => element.figure('cells', { steps: 0 }));
    await says(lesson, 'cells-says', /Before the first step/);
    const faint = /reaches row 1/;
    await says(lesson, 'lstm-says', faint);
    const share = async (/** @type {string} */ cell) => {
      const words = await says(lesson, `${cell}-says`, faint);
      assert.match(words, /10\u207b/, `${cell}: next to nothing reaches row 1 before training`);
    };
    await share('lstm');
    await share('rnn');
    await says(lesson, 'gru-says', faint);
    const before = await lesson.run(async (element) => [...(await element.rowGradients()).norms]);
    const rows = await lesson.table('cells', 1);
    assert.equal(
      Number(rows[27][0]),
      Number(before[27].toPrecision(2)),
      'the LSTM of the comparison is that of the run',
    );

    await lesson.run((element, steps) => element.figure('cells', { steps, at: steps }), steps);
    await says(lesson, 'cells-says', new RegExp(`step ${steps} of ${steps}\\. Loss`));
    const right = await says(lesson, 'cells-says', /Test digits read right: LSTM \d+%, RNN/);
    const last = (await lesson.table('cells'))[10];
    assert.equal((await lesson.state()).step, 0, 'the run stayed where it was');
    await lesson.call('step', steps);
    const loss = (await lesson.losses())[steps - 1];
    assert(
      Math.abs(Number(last[0]) - loss) < 0.006 * loss,
      `the same seed and batches: ${last[0]} and ${loss}`,
    );
    const { accuracy } = await lesson.run((element) => element.evaluate(2000));
    assert.match(right, new RegExp(`LSTM ${Math.round(100 * accuracy)}%`), 'and reads as well');
    const range = lesson.part('cells-at');
    if (!(await range.isDisabled())) {
      await range.fill('0');
      await lesson.page.waitForFunction(
        (range) => range?.getAttribute('aria-valuetext')?.startsWith('step'),
        await range.elementHandle(),
      );
    }
  },
);

forEachBackend(
  'the digit is read in another order, and the tape shows what is read',
  async (t, backend) => {
    const lesson = await openLesson(t, {
      lesson: 'mnist',
      backend,
      data: 'synthetic',
      hide: 'cells,gates,mistakes,code',
    });
    await lesson.part('scan-columns').check();
    await lesson.until((element) => element.state.options.scan === 'columns');
    const { order, same } = await lesson.run(async (element) => {
      const order = await element.scanOrder();
      const { pixels } = await element.digit('test', 0);
      const columns = await element.predict(pixels);
      await element.set({ scan: 'down' });
      const turned = Uint8Array.from(order, (at) => pixels[at]);
      const rows = await element.predict(turned);
      return {
        order: [...order.slice(0, 3)],
        same: columns.beliefs.every(
          (/** @type {number} */ b, /** @type {number} */ k) => b === rows.beliefs[k],
        ),
      };
    });
    assert.deepEqual(order, [0, 28, 56]);
    assert(same, 'columns of a digit are rows of the turned one');
    await lesson.part('scan-down').and(lesson.page.locator(':checked')).waitFor();
    // A blanked time step is blanked where its pixels are.
    await lesson.part('scan-up').check();
    await lesson.until((element) => element.state.options.scan === 'up');
    // Untrained it decides nothing.
    await lesson.call('step', 1);
    await lesson.part('tape-row').fill('28');
    const without = await lesson.run(async (element) => {
      const { pixels } = await element.digit('test', 0);
      pixels.fill(0, 0, 28 * 14);
      return (await element.predict(pixels)).digit;
    });
    await lesson.run((element) =>
      element.figure('tape', { index: 0, erase: Array.from({ length: 14 }, (_, k) => 15 + k) }),
    );
    await says(lesson, 'tape-forked', /15, 16/);
    await says(lesson, 'tape-decided', new RegExp(`on ${without} stays first`));
    // One text before the first measurement, another with its figure after it.
    await lesson.call('step', 2);
    assert.doesNotMatch(await says(lesson, 'scan-says', /./), /\d ?%/);
    const { accuracy } = await lesson.run((element) => element.evaluate(2000));
    const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
    await says(lesson, 'scan-says', new RegExp(percent.format(accuracy).replace('%', ' ?%')));
  },
);

/** The reading order alone. @param {TestContext} t @param {'reduce' | 'no-preference'} reducedMotion */
const openOrder = (t, reducedMotion) =>
  openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    show: 'scan-order',
    context: { reducedMotion },
  });

onCpu('a reading order is played, and can be gone through step by step', async (t) => {
  const lesson = await openOrder(t, 'no-preference');
  const step = lesson.part('scan-order-step');
  /** Rows of the right picture that have ink. */
  const inked = () =>
    lesson.part('scan-order').evaluate((element) => {
      const canvas = /** @type {HTMLCanvasElement} */ (element.querySelectorAll('canvas')[1]);
      const { data } = /** @type {CanvasRenderingContext2D} */ (
        canvas.getContext('2d')
      ).getImageData(0, 0, 28, 28);
      return Array.from({ length: 28 }, (_, row) => row).filter((row) =>
        data.subarray(112 * row, 112 * row + 112).some((value, k) => k % 4 === 0 && value > 60),
      );
    });
  await step.scrollIntoViewIfNeeded();
  await lesson.part('scan-order-again').click();
  // It moves by itself, and ends with the whole digit.
  const range = await step.elementHandle();
  await lesson.page.waitForFunction((range) => {
    const { value } = /** @type {HTMLInputElement} */ (range);
    return Number(value) > 1 && Number(value) < 28;
  }, range);
  await lesson.page.waitForFunction(
    (range) => /** @type {HTMLInputElement} */ (range).value === '28',
    range,
  );
  const all = await inked();
  assert(all.length > 8, `rows with ink: ${all}`);
  // A hand stops it.
  await lesson.part('scan-order-again').click();
  await step.fill('14');
  assert.equal(await step.getAttribute('aria-valuetext'), '14 of 28');
  assert.deepEqual(
    await inked(),
    all.filter((row) => row < 14),
  );
});

onCpu('where motion is not wanted, a reading order stands still', async (t) => {
  const lesson = await openOrder(t, 'reduce');
  const step = lesson.part('scan-order-step');
  await step.fill('5');
  await lesson.part('scan-order-again').click();
  await lesson.drawn();
  assert.equal(await step.inputValue(), '28');
});
