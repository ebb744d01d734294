/**
 * What a lesson tells about the inside of its network is, in Chromium, what PyTorch says about its own
 * (tests/reference/insight.py); and what it cannot look at, it says.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  assertClose,
  forEachBackend,
  needsMnist,
  onCpu,
  openLesson,
  reference,
  safetensors,
  serveMnist,
  smallMnist,
} from './harness.js';
import { root } from './site.js';

/** @import {TestContext} from 'node:test' */
/** @import {Lesson} from './harness.js' */

const torch = JSON.parse(readFileSync(join(root, 'tests/reference/insight.json'), 'utf8'));
const CLOSE = 1e-5;
/** Of a norm, relative. */
const NORM = 1e-4;

/** Weights that the reference holds as numbers, as a safetensors file. @param {Record<string, {shape: number[], values: number[]}>} weights */
function weightsFile(weights) {
  const hex = (/** @type {number[]} */ values) =>
    Buffer.from(Float32Array.from(values).buffer).toString('hex');
  return safetensors(
    Object.fromEntries(
      Object.entries(weights).map(([name, { shape, values }]) => [
        name,
        { dtype: 'F32', shape, bytes: hex(values) },
      ]),
    ),
  );
}

/**
 * @param {TestContext} t
 * @param {Lesson} lesson
 * @param {any} expected
 * @param {number} tolerance
 */
async function assertInside(t, lesson, expected, tolerance) {
  const found = await lesson.run(
    async (element, { set, index, evaluated }) => {
      const { pixels } = await element.digit(set, index);
      const seen = await element.inspect(pixels);
      const gradients = await element.rowGradients();
      const { losses } = await element.evaluate(evaluated);
      const arrays = [
        seen.beliefs,
        seen.gates,
        seen.hidden,
        seen.cellState,
        gradients.norms,
        losses,
      ];
      return {
        typed: arrays.every((array) => array instanceof Float32Array),
        steps: [seen.step, gradients.step],
        hiddenSize: seen.hiddenSize,
        arrays: arrays.map((array) => [...array]),
      };
    },
    { ...torch.digit, evaluated: expected.losses.length },
  );
  assert(found.typed, 'Float32Arrays');
  assert.deepEqual(found.steps, [0, 0]);
  assert.equal(found.hiddenSize, expected.hidden_size);
  const [beliefs, gates, hidden, cellState, norms, losses] = found.arrays;
  const off = [
    assertClose('beliefs', beliefs, expected.beliefs, tolerance),
    assertClose('hidden', hidden, expected.hidden, tolerance),
    assertClose('cellState', cellState, expected.cell_state, tolerance),
    assertClose('losses', losses, expected.losses, tolerance),
  ];
  const ofRow = 4 * expected.hidden_size;
  assert.equal(gates.length, expected.cell_state.length === 0 ? 0 : 28 * ofRow);
  for (const [row, values] of Object.entries(expected.gates)) {
    const from = Number(row) * ofRow;
    off.push(
      assertClose(`gates of row ${row}`, gates.slice(from, from + ofRow), values, tolerance),
    );
  }
  t.diagnostic(`largest difference: ${Math.max(...off).toExponential(1)}`);
  assertClose('norms', norms, expected.norms, (row) => NORM * expected.norms[row]);
}

forEachBackend('the inside of the LSTM', async (t, backend) => {
  const start = reference('mnist_lstm_seed1');
  if (!needsMnist(t)) return;
  const lesson = await openLesson(t, { lesson: 'mnist', backend, data: 'mnist' });
  await lesson.loadWeights(start.weights);
  assert.equal((await lesson.state()).architecture, torch.lstm.architecture);
  await assertInside(t, lesson, torch.lstm, CLOSE);
});

forEachBackend('the inside of the RNN, and what it learns', async (t, backend) => {
  if (!needsMnist(t)) return;
  const { rnn } = torch;
  const lesson = await openLesson(t, { lesson: 'mnist', backend, data: 'mnist' });
  await lesson.call('step', 1);
  await lesson.call('set', {
    cell: 'rnn',
    hiddenSize: rnn.hidden_size,
    learningRate: rnn.learning_rate,
    shuffle: false,
  });
  assert.deepEqual(await lesson.losses(), [], 'another cell is a fresh run');
  await lesson.loadWeights(weightsFile(rnn.weights));
  assert.equal((await lesson.state()).architecture, rnn.architecture);
  await assertInside(t, lesson, rnn, CLOSE);
  await lesson.call('step', rnn.step_losses.length);
  assertClose('step losses', await lesson.losses(), rnn.step_losses, 1e-4);
});

forEachBackend('what follows an input', async (t, backend) => {
  const start = reference('sin_cos_seed1');
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend });
  await lesson.loadWeights(start.weights);
  const { inputs, predictions, hidden } = torch.follow;
  const found = await lesson.run(async (element, inputs) => {
    const { predictions, hidden, hiddenSize, step } = await element.follow(
      Float32Array.from(inputs),
    );
    return { predictions: [...predictions], hidden: [...hidden], hiddenSize, step };
  }, inputs);
  assert.deepEqual([found.hiddenSize, found.step], [32, 0]);
  const off = assertClose('predictions', found.predictions, predictions, CLOSE);
  assertClose('hidden', found.hidden, hidden, CLOSE);
  t.diagnostic(`largest difference: ${off.toExponential(1)}`);
});

onCpu('the cell is a setting, and goes along to a fresh run', async (t) => {
  await serveMnist(t, smallMnist());
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
  await lesson.call('step', 2);
  await lesson.page.locator('unroll-lesson details').evaluateAll((all) => {
    for (const details of all) /** @type {HTMLDetailsElement} */ (details).open = true;
  });
  await lesson.part('cell').selectOption('RNN');
  await lesson.until((element) => element.state.options.cell === 'rnn');
  const { step, architecture, parameters } = await lesson.state();
  assert.deepEqual([step, parameters], [0, 64 * (28 + 64 + 2) + 650]);
  await lesson.page.getByText('RNN(28, 64, batch_first=True)').waitFor();
  assert.match(architecture, /\(rnn\): RNN\(28, 64, /);
  await lesson.call('step', 2);
  await lesson.call('reset');
  assert.equal((await lesson.state()).options.cell, 'rnn');
  assert.equal(await lesson.part('cell').inputValue(), 'rnn');
});

test('an RNN that goes from the CPU to WebGPU and back is the same run', {
  timeout: 480_000,
}, async (t) => {
  await serveMnist(t, smallMnist());
  const how = /** @type {const} */ ({ lesson: 'mnist', backend: 'cpu', data: 'mnist', seed: 3 });
  const moved = await openLesson(t, { ...how, browser: 'webgpu' });
  await moved.call('set', { cell: 'rnn' });
  await moved.call('step', 2);
  for (const backend of ['webgpu', 'cpu']) {
    await moved.call('set', { backend });
    const { options, step } = await moved.state();
    assert.deepEqual([options.cell, step % 2], ['rnn', 0]);
    await moved.call('step', 2);
  }
  const stayed = await openLesson(t, how);
  await stayed.call('set', { cell: 'rnn' });
  await stayed.call('step', 6);
  assertClose('losses', await moved.losses(), await stayed.losses(), 1e-3);
});

onCpu('what cannot be looked at', async (t) => {
  await serveMnist(t, smallMnist());
  const digits = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
  await digits.call('step', 1);
  const before = await digits.state();
  const ofDigits = /** @type {const} */ ([
    [
      'pixels-count',
      /inspect.*783/,
      (/** @type {any} */ element) => element.inspect(new Uint8Array(783)),
    ],
    [
      'pixels-value',
      /NaN/,
      (/** @type {any} */ element) => element.inspect(new Float32Array(784).fill(NaN)),
    ],
    ['pixels-type', /inspect/, (/** @type {any} */ element) => element.inspect('a seven')],
    [
      'wrong-lesson',
      /follow/,
      (/** @type {any} */ element) => element.follow(new Float32Array(10)),
    ],
    [
      'option-value',
      /cell cannot be "transformer"/,
      (/** @type {any} */ element) => element.set({ learningRate: 0.5, cell: 'transformer' }),
    ],
  ]);
  for (const [code, says, ask] of ofDigits) {
    const fault = await digits.refusal(ask);
    assert.equal(fault.code, code);
    assert.match(fault.message, says);
  }
  assert.deepEqual(await digits.state(), before, 'nothing changed');

  const wave = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  const ofWave = /** @type {const} */ ([
    ['inputs-count', /given 0/, (/** @type {any} */ element) => element.follow(new Float32Array())],
    [
      'inputs-count',
      /given 2001/,
      (/** @type {any} */ element) => element.follow(new Float32Array(2001)),
    ],
    [
      'inputs-value',
      /Input 3 .* NaN/,
      (/** @type {any} */ element) => element.follow(Float32Array.of(0, 1, 2, NaN)),
    ],
    [
      'inputs-value',
      /Input 0 .* inf/,
      (/** @type {any} */ element) => element.follow(Float32Array.of(Infinity)),
    ],
    ['inputs-type', /Float32Array/, (/** @type {any} */ element) => element.follow([0, 1])],
    [
      'wrong-lesson',
      /inspect/,
      (/** @type {any} */ element) => element.inspect(new Uint8Array(784)),
    ],
    ['wrong-lesson', /rowGradients/, (/** @type {any} */ element) => element.rowGradients()],
    ['option-unknown', /scan/, (/** @type {any} */ element) => element.set({ scan: 'up' })],
  ]);
  await wave.call('step', 2);
  const still = await wave.state();
  for (const [code, says, ask] of ofWave) {
    const fault = await wave.refusal(ask);
    assert.equal(fault.code, code);
    assert.match(fault.message, says);
  }
  assert.deepEqual(await wave.state(), still, 'nothing changed');
  await wave.call('step', 1);
  assert.equal((await wave.losses()).length, 3);
});
