/** What came of a run: what belongs to it, what outlives it, and what is late. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Run } from '../../../www/lesson/run.js';

/** @import {Evaluation, Options, State} from '../../../www/worker/protocol.js' */

/** @param {Partial<State>} what @returns {State} */
function state(what = {}) {
  return {
    lesson: 'mnist',
    backend: 'cpu',
    run: 1,
    running: false,
    playing: false,
    untrained: true,
    finished: false,
    step: 0,
    epoch: 0,
    stepsPerEpoch: 938,
    epochStep: 0,
    loss: null,
    accuracy: null,
    stepsPerSecond: 0,
    workers: 1,
    stepTime: null,
    seed: 1,
    options: { learningRate: 0.01, hiddenSize: 64, cell: 'lstm', clipNorm: null, speed: null },
    data: null,
    parameters: 24714,
    architecture: 'RNN(...)',
    ...what,
  };
}

/** @param {number} first @param {number[]} losses @param {Partial<State>} [what] */
function metrics(first, losses, what = {}) {
  return {
    firstStep: first,
    losses: Float32Array.from(losses),
    segments: null,
    state: state({ step: first - 1 + losses.length, ...what }),
  };
}

/** @param {number} first @param {number} count segments of two points and one unit */
function segments(first, count) {
  const points = (/** @type {number} */ scale) =>
    Float32Array.from({ length: 2 * count }, (_, k) => scale * (first + Math.floor(k / 2)));
  return {
    lengths: new Uint32Array(count).fill(2),
    times: points(1),
    inputs: points(2),
    targets: points(3),
    predictions: points(4),
    hidden: points(5),
  };
}

/** @param {number} step @param {number} images @param {number} [run] */
function evaluation(step, images, run = 1) {
  const evaluation = /** @type {Evaluation} */ ({
    ...{ step, accuracy: 0.5, loss: 1, images },
    ...{ trainLoss: 0.25, epoch: 0 },
  });
  return { evaluation, state: state({ step, run, loss: 0.25 }), counts: images === 2000 };
}

test('losses are joined in order, at any length', () => {
  const run = new Run();
  for (let first = 1; first < 5000; first += 7)
    run.takeMetrics(metrics(first, [first, 1, 2, 3, 4, 5, 6]));
  assert.equal(run.losses.length, 715 * 7);
  assert.equal(run.losses[4200], 4201);
});

test('a recovery from step 50 of 80 cuts what came after it, and x never runs backwards', () => {
  const run = new Run();
  const ten = (/** @type {number} */ first) => Array.from({ length: 10 }, (_, k) => first + k);
  for (let first = 1; first <= 71; first += 10) {
    // An evaluation comes before the losses of the steps just before it.
    if ([21, 41, 71].includes(first)) run.takeEvaluation(evaluation(first + 4, 2000));
    run.takeMetrics({ ...metrics(first, ten(first)), segments: segments(first, 10) });
  }
  assert.deepEqual([run.losses.length, run.accuracies.length], [80, 3]);
  run.takeState(state({ step: 50 }));
  assert.equal(run.losses.length, 50);
  assert.deepEqual(
    run.accuracies.map(({ step }) => step),
    [25, 45],
  );
  assert.deepEqual(
    run.log.map(({ step }) => step),
    [25, 45],
  );
  assert.equal(run.evaluation, null, 'it was of step 75');
  assert.deepEqual([run.segments.last, run.segments.at(50)?.predictions[0]], [50, 200]);
  assert.equal(run.segments.at(51), null);
  run.takeMetrics({ ...metrics(51, [-51, -52]), segments: segments(51, 2) });
  assert.deepEqual([...run.losses.slice(48)], [49, 50, -51, -52]);
  assert.equal(run.segments.at(52)?.predictions[1], 208);
});

test('losses that a lost worker could not tell are not known, and hide nothing', () => {
  const run = new Run();
  run.takeMetrics(metrics(1, [1, 2]));
  run.takeState(state({ step: 4 }));
  run.takeMetrics(metrics(5, [5]));
  assert.deepEqual([...run.losses], [1, 2, Number.NaN, Number.NaN, 5]);
});

test('a fresh run clears what belongs to the one before, and nothing else', () => {
  const run = new Run();
  run.takeMetrics({ ...metrics(1, [1, 2]), segments: segments(1, 2) });
  run.takeEvaluation(evaluation(2, 2000));
  run.keep();
  run.view('gates', { row: 3 }).row = 9;
  run.beginComparison(7, 'memory', { variants: [{}], steps: 10 });
  run.placeOnPad({ strokes: [[[1, 2]]], image: null });
  const fresh = run.watch('fresh');
  fresh();
  run.takeState(state({ run: 2 }));
  assert.equal(fresh(), true);
  assert.deepEqual([run.losses.length, run.accuracies, run.log], [0, [], []]);
  assert.deepEqual([run.evaluation, run.segments.last], [null, 0]);
  assert.equal(run.kept.length, 1);
  assert.equal(run.view('gates', { row: 3 }).row, 9);
  assert.equal(run.comparison('memory')?.status, 'running');
  assert.equal(run.pad.strokes.length, 1);
});

test('what comes late from another run is dropped', () => {
  const run = new Run();
  run.takeMetrics(metrics(1, [1, 2]));
  run.takeState(state({ run: 2 }));
  const changed = run.watch('state', 'losses', 'accuracies', 'evaluation', 'fresh');
  changed();
  assert.equal(run.takeMetrics(metrics(3, [3])), false);
  assert.equal(run.takeEvaluation(evaluation(2, 2000)), false);
  assert.equal(run.takeState(state({ step: 3 })), false);
  assert.equal(changed(), false);
  assert.deepEqual([run.state?.run, run.losses.length, run.evaluation], [2, 0, null]);
});

test('only an evaluation that counts is a point of the curve; the latest is looked at', () => {
  const run = new Run();
  run.takeEvaluation(evaluation(0, 1));
  assert.deepEqual([run.accuracies, run.log, run.evaluation?.images], [[], [], 1]);
  run.takeEvaluation(evaluation(0, 2000));
  run.takeEvaluation(evaluation(0, 2000));
  assert.equal(run.accuracies.length, 1, 'one point for every step');
  assert.deepEqual(run.log, [{ step: 0, epoch: 0, loss: 0.25, accuracy: 0.5 }]);
  assert.equal(run.evaluation?.images, 2000);
});

test('other digits take along what showed the ones before', () => {
  const run = new Run();
  run.takeEvaluation(evaluation(3, 2000));
  run.placeOnPad({ strokes: [], image: { index: 3, label: 7, pixels: new Uint8Array(784) } });
  const changed = run.watch('data');
  changed();
  run.otherDigits();
  assert.equal(changed(), true);
  assert.deepEqual([run.evaluation, run.accuracies, run.pad.image], [null, [], null]);
});

test('a comparison: its losses, asked again elsewhere, ended once', () => {
  const run = new Run();
  const variants = [
    { cell: /** @type {const} */ ('lstm') },
    { cell: /** @type {const} */ ('rnn') },
  ];
  run.takeState(state({ seed: 5 }));
  run.beginComparison(7, 'gradient-flow', { variants, steps: 4 });
  const event = (/** @type {number} */ first, /** @type {number[]} */ losses) => ({
    id: 7,
    first,
    step: first - 1 + losses.length,
    runs: variants.map(() => ({
      losses: Float32Array.from(losses),
      norms: new Float32Array(28),
      accuracy: first > 1 ? 0.5 : null,
    })),
  });
  run.takeComparison(event(1, []));
  run.takeComparison(event(1, [1, 2]));
  run.takeComparison(event(3, [3]));
  assert.equal(run.comparison('gradient-flow')?.runs[0]?.accuracy, 0.5);
  const compared = run.comparison('gradient-flow');
  assert(compared);
  assert.deepEqual([compared.step, compared.seed, run.comparing], [3, 5, 'gradient-flow']);
  const looked = () => compared.runs.map(({ norms }) => norms.map(({ step }) => step));
  assert.deepEqual(looked()[1], [0, 2, 3]);
  run.takeComparison(event(1, []));
  assert.deepEqual([compared.runs[0]?.losses, looked()[0]], [[], [0]], 'begun again');
  run.takeComparison(event(1, [1, 2, 3, 4]));
  run.endComparison(7, 'done');
  assert.deepEqual(
    [compared.status, run.comparing, compared.runs[1]?.losses.length],
    ['done', null, 4],
  );
  run.endComparison(7, 'failed');
  run.takeComparison(event(1, [9]));
  assert.deepEqual([compared.status, compared.step], ['done', 4], 'it has ended');
});

test('a comparison that takes another’s place', () => {
  const run = new Run();
  run.beginComparison(1, 'state-modes', { variants: [{}], steps: 10 });
  const first = run.comparison('state-modes');
  run.beginComparison(2, 'state-modes', { variants: [{}, {}], steps: 10 });
  run.endComparison(1, 'stopped');
  assert.equal(run.comparing, 'state-modes');
  run.takeComparison({
    id: 1,
    first: 1,
    step: 1,
    runs: [{ losses: Float32Array.of(1), norms: null, accuracy: null }],
  });
  assert.deepEqual([first?.status, first?.step], ['stopped', 0]);
  assert.deepEqual(
    [run.comparison('state-modes')?.runs.length, run.comparison('other')],
    [2, null],
  );
});

test('kept runs: five, a look each, and whether options changed on the way', () => {
  const run = new Run();
  assert.equal(run.keep(), false, 'nothing to keep');
  run.takeMetrics(metrics(1, [1, 2, 3]));
  assert.equal(run.kind?.changed, false);
  /** @type {Options} */
  const faster = { learningRate: 0.02, hiddenSize: 64, cell: 'lstm', clipNorm: null, speed: 5 };
  run.takeState(state({ step: 3, options: { ...faster, learningRate: 0.01 } }));
  assert.equal(run.kind?.changed, false, 'speed changes nothing');
  run.takeState(state({ step: 3, options: { ...faster, learningRate: 0.01, workers: 2 } }));
  assert.equal(run.kind?.changed, false, 'nor do threads');
  run.takeState(state({ step: 3, options: faster }));
  assert.equal(run.kind?.changed, true);
  for (let k = 0; k < 5; k += 1) assert.equal(run.keep(), true);
  assert.equal(run.keep(), false, 'five at most');
  const [, second] = run.kept;
  assert(second);
  run.removeKept(second);
  assert.equal(run.keep(), true);
  assert.deepEqual(
    run.kept.map(({ look }) => look),
    [0, 2, 3, 4, 1],
  );
  run.takeMetrics(metrics(1, [9], { run: 2 }));
  assert.deepEqual([...(run.kept[0]?.losses ?? [])], [1, 2, 3], 'a copy');
  assert.equal(run.kind?.changed, false, 'another run');
});

test('watching: true at first, then once for every change of what is watched', () => {
  const run = new Run();
  const [all, pad] = [run.watch('pad', 'reading'), run.watch('pad')];
  assert.deepEqual([all(), all(), pad()], [true, false, true]);
  run.takeReading(null, run.pad);
  assert.deepEqual([all(), pad()], [true, false]);
  run.placeOnPad({ strokes: [], image: null });
  run.takeReading(null, run.pad);
  assert.deepEqual([all(), all(), pad(), pad()], [true, false, true, false]);
});
