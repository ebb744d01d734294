/**
 * Links, messages and remembered records that anybody may have written, mutated from valid ones: each is taken, or
 * refused as it is documented. FUZZ=10000000 tries as many of each (scripts/fuzz).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginningOf } from '../../../www/lessons/beginning.js';
import { paramsOf, MEMBERS } from '../../../www/lesson/commands.js';
import { strokesOf } from '../../../www/lesson/arguments.js';
import { lessonOf, readWords, writeWords } from '../../../www/lesson/link.js';
import { Run } from '../../../www/lesson/run.js';
import { isVisit } from '../../../www/lesson/visit.js';
import { UnrollError } from '../../../www/worker/fault.js';
import { mutateText, mutateValue, oneOf, randomFrom } from './mutate.js';
import { MESSAGES, VISITS } from './valid.js';

/** @import {MemberName} from '../../../www/lesson/commands.js' */

const INPUTS = Number(process.env.FUZZ ?? 5000);
/** What is refused at once was read for minutes, in milliseconds. */
const LONG = 60_000;

/**
 * @param {import('node:test').TestContext} t
 * @param {(random: import('./mutate.js').Random, k: number) => boolean} attempt  says whether it was taken
 */
function fuzz(t, attempt) {
  const random = randomFrom(INPUTS);
  let taken = 0;
  let longest = 0;
  for (let k = 0; k < INPUTS; k += 1) {
    const start = performance.now();
    if (attempt(random, k)) taken += 1;
    longest = Math.max(longest, performance.now() - start);
  }
  const [refused, slowest] = [INPUTS - taken, longest.toFixed(1)];
  t.diagnostic(`${INPUTS} inputs, ${taken} taken, ${refused} refused, at most ${slowest} ms`);
  assert(taken > 0 && refused > 0);
}

/** @param {unknown} error @returns {asserts error is UnrollError} */
function assertRefusal(error) {
  if (!(error instanceof UnrollError)) throw error;
  assert(['bad-request', 'option-value'].includes(error.code), error.code);
  assert(error.message.length < 600, error.message);
}

test('links', (t) => {
  const words = [
    'seed=',
    'cell=',
    'drawing=',
    'figure=',
    'digit=',
    'lesson=',
    '&',
    '&',
    '%',
    '%zz',
    '+',
    '#',
    '\ud83d',
    'hiddenSize=',
    'learningRate=',
    'shuffle=true',
    'lstm',
    'null',
    'AAAAAAAA',
    '.',
    '__proto__',
  ];
  const valid = [
    'lesson=mnist&seed=3&cell=rnn&hiddenSize=32&figure=gates&digit=12',
    'lesson=mnist&shuffle=false&batchSize=3&learningRate=1e-05&drawing=AAAAAAAA.ABCDABCD',
    'lesson=sin-cos&timeStep=20&stateMode=truncated&segmentsBack=3&endpoint=exclusive&speed=5',
  ];
  fuzz(t, (random) => {
    const text = mutateText(random, oneOf(random, valid), words);
    const here = { lesson: lessonOf(text) };
    const said = readWords(text, here);
    said.figure ||= null;
    assert(said.ignored.length <= 6 && said.ignored.every((one) => one.length < 400));
    // What was taken can be written, and is read as the same.
    const { lesson, seed, figure, digit, drawing } = said;
    const options = { ...beginningOf(lesson), ...said.options };
    const written = writeWords({ lesson, seed: seed ?? 1, options, figure, digit, drawing });
    const again = readWords(written, here);
    assert.deepEqual(again.ignored, [], `${text} was written as ${written}`);
    const { drawing: _, ...kept } = again;
    const all = { ...beginningOf(lesson), ...kept.options };
    assert.deepEqual([all, kept.figure, kept.digit], [options, figure, digit]);
    return said.ignored.length === 0;
  });
});

test('messages', (t) => {
  const members = /** @type {MemberName[]} */ (Object.keys(MEMBERS));
  fuzz(t, (random) => {
    const [method, ...valid] = oneOf(random, MESSAGES);
    const args = mutateValue(random, valid);
    const name = random() < 0.9 ? method : oneOf(random, members);
    try {
      structuredClone(paramsOf(name, Array.isArray(args) ? args : [args]));
      return true;
    } catch (error) {
      assertRefusal(error);
      return false;
    }
  });
});

test('drawings', (t) => {
  fuzz(t, (random) => {
    const drawing = mutateValue(random, [
      [
        [0, 0],
        [10, 20],
      ],
      [[5, 5]],
    ]);
    try {
      const strokes = strokesOf(drawing);
      assert(strokes.flat(2).every(Number.isFinite));
      return true;
    } catch (error) {
      assertRefusal(error);
      return false;
    }
  });
});

test('a list that says it is endless is refused at once', { timeout: LONG }, () => {
  const endless = Object.assign([], { length: 2 ** 32 - 1 });
  for (const ask of [
    () => strokesOf(endless),
    () => strokesOf([endless]),
    () => paramsOf('classifyDrawing', [endless]),
    () => paramsOf('compare', [{ variants: endless, steps: 3 }]),
  ]) {
    assert.throws(ask, (error) => {
      assertRefusal(error);
      return true;
    });
  }
});

test('records', (t) => {
  fuzz(t, (random) => {
    const record = mutateValue(random, oneOf(random, VISITS));
    if (!isVisit(record)) return false;
    const run = new Run();
    run.recall(record.memory);
    // What figures ask of it.
    assert.equal(run.losses.length, record.memory.losses.length);
    run.segments.at(run.segments.last);
    for (const { options, losses } of run.kept) {
      assert(Object.values(options).every((value) => Object(value) !== value));
      assert(Number.isFinite(losses.length));
    }
    for (const [name] of record.memory.comparisons)
      for (const { losses } of run.comparison(name)?.runs ?? [])
        assert(losses.every((loss) => typeof loss === 'number'));
    assert(run.log.every(({ step }) => Number.isInteger(step)));
    assert(run.accuracies.every(({ accuracy }) => accuracy >= 0 && accuracy <= 1));
    return true;
  });
});
