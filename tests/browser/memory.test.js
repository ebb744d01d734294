/** The sin-cos lesson's figures: the wave read back, the state's path, the three ways with the state, another wave, the output layer. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { forEachBackend, onCpu, openLesson } from './harness.js';

/** @import {Lesson} from './harness.js' */

const HIDE = ['chart', 'loss', 'memory', 'modes', 'free', 'output', 'code'];

/** A lesson with one of its figures alone. @param {any} t @param {'cpu' | 'webgpu'} backend @param {string} figure @param {object} [how] */
function open(t, backend, figure, how = {}) {
  return openLesson(t, {
    lesson: 'sin-cos',
    backend,
    hide: HIDE.filter((name) => name !== figure).join(','),
    ...how,
  });
}

/** Waits until what a part says fits. @param {Lesson} lesson @param {string} part @param {RegExp} pattern */
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
  'the wave is scrubbed back to an earlier segment, and read point by point',
  async (t, backend) => {
    const lesson = await open(t, backend, 'chart');
    await lesson.call('step', 20);
    const range = lesson.part('wave-step');
    await lesson.page.waitForFunction(
      (range) => /** @type {HTMLInputElement} */ (range).value === '20',
      await range.elementHandle(),
    );
    assert.equal(await range.getAttribute('max'), '20');
    await range.fill('7');
    const figure = lesson.part('wave-figure');
    await figure.focus();
    await figure.press('End');
    const words = await says(lesson, 'wave-point', /Segment 7, point 10/);
    const kept = await lesson.run((element) => {
      const { inputs, targets, predictions, hidden } = element.segments.at(7);
      return {
        inputs: [...inputs],
        targets: [...targets],
        predictions: [...predictions],
        units: hidden.length / 10,
      };
    });
    const three = (/** @type {number} */ value) => value.toFixed(3).replace('-', '−');
    assert.equal(
      words,
      `Segment 7, point 10: sin ${three(kept.inputs[9])}, target ${three(kept.targets[9])}, prediction ${three(kept.predictions[9])}.`,
    );
    assert.equal(kept.units, 32);
    const loss =
      kept.targets.reduce((sum, target, k) => sum + (target - kept.predictions[k]) ** 2, 0) / 10;
    const losses = await lesson.losses();
    assert(Math.abs(loss - losses[6]) < 1e-5, `segment 7 is step 7: ${loss} and ${losses[6]}`);
    await figure.press('ArrowLeft');
    await says(lesson, 'wave-point', /Segment 7, point 9/);

    // It stays where it was put while training goes on, until it is sent to the newest again.
    await lesson.call('step', 5);
    await lesson.page.waitForFunction(
      (range) => /** @type {HTMLInputElement} */ (range).max === '25',
      await range.elementHandle(),
    );
    assert.equal(await range.inputValue(), '7');
    await lesson.part('wave-newest').click();
    await lesson.page.waitForFunction(
      (range) => /** @type {HTMLInputElement} */ (range).value === '25',
      await range.elementHandle(),
    );
    await lesson.call('reset');
    await says(lesson, 'wave-point', /Point at the curve/);
    assert.equal(await lesson.run((element) => element.segments.last), 0);
  },
);

forEachBackend('two points with one sin are told apart by the state', async (t, backend) => {
  const lesson = await open(t, backend, 'memory');
  await lesson.call('set', { endpoint: 'exclusive' });
  await lesson.part('memory-path').selectOption('probe');
  const share = async () => {
    const words = await says(lesson, 'memory-says', /apart/);
    return Number(/(\d+)% of the loop/.exec(words)?.[1]);
  };
  const before = await share();
  await lesson.call('step', 100);
  const words = await lesson.part('memory-says').textContent();
  assert(words);
  await lesson.until((element) => element.state.step === 100);
  await lesson.page.waitForFunction(
    ([part, before]) =>
      Number(/(\d+)% of the loop/.exec(/** @type {HTMLElement} */ (part).textContent ?? '')?.[1]) >
      1.6 * Number(before),
    /** @type {const} */ ([await lesson.part('memory-says').elementHandle(), before]),
  );
  assert.match(
    String(await lesson.part('memory-explained').textContent()),
    /explain (8\d|9\d|100)% of the variance/,
  );

  // The path of training itself, from the states that it sent.
  await lesson.part('memory-path').selectOption('live');
  assert.equal((await lesson.table('memory')).length, 40);
});

onCpu('a point that is read out of the wave is marked on the path of the states', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'sin-cos',
    backend: 'cpu',
    show: 'wave,memory',
  });
  await lesson.call('step', 10);
  await says(lesson, 'memory-says', /apart/);
  const path = lesson.part('portrait');
  const drawn = () =>
    path.evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  const before = await drawn();
  const figure = lesson.part('wave-figure');
  const canvas = await path.elementHandle();
  /** Waits until the picture is that one, or another. @param {boolean} same */
  const looks = (same) =>
    lesson.page.waitForFunction(
      ({ canvas, before, same }) => {
        const now = /** @type {any} */ (canvas).toDataURL();
        return same === (now === before);
      },
      { canvas, before, same },
    );
  await figure.focus();
  await figure.press('End');
  await says(lesson, 'wave-point', /Segment 10, point 10/);
  await looks(false);
  // Older than the four segments of the path.
  await figure.press('Home');
  await says(lesson, 'wave-point', /Segment 3, point 1/);
  await looks(true);
});

forEachBackend('the three ways with the state are compared beside the run', async (t, backend) => {
  const lesson = await open(t, backend, 'modes', { seed: 2 });
  await lesson.call('step', 3);
  const before = await lesson.losses();
  await lesson.part('modes-compare').click();
  const words = await says(lesson, 'modes-says', /Mean loss/);
  const late = [...words.matchAll(/: (0\.\d+)/g)].map(([, loss]) => Number(loss));
  assert.equal(late.length, 3, words);
  assert(late[1] > 0.09, 'reset each segment, the first point stays unknown');
  assert(late[2] < 0.02 && late[2] < late[1] / 5, 'with its history it goes far below');
  assert.deepEqual(await lesson.losses(), before, 'the run stayed what it was');

  // The same runs, done by the lesson itself.
  const last = (await lesson.table('modes'))[10];
  for (const [k, mode] of ['carry', 'reset', 'truncated'].entries()) {
    await lesson.call('set', { stateMode: mode });
    await lesson.call('reset');
    await lesson.call('step', 100);
    const loss = (await lesson.losses())[99];
    assert(Math.abs(Number(last[k]) - loss) <= 0.006 * loss, `${mode}: ${last[k]} and ${loss}`);
  }

  await lesson.part('reach-mode').selectOption('truncated');
  await says(
    lesson,
    'reach-says',
    /After segment 100 the gradient falls to a hundredth .*kept for 2 segments/,
  );
  await lesson.part('reach-mode').selectOption('reset');
  await says(lesson, 'reach-says', /zero state/);
  const norms = await lesson.run(async (element) => [...(await element.gradientReach()).norms]);
  const shown = (await lesson.table('modes', 1)).map(([norm]) => norm);
  assert.equal(shown.length, norms.length);
  const digits = '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079';
  const plain = shown.map((norm) =>
    Number(
      norm
        .replace(' \u00b7 10', 'e')
        .replace('\u207b', '-')
        .replace(/[\u00b2\u00b3\u00b9\u2070-\u2079]/g, (digit) => String(digits.indexOf(digit))),
    ),
  );
  for (const [k, norm] of plain.entries())
    assert(Math.abs(norm - norms[k]) <= 0.006 * norms[k], `${shown[k]} is ${norms[k]}`);
});

forEachBackend('a wave is learned by any cell, and its figures follow', async (t, backend) => {
  const lesson = await open(t, backend, 'memory');
  const steps = backend === 'cpu' ? 60 : 4;
  for (const [cell, parameters] of /** @type {const} */ ([
    ['lstm', 4 * 32 * 35 + 33],
    ['gru', 3 * 32 * 35 + 33],
  ])) {
    await lesson.part('cell').selectOption(cell);
    await lesson.until((element, cell) => element.state.options.cell === cell, cell);
    await lesson.call('step', steps);
    const state = await lesson.state();
    assert.equal(state.parameters, parameters);
    assert.match(state.architecture, new RegExp(`\\(rnn\\): ${cell.toUpperCase()}\\(1, 32`));
    const losses = await lesson.losses();
    assert(backend === 'webgpu' || losses[steps - 1] < 0.2, `it learns: ${losses[steps - 1]}`);
    // Of the LSTM's two states only one is drawn.
    const drawn = cell === 'lstm' ? /variance\. The LSTM also carries a cell state/ : /variance\.$/;
    await says(lesson, 'memory-explained', drawn);
    const norms = await lesson.run(async (element) => [...(await element.gradientReach()).norms]);
    assert(norms.length === 40 && norms.every((norm) => norm > 0), `${cell}: ${norms}`);
  }
});

forEachBackend('the trained network hears another wave, and a drawn one', async (t, backend) => {
  const lesson = await open(t, backend, 'free');
  await lesson.call('set', { endpoint: 'exclusive' });
  await lesson.call('step', 100);
  const peakAndOff = async (/** @type {RegExp} */ pattern) =>
    [...(await says(lesson, 'free-says', pattern)).matchAll(/\d+\.\d+/g)].map(Number);
  const own = await lesson.run(async (element) => {
    const inputs = Float32Array.from({ length: 80 }, (_, k) => Math.sin((k * Math.PI) / 10));
    return Math.max(...[...(await element.follow(inputs)).predictions].slice(-20).map(Math.abs));
  });
  await says(lesson, 'free-says', new RegExp(`peak of the answer ${own.toFixed(2)}`));
  const [, off] = await peakAndOff(/Last 20 points/);
  await lesson.part('free-frequency').fill('2');
  await lesson.page.waitForFunction(
    ([part, off]) =>
      Number(/error (\d+\.\d+)/.exec(/** @type {HTMLElement} */ (part).textContent ?? '')?.[1]) >
      2 * Number(off),
    /** @type {const} */ ([await lesson.part('free-says').elementHandle(), off]),
  );

  const figure = lesson.part('free-figure');
  await figure.scrollIntoViewIfNeeded();
  const box = await figure.boundingBox();
  assert(box);
  const { mouse } = lesson.page;
  await mouse.move(box.x + 60, box.y + 40);
  await mouse.down();
  await mouse.move(box.x + box.width - 20, box.y + 40, { steps: 12 });
  await mouse.up();
  await says(lesson, 'free-says', /At the end/);
  await figure.focus();
  await figure.press('ArrowRight');
  await says(lesson, 'free-says', /Point 1: input/);
  const read = async () =>
    Number(/input (-?\d+\.\d+)/.exec(String(await lesson.part('free-says').textContent()))?.[1]);
  const value = await read();
  await figure.press('ArrowUp');
  await says(
    lesson,
    'free-says',
    new RegExp(`input ${(value + 0.1).toFixed(2).replace('-', '−')}`),
  );
  await lesson.part('free-reset').click();
  await figure.evaluate((element) => element.blur());
  await says(lesson, 'free-says', new RegExp(`peak of the answer ${own.toFixed(2)}`));
});

forEachBackend(
  'the trained network feeds itself, and whoever draws takes over',
  async (t, backend) => {
    const lesson = await open(t, backend, 'free');
    await lesson.call('set', { endpoint: 'exclusive' });
    await lesson.call('reset', { seed: 1 });
    await lesson.call('step', 100);
    await lesson.call('figure', 'free-run', { amplitude: 0.3, closedAfter: 2 });
    const made = await lesson.run(async (element) => {
      const given = Float32Array.from({ length: 40 }, (_, k) => 0.3 * Math.sin((k * Math.PI) / 10));
      const { predictions } = await element.generate(given, { more: 40, by: Math.PI / 10 });
      return [...predictions];
    });
    assert.equal(made.length, 80);
    const peak = Math.max(...made.slice(-20).map(Math.abs));
    // It may have asked before the last step.
    const words = await says(
      lesson,
      'free-says',
      new RegExp(`ends with a peak of ${peak.toFixed(2)}`),
    );
    assert(peak > 0.8 && peak < 1.2, `it is back at its own height: ${peak}`);
    const [, points] = /takes (\d+\.\d+) points, in training 20\./.exec(words) ?? [];
    assert(Math.abs(Number(points) - 20) < 2, `${words}`);
    assert.equal(await lesson.part('free-then').inputValue(), 'closed');
    await lesson.part('free-then').selectOption('zero');
    await says(lesson, 'free-says', /At the end the answer/);
    await lesson.part('free-then').selectOption('closed');
    await says(lesson, 'free-says', /ends with a peak of/);
    const figure = lesson.part('free-figure');
    await figure.focus();
    await figure.press('ArrowRight');
    await figure.press('ArrowUp');
    await figure.evaluate((element) => element.blur());
    await says(lesson, 'free-says', /Fed by its own answers it/);
    assert.equal(await lesson.part('free-then').inputValue(), 'closed', 'another beginning');
    const box = await figure.boundingBox();
    assert(box);
    await lesson.page.mouse.click(box.x + box.width - 40, box.y + 40);
    await says(lesson, 'free-says', /At the end the answer/);
    assert.equal(await lesson.part('free-then').inputValue(), 'wave', 'all of it is drawn');
    assert.match(
      (
        await lesson.refusal((element) =>
          element.figure('free-run', { flatAfter: 1, closedAfter: 1 }),
        )
      ).message,
      /null where flatAfter is a number/,
    );
  },
);

/** As the table writes an answer. @param {number} value */
const written = (value) => value.toFixed(7).replace('-', '−');

forEachBackend('the output layer gives the same numbers in both forms', async (t, backend) => {
  const lesson = await open(t, backend, 'output');
  await says(lesson, 'output', /Train a segment/);
  await lesson.call('step', 4);
  await says(lesson, 'output-same', /All 10 answers for segment 4 are the same/);
  const expected = await lesson.run(async (element) => [
    ...(await element.outputLayer(element.segments.at(4).hidden.slice())).looped,
  ]);
  const cells = await lesson.part('output-table').locator('td').allTextContents();
  assert.deepEqual(
    cells,
    expected.flatMap((value) => [written(value), written(value)]),
  );
  await lesson.part('output-table').getByRole('button', { name: '3', exact: true }).click();
  assert.match(
    await says(lesson, 'output-sum', /Time step 3:/),
    new RegExp(`= ${written(expected[2])}$`),
  );
  await lesson.part('output-reshape').click();
  await lesson.page.waitForFunction(
    (button) => button?.getAttribute('aria-pressed') === 'true',
    await lesson.part('output-reshape').elementHandle(),
  );
});

onCpu('what a comparison cannot do it says, and another one takes its place', async (t) => {
  const lesson = await open(t, 'cpu', 'modes');
  const refused = (/** @type {object} */ what) =>
    lesson.refusal((element, what) => element.compare(what), what);
  assert.equal(
    (await refused({ variants: [{}, {}, {}, {}, {}, {}], steps: 10 })).code,
    'compare-count',
  );
  assert.equal((await refused({ variants: [{}], steps: 1.5 })).code, 'compare-count');
  assert.equal(
    (await refused({ variants: [{ stateMode: 'sideways' }], steps: 10 })).code,
    'option-value',
  );
  const both = await lesson.run(async (element) => {
    /** @type {number[]} */
    const heard = [];
    element.addEventListener('unroll-comparison', (/** @type {CustomEvent} */ event) =>
      heard.push(event.detail.step),
    );
    const first = element
      .compare({ variants: [{}], steps: 20_000 })
      .catch((/** @type {{code: string}} */ { code }) => code);
    await element.compare({ variants: [{}, { hiddenSize: 8 }], steps: 5 });
    return { heard, became: await first };
  });
  assert.equal(both.became, 'superseded');
  assert.equal(both.heard.at(-1), 5);
  assert(!both.heard.includes(20_000));
});

onCpu('a table is saved with its numbers as they are', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  await lesson.call('step', 2);
  const losses = await lesson.run((element) => [...element.losses]);
  await lesson.table('loss');
  const coming = lesson.page.waitForEvent('download');
  await lesson.part('loss-csv').click();
  const file = await coming;
  assert.equal(file.suggestedFilename(), 'unroll-loss.csv');
  const [head, ...rows] = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  assert.equal(head, '\uFEFFStep,Loss');
  assert.deepEqual(
    rows.map((row) => row.split(',').map(Number)),
    losses.map((loss, k) => [k + 1, Number(loss.toPrecision(7))]),
  );
});
