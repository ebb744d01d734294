/** The MNIST lesson's figures of its inside and of its mistakes. */

import assert from 'node:assert/strict';
import { forEachBackend, onCpu, openLesson } from './harness.js';

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

forEachBackend('the gate film shows what every gate does at every row', async (t, backend) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend,
    data: 'synthetic',
    hide: 'tape,cells,mistakes,code',
  });
  await lesson.call('figure', 'gates', { show: 'all', sort: 'none' });
  await says(lesson, 'gates-name', /Synthetic test image 0/);
  await lesson.call('step', backend === 'cpu' ? 40 : 3);
  const inspect = () =>
    lesson.run(async (element) => {
      const { pixels } = await element.digit('test', 0);
      const { gates, hidden, cellState, hiddenSize } = await element.inspect(pixels);
      // Row 20, unit 3.
      const gate = (/** @type {number} */ k) => gates[(4 * 19 + k) * hiddenSize + 2];
      return {
        values: [
          gate(0),
          gate(1),
          gate(2),
          gate(3),
          cellState[19 * hiddenSize + 2],
          hidden[19 * hiddenSize + 2],
        ],
        forget: [...gates],
      };
    });
  const { values, forget } = await inspect();
  await lesson.part('gates-row').fill('20');
  await lesson.part('gates-unit').fill('3');
  const two = (/** @type {number} */ value) => value.toFixed(2).replace('-', '−');
  const names = [
    'Input gate i',
    'Forget gate f',
    'Candidate g',
    'Output gate o',
    'Cell state c',
    'Hidden state h',
  ];
  await says(
    lesson,
    'gates-says',
    new RegExp(`Row 20, unit 3: ${names.map((name, k) => `${name} ${two(values[k])}`).join(', ')}`),
  );
  assert.deepEqual((await lesson.table('gates'))[2], values.map(two));

  // Sorted by the row of the forget gate's peak, the first column is the unit that peaks first.
  await lesson.part('gates-show').selectOption('forget');
  await lesson.part('gates-sort').selectOption('peak');
  await lesson.part('gates-unit').fill('1');
  await lesson.drawn();
  const unit = Number(
    /unit (\d+)/.exec(
      await says(lesson, 'gates-says', /Row 20, unit \d+: Forget gate f \d\.\d\d\.$/),
    )?.[1],
  );
  const peaks = Array.from({ length: 64 }, (_, k) => {
    const rows = Array.from({ length: 28 }, (_, row) => forget[(4 * row + 1) * 64 + k]);
    return rows.indexOf(Math.max(...rows));
  });
  assert.equal(peaks[unit - 1], Math.min(...peaks));
  assert.equal(await lesson.part('gates-input').isVisible(), false);

  await lesson.part('gates-next').click();
  await says(lesson, 'gates-name', /Synthetic test image 1/);
  await lesson.part('cell').selectOption('rnn');
  await says(lesson, 'gates-lacks', /An RNN has no gates and no cell state/);
  assert.equal(await lesson.part('gates-forget').isVisible(), false);
  await says(lesson, 'gates-says', /: Hidden state h −?\d\.\d\d\.$/);

  // Of a GRU, the gate that was chosen is not there.
  await lesson.part('cell').selectOption('gru');
  await says(lesson, 'gates-lacks', /A GRU has no cell state/);
  assert.equal(await lesson.part('gates-c').isVisible(), false);
  const ofGru = await lesson.run(async (element) => {
    const { gates, hidden, cellState } = await element.inspect(
      (await element.digit('test', 1)).pixels,
    );
    const at = (/** @type {number} */ k) => gates[(3 * 19 + k) * 64 + 2];
    return { values: [at(0), at(1), at(2), hidden[19 * 64 + 2]], states: cellState.length };
  });
  assert.equal(ofGru.states, 0);
  await lesson.part('gates-sort').selectOption('none');
  await lesson.part('gates-unit').fill('3');
  const [r, z, n, h] = ofGru.values.map(two);
  await says(
    lesson,
    'gates-says',
    new RegExp(
      `Row 20, unit 3: Reset gate r ${r}, Update gate z ${z}, Candidate n ${n}, Hidden state h ${h}\\.`,
    ),
  );
});

forEachBackend('mistakes are counted, filtered and put on the pad', async (t, backend) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend,
    data: 'synthetic',
    hide: 'gates,cells,code',
  });
  assert.match(
    String(await lesson.part('mistakes-note').textContent()),
    /No test images have been read/,
  );
  await lesson.call('step', backend === 'cpu' ? 45 : 4);
  await lesson.part('mistakes-evaluate').click();
  const note = await says(lesson, 'mistakes-note', /synthetic test images are misread, after step/);
  const evaluation = await lesson.run(async (element) => {
    const { predictions, labels, losses, confusion } = await element.evaluate(2000);
    return {
      predictions: [...predictions],
      labels: [...labels],
      losses: [...losses],
      confusion: [...confusion],
    };
  });
  const wrong = evaluation.predictions
    .flatMap((reading, k) => (reading === evaluation.labels[k] ? [] : [k]))
    .sort((a, b) => evaluation.losses[b] - evaluation.losses[a]);
  assert.equal(Number(/^([\d,]+) of/.exec(note)?.[1].replace(',', '')), wrong.length);
  const cells = await lesson.part('confusion').locator('td:not(.origin)').allTextContents();
  assert.deepEqual(cells.map(Number), evaluation.confusion);

  const first = lesson.part('mistakes-gallery').locator('li').first();
  const [worst] = wrong;
  const pair = (/** @type {number} */ index) =>
    `${evaluation.labels[index]}, read as ${evaluation.predictions[index]}`;
  await first.getByText(pair(worst), { exact: true }).waitFor();
  await lesson.part('mistakes-gallery').locator(`canvas[data-index="${worst}"]`).waitFor();
  await first.getByRole('button').click();
  // It opens where it was pressed; the tape is one press away.
  const opened = await says(
    lesson,
    'mistakes-says',
    new RegExp(`Synthetic test image ${worst}, .*: read as ${evaluation.predictions[worst]}`),
  );
  assert.match(opened, /\d ?% probable/);
  await lesson.part('drawing').scrollIntoViewIfNeeded();
  await says(
    lesson,
    'pad-image',
    new RegExp(`Synthetic test image ${worst}, digit ${evaluation.labels[worst]}`),
  );
  await says(lesson, 'tape-name', new RegExp(`Synthetic test image ${worst}, digit`));
  await lesson
    .part('prediction')
    .filter({ hasText: String(evaluation.predictions[worst]) })
    .waitFor();

  // One pair alone, and all again.
  const most = evaluation.confusion.map((count, k) => (k % 11 === 0 ? 0 : count));
  const k = most.indexOf(Math.max(...most));
  await lesson.part('confusion').locator('td:not(.origin)').nth(k).getByRole('button').click();
  await says(
    lesson,
    'mistakes-heading',
    new RegExp(`^${Math.floor(k / 10)} read as ${k % 10}: ${most[k]}$`),
  );
  const shown = await lesson.part('mistakes-gallery').locator('li:visible').count();
  assert.equal(shown, Math.min(14, most[k]));
  await lesson.part('mistakes-all').click();
  await says(lesson, 'mistakes-heading', /The worst first/);

  await lesson.part('clear').click();
  await lesson.part('pad-image').waitFor({ state: 'hidden' });
  await lesson.call('reset');
  await says(lesson, 'mistakes-note', /No test images have been read/);
});

onCpu('an older evaluation says how old it is', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    hide: 'gates,tape,cells,code',
  });
  await lesson.call('step', 2);
  await lesson.call('evaluate', 100);
  await says(
    lesson,
    'mistakes-note',
    /of the first 100 synthetic test images are misread, after step 2\.$/,
  );
  await lesson.call('step', 1);
  await says(lesson, 'mistakes-note', /after step 2\. The run is at step 3 by now\.$/);

  // Another beginning, though no step was done in between.
  await lesson.call('reset');
  await lesson.call('evaluate', 100);
  await says(lesson, 'mistakes-note', /after step 0\.$/);
  await lesson.call('reset', { seed: 2 });
  await says(lesson, 'mistakes-note', /No test images have been read/);
});

onCpu('any test image is shown, beside the worst', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    hide: 'gates,tape,cells,code',
  });
  await lesson.run((element) => element.figure('mistakes', { index: 7 }));
  await says(lesson, 'mistakes-gallery', /image 7/);
  await lesson.call('step', 5);
  const [worst, chosen] = await lesson.run(async (element) => {
    // Names the image while the digits of the gallery are on their way.
    const digit = element.digit.bind(element);
    let [onAsked, onNamed] = [() => {}, () => {}];
    const asked = new Promise((resolve) => (onAsked = () => resolve(0)));
    const named = new Promise((resolve) => (onNamed = () => resolve(0)));
    element.digit = async (/** @type {'train' | 'test'} */ set, /** @type {number} */ index) => {
      onAsked();
      await named;
      return digit(set, index);
    };
    const { predictions, labels, losses } = await element.evaluate(2000);
    const wrong = [...predictions.keys()]
      .filter((k) => predictions[k] !== labels[k])
      .sort((a, b) => losses[b] - losses[a]);
    const chosen = wrong[60];
    await asked;
    element.figure('mistakes', { index: chosen });
    for (let frame = 0; frame < 3; frame++)
      await new Promise((drawn) => requestAnimationFrame(drawn));
    onNamed();
    return [wrong[0], chosen];
  });
  const shown = (/** @type {number} */ index) =>
    lesson.part('mistakes-gallery').locator(`canvas[data-index="${index}"]`).waitFor();
  await Promise.all([shown(worst), shown(chosen)]);
});
