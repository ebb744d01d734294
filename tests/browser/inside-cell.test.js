/** Inside the cell: its diagram, its equations, and gates that are held; and the loop, unrolled. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachBackend, openLesson } from './harness.js';

/** @import {Lesson} from './harness.js' */

const SHOWN = /** @type {const} */ ({
  lesson: 'mnist',
  data: 'synthetic',
  hide: 'tape,cells,mistakes,scan,code',
});

/** The words of a part. @param {Lesson} lesson @param {string} part */
const words = (lesson, part) => lesson.part(part).evaluate((element) => element.textContent ?? '');

/** Waits for words in a part. @param {Lesson} lesson @param {string} part @param {string | RegExp} expected */
const says = (lesson, part, expected) => lesson.part(part).getByText(expected).waitFor();

/** The number at the end of an equation. @param {string} equation */
const result = (equation) => Number(equation.split('=').at(-1)?.replace('−', '-'));

forEachBackend('every part has its equation, with the numbers of its unit', async (t, backend) => {
  const lesson = await openLesson(t, { ...SHOWN, backend });
  await lesson.run((element) => element.step(3));
  await lesson.run((element) =>
    element.figure('inside', { part: 'forget', row: 20, unit: 7, index: 4 }),
  );
  await says(lesson, 'inside-numbers', /^f = σ/);
  await says(lesson, 'inside-formula', /f\[20\].*h\[19\]/);
  const expected = await lesson.run(async (element) => {
    const { pixels } = await element.digit('test', 4);
    const { gates, cellState, hidden } = await element.inspect(pixels);
    const gate = (/** @type {number} */ k) => gates[(19 * 4 + k) * 64 + 6];
    const [input, forget, cell, output] = [0, 1, 2, 3].map(gate);
    const state = 19 * 64 + 6;
    return { input, forget, cell, output, c: cellState[state], h: hidden[state] };
  });
  for (const [part, value] of Object.entries(expected)) {
    await lesson.part(`inside-${part}`).click();
    const symbol = { input: 'i', forget: 'f', cell: 'g', output: 'o', c: 'c', h: 'h' }[part];
    await says(lesson, 'inside-numbers', new RegExp(`^${symbol} = `));
    const found = result(await words(lesson, 'inside-numbers'));
    assert(Math.abs(found - value) < 0.0051, `${part}: ${found}, not ${value}`);
  }
});

test('a row is gone through part by part, and the next row follows', async (t) => {
  const lesson = await openLesson(t, { ...SHOWN, backend: 'cpu' });
  await lesson.run((element) => element.figure('inside', { part: 'forget', row: 9 }));
  for (const start of ['i', 'g', 'c', 'o', 'h']) {
    await lesson.part('inside-go-on').click();
    await says(lesson, 'inside-formula', new RegExp(`^${start}\\[9\\]`));
  }
  await lesson.part('inside-go-on').click();
  await says(lesson, 'inside-formula', /^f\[10\]/);
  // A part of the picture can be chosen as well.
  await lesson.part('inside-diagram').locator('[data-part="output"]').first().click();
  await says(lesson, 'inside-formula', /^o\[10\]/);
});

forEachBackend('a held gate changes what is read, until it is let go', async (t, backend) => {
  const lesson = await openLesson(t, { ...SHOWN, backend });
  await lesson.run((element) => element.step(3));
  await lesson.run((element) => element.figure('inside', { part: 'output', row: 20, index: 2 }));
  await says(lesson, 'inside-instead', 'All gates are as learned.');
  await lesson.part('inside-hold-0').click();
  await says(lesson, 'inside-instead', /Output gate o at 0, rows 1 to 28/);
  await says(lesson, 'inside-numbers', 'o = 0, held');
  const reads = (/** @type {object[]} */ held) =>
    lesson.run(async (element, held) => {
      const { pixels } = await element.digit('test', 2);
      const { beliefs } = await element.unroll(pixels, { held });
      const last = [...beliefs.subarray(270)];
      const most = Math.max(...last);
      return `Prediction: ${last.indexOf(most)}, probability ${Math.round(100 * most)}%.`;
    }, held);
  await says(
    lesson,
    'inside-verdict',
    await reads([{ gate: 'output', value: 0, from: 0, to: 27 }]),
  );
  // In some rows; the other end comes along.
  await lesson.part('inside-hold-from').fill('12');
  await lesson.part('inside-hold-from').press('Enter');
  await says(lesson, 'inside-instead', /rows 12 to 28/);
  await lesson.part('inside-hold-to').fill('5');
  await lesson.part('inside-hold-to').press('Enter');
  await says(lesson, 'inside-instead', /Output gate o at 0, row 5/);
  await says(lesson, 'inside-numbers', /^o = σ/);
  await says(lesson, 'inside-verdict', await reads([{ gate: 'output', value: 0, from: 4, to: 4 }]));
  await lesson.part('inside-release').click();
  await says(lesson, 'inside-instead', 'All gates are as learned.');
  await says(lesson, 'inside-verdict', await reads([]));
  // Another cell has other gates: what cannot be held there is let go.
  await lesson.part('inside-frozen').click();
  await says(lesson, 'inside-instead', /Forget gate f at 1.*Input gate i at 0/);
  // What somebody types is not taken away by what is read meanwhile.
  await lesson.part('inside-hold-to').focus();
  await lesson.page.keyboard.press('Control+A');
  await lesson.page.keyboard.type('2');
  await lesson.run(async (element) => {
    await element.step(2);
    await element.figure('inside', { row: 21 });
  });
  await says(lesson, 'inside-formula', /^f\[21\]/);
  assert.equal(await lesson.part('inside-hold-to').inputValue(), '2');
  await lesson.page.keyboard.press('Escape');
  await lesson.run((element) => element.set({ cell: 'gru' }));
  await says(lesson, 'inside-instead', 'All gates are as learned.');
  assert(await lesson.part('inside-release').isDisabled());
  await lesson.part('inside-copy').click();
  await says(lesson, 'inside-instead', /Update gate z at 1, rows 15 to 28/);
  await lesson.run((element) => element.set({ cell: 'rnn' }));
  await says(lesson, 'inside-formula', /^h\[21\] = tanh/);
  assert(await lesson.part('inside-never-forget').isHidden());
});

test('a part is found in the gate maps, with its row and unit', async (t) => {
  const lesson = await openLesson(t, { ...SHOWN, backend: 'cpu' });
  await lesson.run((element) =>
    element.figure('inside', { part: 'input', row: 11, unit: 30, index: 5 }),
  );
  await says(lesson, 'inside-formula', /^i\[11\]/);
  await lesson.part('inside-maps').click();
  await says(lesson, 'gates-says', /^Row 11, unit 30: Input gate i/);
  await says(lesson, 'gates-name', /^Synthetic test image 5,/);
});

test('what cannot be shown is refused', async (t) => {
  const lesson = await openLesson(t, { ...SHOWN, backend: 'cpu' });
  const refused = (/** @type {object} */ what) =>
    lesson.run(
      (element, what) =>
        element.figure('inside', what).then(
          () => 'shown',
          (/** @type {Error} */ error) => error.message,
        ),
      what,
    );
  assert.match(await refused({ hold: 'copy' }), /never-forget/);
  assert.match(await refused({ row: 29 }), /row cannot be 29/);
  assert.match(await refused({ part: 'door' }), /part cannot be door/);
  assert.match(await refused({ gate: 'input' }), /cannot show "gate"/);
});

forEachBackend('the loop is unrolled, with what the network answers', async (t, backend) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend });
  await lesson.run((element) => element.step(5));
  await lesson.run((element) => element.figure('unrolled', { timeStep: 4, unit: 9 }));
  await says(lesson, 'unrolled-formula', /^h\[4\]/);
  const answer = await lesson.run(async (element) => {
    const inputs = Float32Array.from({ length: 50 }, (_, k) =>
      Math.sin(Math.PI * (Math.floor(k / 10) + (k % 10) / 9)),
    );
    const { predictions, hidden } = await element.follow(inputs);
    return { out: predictions[43], h: hidden[43 * 32 + 8] };
  });
  assert(Math.abs(result(await words(lesson, 'unrolled-numbers')) - answer.h) < 0.0051);
  assert(Math.abs(result(await words(lesson, 'unrolled-output')) - answer.out) < 0.0051);
  await says(lesson, 'unrolled-check', /in all 32 numbers/);
  const boxes = lesson.part('unrolled-figure').locator('.time-step');
  assert.equal(await boxes.count(), 10);
  await boxes.nth(7).click();
  await says(lesson, 'unrolled-formula', /^h\[8\]/);
  // Without a carried state nothing comes before it.
  await lesson.run((element) => element.set({ stateMode: 'reset' }));
  const fresh = await lesson.run(async (element) => {
    const inputs = Float32Array.from({ length: 10 }, (_, k) => Math.sin((Math.PI * k) / 9));
    return (await element.follow(inputs)).predictions[7];
  });
  await lesson
    .part('unrolled-output')
    .filter({ hasText: fresh.toFixed(2).replace('-', '−') })
    .waitFor();
  // Of a longer segment those around the chosen one are drawn.
  await lesson.run((element) => element.set({ timeStep: 40, cell: 'lstm' }));
  await lesson.run((element) => element.figure('unrolled', { timeStep: 30 }));
  await says(lesson, 'unrolled-formula', /^h\[30\] = o · tanh/);
  assert.equal(await boxes.count(), 10);
  assert.match(await boxes.nth(5).evaluate((box) => box.textContent ?? ''), /30/);
  await lesson.run((element) => element.set({ timeStep: 10 }));
  await lesson
    .part('unrolled-figure')
    .locator('.time-step.chosen')
    .filter({ hasText: '10' })
    .waitFor();
});
