/** What a lesson is like in words: written and read again, and read from anybody. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginningOf } from '../../../www/lessons/beginning.js';
import { readDrawing, writeDrawing } from '../../../www/lesson/drawing-words.js';
import { lessonOf, readWords, writeWords } from '../../../www/lesson/link.js';

const HERE = /** @type {const} */ ({ lesson: 'mnist' });
const NOTHING = { figure: null, digit: null, drawing: [] };

test('only what differs from the beginning is said', () => {
  const options = beginningOf('mnist');
  assert.equal(writeWords({ lesson: 'mnist', seed: 1, options, ...NOTHING }), 'lesson=mnist');
  const other = { ...options, cell: /** @type {const} */ ('rnn'), hiddenSize: 32, speed: 5 };
  assert.equal(
    writeWords({ lesson: 'mnist', seed: 3, options: other, ...NOTHING, figure: 'gates', digit: 7 }),
    'lesson=mnist&seed=3&hiddenSize=32&speed=5&cell=rnn&figure=gates&digit=7'
      .split('&')
      .sort((a, b) => order(a) - order(b))
      .join('&'),
  );
});

/** In the order of the options' table. @param {string} word */
function order(word) {
  const names = ['lesson', 'seed', ...Object.keys(beginningOf('mnist')), 'figure', 'digit'];
  return names.indexOf(word.split('=')[0] ?? '');
}

test('what is written is read', () => {
  const options = { ...beginningOf('mnist'), shuffle: false, learningRate: 1e-5, batchSize: 3 };
  const words = writeWords({ lesson: 'mnist', seed: 7, options, ...NOTHING, digit: 12 });
  const said = readWords(words, HERE);
  assert.deepEqual(said.options, { shuffle: false, learningRate: 1e-5, batchSize: 3 });
  assert.deepEqual([said.seed, said.digit, said.ignored], [7, 12, []]);
});

test('a zero is a zero', () => {
  const { seed, digit } = readWords('seed=-0&digit=-0', HERE);
  assert.deepEqual([seed, digit], [0, 0]);
});

test('former names of figures go on working', () => {
  assert.equal(readWords('figure=tape', HERE).figure, 'belief-tape');
});

for (const [words, pattern] of /** @type {const} */ ([
  ['hiddenSize=9999', /hiddenSize=9999 \(a whole number from 1 to 256\)/],
  ['hiddenSize=', /hiddenSize= \(a whole/],
  ['hiddenSize=0x10', /whole/],
  ['hiddenSize=1.5', /whole/],
  ['learningRate=NaN', /learningRate=NaN \(a number/],
  ['learningRate=-1', /number/],
  ['cell=transformer', /one of/],
  ['shuffle=1', /true or false/],
  ['colour=red', /colour=red \(unknown\)/],
  ['__proto__=1', /unknown/],
  ['constructor=1', /unknown/],
  ['timeStep=4', /unknown/],
  ['seed=-1', /seed=-1/],
  ['seed=4294967296', /seed/],
  ['lesson=sin-cos', /the lesson here is mnist/],
  ['cell=rnn&cell=lstm', /cell=lstm \(said twice\)/],
  ['digit=3.5', /test image/],
  ['drawing=%3Cscript%3E', /no drawing/],
  ['drawing=AAA', /no drawing/],
  ['digit=1&drawing=AAAAAAAA', /there is a drawing too/],
])) {
  test(`${words} is named and ignored`, () => {
    const { ignored, options } = readWords(words, HERE);
    assert.equal(ignored.length, 1);
    assert.match(ignored[0] ?? '', pattern);
    assert.deepEqual(options, words.startsWith('cell=rnn') ? { cell: 'rnn' } : {});
  });
}

test('a seed that holds already is not said otherwise', () => {
  assert.equal(readWords('seed=3', { lesson: 'mnist', seed: 4 }).ignored.length, 1);
  assert.equal(readWords('seed=4', { lesson: 'mnist', seed: 4 }).ignored.length, 0);
});

test('words without end are not read', () => {
  const { ignored, options } = readWords(`cell=rnn&x=${'y'.repeat(9000)}`, HERE);
  assert.deepEqual([ignored.length, options], [1, {}]);
  const many = Array.from({ length: 200 }, (_, k) => `x${k}=1`).join('&');
  assert(readWords(many, HERE).ignored.length < 10);
});

test('any words are read without an error', () => {
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const letters = 'abAB01=&%#?+-_. <>"\u0000\u4e2d\ud83d';
  const names = ['seed=', 'cell=', 'drawing=', 'figure=', 'digit=', 'lesson=', '&', '%', '%zz'];
  for (let k = 0; k < 20_000; k += 1) {
    const words = Array.from({ length: Math.floor(random() * 20) }, () =>
      random() < 0.3
        ? names[Math.floor(random() * names.length)]
        : letters[Math.floor(random() * letters.length)],
    ).join('');
    const said = readWords(words, HERE);
    assert(said.ignored.every((one) => one.length < 400));
    lessonOf(words);
  }
});

test('a drawing is what it was, and short', () => {
  const circle = Array.from({ length: 300 }, (_, k) => {
    const turn = (k / 299) * 2 * Math.PI;
    return /** @type {[number, number]} */ ([140 + 90 * Math.cos(turn), 140 + 90 * Math.sin(turn)]);
  });
  const word = writeDrawing([circle, [[10, 20]]]);
  assert(word.length < 400, `${word.length} characters`);
  const read = readDrawing(word);
  assert.equal(read?.length, 2);
  for (const [x, y] of read?.[0] ?? [])
    assert(Math.abs(Math.hypot(x - 140, y - 140) - 90) < 0.2, `${x}, ${y}`);
  assert.deepEqual(
    read?.[1]?.map((point) => point.map(Math.round)),
    [[10, 20]],
  );
});

test('a drawing without end becomes one that fits', () => {
  const scribble = Array.from(
    { length: 20_000 },
    (_, k) => /** @type {[number, number]} */ ([(k * 97) % 280, (k * 193) % 280]),
  );
  const word = writeDrawing([scribble]);
  assert(word.length <= 4000);
  assert(readDrawing(word));
});
