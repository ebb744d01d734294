/** The pad is read when it changes, one question at a time, and the last one always. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownAnswers } from '../../../www/lesson/known.js';
import { PadReader } from '../../../www/lesson/pad-reader.js';
import { Run } from '../../../www/lesson/run.js';

/** @import {Strokes} from '../../../www/worker/protocol.js' */

const settled = () => new Promise((resolve) => setImmediate(resolve));

function reader() {
  const run = new Run();
  /** @type {Array<{asked: unknown, answer: (reading: any) => void, refuse: (error: Error) => void}>} */
  const questions = [];
  const ask = (/** @type {unknown} */ asked) =>
    new Promise((answer, refuse) => questions.push({ asked, answer, refuse }));
  const pad = new PadReader(run, { classifyDrawing: ask, predict: ask }, () => {});
  return {
    run,
    questions,
    pad,
    draw(/** @type {Strokes} */ strokes) {
      run.placeOnPad({ strokes, image: null });
      pad.look();
    },
  };
}

/** @param {boolean} running */
const state = (running) => /** @type {any} */ ({ run: 1, step: 0, running, options: {} });

test('strokes are read when a worker serves, and the last ones always', async () => {
  const { run, questions, pad, draw } = reader();
  draw([[[0, 0]]]);
  assert.equal(questions.length, 0, 'nobody to ask');
  run.setServes(true);
  pad.look();
  assert.equal(questions.length, 1);
  draw([[[1, 1]]]);
  draw([[[2, 2]]]);
  assert.equal(questions.length, 1, 'one at a time');
  questions[0]?.answer({ digit: 1 });
  await settled();
  assert.equal(run.reading?.digit, 1, 'strokes grow while they are read');
  assert.deepEqual(questions[1]?.asked, [[[2, 2]]]);
  questions[1]?.answer({ digit: 2 });
  await settled();
  assert.deepEqual([run.reading?.digit, questions.length], [2, 2]);
});

test('answers that take long hold up no stroke: one question at a time, of what lies there by then', async () => {
  const { run, questions, draw } = reader();
  run.setServes(true);
  const moves = 60;
  let [read, drawn] = [0, 0];
  for (let k = 1; k <= moves; k += 1) {
    draw([Array.from({ length: k }, (_, point) => /** @type {[number, number]} */ ([point, 0]))]);
    drawn += Number(run.pad.strokes[0]?.length === k);
    // An answer comes with every twentieth move of the pen.
    if (k % 20 === 0) {
      assert.equal(questions.length, read + 1, 'one at a time');
      questions[read]?.answer({ digit: read });
      read += 1;
      await settled();
    }
  }
  assert.equal(drawn, moves, 'every move is on the pad at once');
  const lengths = questions.map(({ asked }) => /** @type {Strokes} */ (asked)[0]?.length);
  assert.deepEqual(lengths, [1, 20, 40, 60], 'the latest wins');
});

test('an answer that comes when the pad is empty, or shows another image, is not taken', async () => {
  const { run, questions, pad, draw } = reader();
  run.setServes(true);
  draw([[[0, 0]]]);
  draw([]);
  assert.equal(run.reading, null);
  questions[0]?.answer({ digit: 1 });
  await settled();
  assert.equal(run.reading, null);
  const image = (/** @type {number} */ index) => ({ index, label: 3, pixels: new Uint8Array(784) });
  run.placeOnPad({ strokes: [], image: image(1) });
  pad.look();
  run.placeOnPad({ strokes: [], image: image(2) });
  pad.look();
  questions[1]?.answer({ digit: 8 });
  await settled();
  assert.equal(run.reading, null);
  questions[2]?.answer({ digit: 9 });
  await settled();
  const last = /** @type {import('../../../www/lesson/run.js').Reading | null} */ (run.reading);
  assert.deepEqual([last?.image?.index, last?.digit], [2, 9]);
});

test('it is read again while the network trains, now and then, and when that stops', async () => {
  const { run, questions, pad, draw } = reader();
  run.setServes(true);
  draw([[[0, 0]]]);
  questions[0]?.answer({ digit: 1 });
  await settled();
  run.takeState(state(true));
  pad.look();
  assert.equal(questions.length, 1, 'not so soon');
  run.takeState(state(false));
  pad.look();
  assert.equal(questions.length, 2, 'it stopped');
  questions[1]?.refuse(new Error('no'));
  await settled();
  assert.equal(run.reading?.digit, 1, 'what is known stays');
  run.takeState({ ...state(false), run: 2 });
  pad.look();
  assert.equal(questions.length, 3, 'another run');
});

test('known answers: asked once, as copies, until there are other digits', async () => {
  const known = new KnownAnswers();
  let asked = 0;
  const digit = () =>
    known.get(
      () => 'test 3',
      async () => {
        asked += 1;
        return { index: asked, pixels: new Uint8Array(4) };
      },
    );
  (await digit()).pixels.fill(9);
  assert.deepEqual([(await digit()).pixels[0], asked], [0, 1]);
  const late = digit();
  known.forget();
  assert.equal((await late).index, 1);
  assert.equal((await digit()).index, 2);
  assert.equal(asked, 2);
  let order = 'down';
  const read = known.get(
    () => order,
    async () => 'of down',
  );
  order = 'up';
  await read;
  assert.equal(
    await known.get(
      () => 'down',
      async () => 'again',
    ),
    'again',
    'the order changed before the answer came',
  );
});
