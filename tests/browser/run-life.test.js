/**
 * The life of a run: every call is answered once, what belongs to a run stays with it, and a pause
 * or a question waits for one step at most.
 */

import assert from 'node:assert/strict';
import {
  ASKING,
  onCpu,
  openLesson,
  openSite,
  safetensors,
  serveMnist,
  smallMnist,
  tensors,
} from './harness.js';

/** @import {Lesson} from './harness.js' */

const MNIST = /** @type {const} */ ({ lesson: 'mnist', backend: 'cpu', data: 'synthetic' });
const SIN_COS = /** @type {const} */ ({ lesson: 'sin-cos', backend: 'cpu' });

/** How many points the accuracy curve has. @param {Lesson} lesson */
async function accuracyPoints(lesson) {
  const details = lesson.part('accuracy').locator('details.numbers');
  await details.evaluate((element) => {
    /** @type {HTMLDetailsElement} */ (element).open = true;
    element.scrollIntoView({ block: 'center' });
  });
  // Figures draw what changed within two frames.
  await lesson.drawn();
  return details.locator('tbody tr').count();
}

/** IDX files given to `loadData`. @param {number} train @param {number} test */
function ownDigits(train, test) {
  const files = smallMnist(train, test);
  const base64 = (/** @type {string} */ name) => files[name].toString('base64');
  return {
    trainImages: base64('train-images-idx3-ubyte'),
    trainLabels: base64('train-labels-idx1-ubyte'),
    testImages: base64('t10k-images-idx3-ubyte'),
    testLabels: base64('t10k-labels-idx1-ubyte'),
  };
}

/** @type {(element: any, files: Record<string, string>) => Promise<unknown>} */
const loadData = (element, files) =>
  element.loadData(
    Object.fromEntries(
      Object.entries(files).map(([name, base64]) => [
        name,
        Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)),
      ]),
    ),
  );

onCpu('an accuracy belongs to the run that was evaluated', async (t) => {
  const lesson = await openLesson(t, { ...MNIST, hide: ASKING });
  await lesson.call('step', 1);
  const count = (await lesson.state()).data?.test ?? 0;
  // Asked in the same breath: the evaluation is under way when the reset comes.
  const [evaluated, reset] = await Promise.all([
    lesson.beginning((element, count) => element.evaluate(count), count),
    lesson.begin('reset'),
  ]);
  assert((await reset.settled()).ok);
  const outcome = await evaluated.settled(60_000);
  const { step, accuracy } = await lesson.state();
  assert.deepEqual([step, accuracy], [0, null], 'the fresh run was not evaluated');
  assert.deepEqual([outcome.ok, outcome.code], [false, 'superseded']);
  assert.equal(await accuracyPoints(lesson), 0);

  // A question about a few images is nobody's accuracy.
  await lesson.call('step', 50);
  await lesson.until((element) => element.state.accuracy !== null);
  const measured = (await lesson.state()).accuracy;
  assert.equal(await accuracyPoints(lesson), 1);
  await lesson.call('evaluate', 1);
  assert.equal((await lesson.state()).accuracy, measured);
  assert.equal(await accuracyPoints(lesson), 1);
});

onCpu('an evaluation settles where other digits come', async (t) => {
  const lesson = await openLesson(t, { ...MNIST, hide: ASKING });
  await lesson.call('step', 1);
  const evaluated = await lesson.begin('evaluate', 2000);
  const loaded = await lesson.beginning(loadData, ownDigits(192, 64));
  assert((await loaded.settled()).ok);
  const outcome = await evaluated.settled();
  assert(outcome.ok || outcome.code === 'superseded', String(outcome.code));
  assert.equal((await lesson.state()).data?.test, 64);
});

onCpu('digits that come while MNIST is looked for are those that are read', async (t) => {
  const lesson = await openLesson(t, { ...MNIST, hide: ASKING });
  const site = await openSite();
  site.fail(t, 'data/mnist/t10k-labels-idx1-ubyte.gz', { hang: true });
  const looked = await lesson.begin('loadMnist');
  // What is no digit ends nothing.
  const bad = await lesson.beginning(loadData, {
    ...ownDigits(8, 4),
    testLabels: btoa('no labels'),
  });
  assert.equal((await bad.settled()).ok, false);
  const own = await lesson.beginning(loadData, ownDigits(192, 64));
  assert((await own.settled()).ok);
  const { ok, code } = await looked.settled();
  assert.deepEqual([ok, code], [false, 'superseded']);
  assert.equal((await lesson.state()).data?.train, 192);
});

onCpu('steps that are cut short say so, and how many were done', async (t) => {
  const lesson = await openLesson(t, { ...SIN_COS, hide: ASKING });
  /** @param {string} by @param {() => Promise<unknown>} end */
  const cut = async (by, end) => {
    const before = (await lesson.state()).step;
    const steps = await lesson.begin('step', 1_000_000);
    await lesson.until((element, before) => element.state.step > before, before);
    assert.equal((await lesson.state()).running, true);
    await end();
    const outcome = await steps.settled();
    assert.deepEqual([outcome.ok, outcome.code], [false, by]);
    const done = Number(outcome.detail.done);
    assert(done > 0 && done < 1_000_000, `${done} steps done`);
    assert.equal((await lesson.state()).running, false);
    return before + done;
  };
  const standing = await cut('stopped', () => lesson.call('pause'));
  assert.equal((await lesson.state()).step, standing);
  await cut('superseded', () => lesson.call('reset'));
  assert.equal((await lesson.state()).step, 0);
  const weights = await lesson.saveWeights();
  await cut('superseded', () => lesson.loadWeights(weights));
  assert.equal((await lesson.state()).step, 0);
  await cut('superseded', () => lesson.call('set', { hiddenSize: 8 }));
  assert.deepEqual([(await lesson.state()).step, (await lesson.losses()).length], [0, 0]);

  // Several at once queue up, and nothing goes on after them.
  const several = await Promise.all([lesson.begin('step', 5), lesson.begin('step', 3)]);
  const steps = await Promise.all(several.map((one) => one.settled()));
  assert.deepEqual(
    steps.map(({ value }) => value.step),
    [5, 8],
  );
  assert.equal((await lesson.state()).running, false);
});

/** How long a call takes to be answered, in milliseconds. @param {Lesson} lesson @param {string} body */
function timed(lesson, body) {
  return lesson.run(async (element, body) => {
    const start = performance.now();
    // biome-ignore lint/security/noGlobalEval: the source is the test's own.
    await globalThis.eval(`(${body})`)(element);
    return performance.now() - start;
  }, body);
}

/**
 * What an answer may take: 100 ms, or one step where a step is longer, and what a busy machine adds.
 *
 * @param {number} step in milliseconds
 */
const within = (step) => Math.max(100, 1.6 * step) + 150;

onCpu('a pause waits for one step at most, whatever steps cost before', async (t) => {
  const lesson = await openLesson(t, { ...MNIST, hide: ASKING });
  // Fourteen presses of Step, each a turn that was over early.
  for (let k = 0; k < 14; k += 1) await lesson.call('step', 1);
  await lesson.call('set', { hiddenSize: 256, learningRate: 0.001 });
  const playing = await lesson.begin('play');
  assert((await playing.settled()).ok);
  // Asked at once: the first turn after the change is the one that counts.
  const pause = await timed(lesson, '(element) => element.pause()');
  const step = await timed(lesson, '(element) => element.step(1)');
  t.diagnostic(`pause ${pause.toFixed(0)} ms, a step ${step.toFixed(0)} ms`);
  assert(pause < within(step), `paused after ${pause} ms; a step takes ${step} ms`);
});

onCpu('a large comparison lets a pause and its own Stop through', async (t) => {
  const lesson = await openLesson(t, { ...MNIST, hide: ASKING });
  await lesson.call('set', { hiddenSize: 256, batchSize: 256, learningRate: 0.001 });
  const step = await timed(lesson, '(element) => element.step(1)');
  const variants = [1, 2, 3, 4, 5].map((k) => ({ learningRate: 0.001 * k }));
  const [comparing, heard] = await lesson.nextAfter('unroll-comparison', () =>
    lesson.begin('compare', { variants, steps: 50 }),
  );
  assert(heard.step < 50);
  const pause = await timed(lesson, '(element) => element.pause()');
  const stop = await timed(
    lesson,
    `(element) => element.stopComparison
      ? element.stopComparison()
      : element.compare({ variants: [], steps: 0 })`,
  );
  const outcome = await comparing.settled();
  t.diagnostic(
    `pause ${pause.toFixed(0)} ms, stop ${stop.toFixed(0)} ms, a step ${step.toFixed(0)} ms`,
  );
  assert(pause < within(step), `paused after ${pause} ms; a step takes ${step} ms`);
  assert(stop < within(step), `stopped after ${stop} ms; a step takes ${step} ms`);
  assert.deepEqual([outcome.ok, outcome.code], [false, 'stopped']);
});

onCpu('epochs are counted on, whatever changes at the end of one', async (t) => {
  await serveMnist(t, smallMnist(4, 4));
  const lesson = await openLesson(t, { ...MNIST, data: 'mnist', hide: ASKING });
  await lesson.call('set', { batchSize: 4 });
  await lesson.call('step', 3);
  assert.equal((await lesson.state()).epoch, 3);
  await lesson.call('set', { shuffle: false });
  assert.deepEqual([(await lesson.state()).step, (await lesson.state()).epoch], [3, 3]);
  await lesson.outcome(loadData, ownDigits(8, 4));
  const { step, epoch } = await lesson.state();
  assert.equal(epoch > 0, step > 0, `epoch ${epoch} at step ${step}`);
});

onCpu('a run whose loss is no number says so until another one begins', async (t) => {
  const lesson = await openLesson(t, { ...SIN_COS, hide: ASKING });
  const good = await lesson.saveWeights();
  const parts = tensors(good);
  const out = parts['out.weight'];
  const huge = { ...out, bytes: 'ffff7f7f'.repeat(out.bytes.length / 8) };
  await lesson.loadWeights(safetensors({ ...parts, 'out.weight': huge }));
  const stepped = await (await lesson.begin('step', 5)).settled();
  assert.deepEqual([stepped.ok, stepped.code], [false, 'nan-loss']);
  await lesson.part('error').waitFor();
  const { running } = await lesson.state();
  assert.equal(running, false);
  const played = await (await lesson.begin('play')).settled();
  assert.deepEqual([played.ok, played.code], [false, 'nan-loss']);
  // Everything else is answered.
  assert((await lesson.saveWeights()).length > 0);
  assert((await lesson.outcome((element) => element.set({ learningRate: 0.01 }))).ok);
  assert((await lesson.outcome((element) => element.follow(new Float32Array(4)))).ok);

  await lesson.loadWeights(good);
  await lesson.part('error').waitFor({ state: 'hidden' });
  await lesson.call('step', 3);
  assert((await lesson.losses()).every(Number.isFinite));
});
