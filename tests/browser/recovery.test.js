/** A worker that dies, loudly or in silence, and a device that is lost: the run goes on from where it stood. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  crash,
  loseDevice,
  nextWorker,
  onCpu,
  openLesson,
  openSite,
  patience,
  QUIET,
  workersAre,
} from './harness.js';

/** @import {Lesson} from './harness.js' */

const PATIENCE = { timeout: patience(120_000) };
const SIN_COS = /** @type {const} */ ({ lesson: 'sin-cos', backend: 'cpu', hide: QUIET });
const BOOM = [/boom/];
const LOST = [/device/i];

/** Notes in the page when a chart is given steps that run backwards: put around uPlot's module. */
const watchCharts = (/** @type {string} */ source) =>
  `globalThis.chartsGiven = 0;
  globalThis.backwards = [];
  function lookAt([steps]) {
    globalThis.chartsGiven += 1;
    for (let k = 1; k < steps.length; k += 1)
      if (!(steps[k] > steps[k - 1])) globalThis.backwards.push([steps[k - 1], steps[k]]);
  }
  function Watched(options, data, target) {
    const plot = new uPlot(options, data, target);
    const set = plot.setData;
    if (data) lookAt(data);
    plot.setData = (next, ...rest) => (lookAt(next), set(next, ...rest));
    return plot;
  }
  ${source.replace('plot = new uPlot(', 'plot = new Watched(')}`;

/** Crashes the lesson's worker and waits until another one serves. @param {Lesson} lesson */
async function crashAndRecover(lesson) {
  const [worker] = lesson.page.workers();
  const fault = await lesson.next('unroll-error', () => crash(worker));
  await workersAre(lesson.page, 1);
  return fault;
}

test(
  'a device lost after a checkpoint: on from it, and no chart runs backwards',
  PATIENCE,
  async (t) => {
    const site = await openSite();
    site.fail(t, site.fileWith('new uPlot('), { rewrite: watchCharts });
    const lesson = await openLesson(t, { ...SIN_COS, backend: 'webgpu', errors: LOST });
    await lesson.part('loss-chart').scrollIntoViewIfNeeded();
    await lesson.call('set', { timeStep: 4 });
    await lesson.call('step', 500);
    const [worker] = lesson.page.workers();
    const steps = await lesson.begin('step', 400);
    await lesson.until((element) => element.state.step >= 520);
    const fault = await lesson.next('unroll-error', () => loseDevice(worker));
    assert.equal(fault.code, 'recovered');
    assert(Number(fault.detail.step) >= 500, `on from step ${fault.detail.step}`);
    // What was asked for is done on the CPU.
    const outcome = await steps.settled(60_000);
    assert.deepEqual([outcome.ok, outcome.value?.step], [true, 900], outcome.message);
    const { backend, running, step } = await lesson.state();
    assert.deepEqual([backend, running, step], ['cpu', false, 900]);
    const losses = await lesson.losses();
    assert.equal(losses.length, 900);
    assert(
      losses.every((loss) => Number.isFinite(loss) && loss > 0),
      'a loss for every step',
    );
    const seen = await lesson.page.evaluate(() => {
      const { chartsGiven, backwards } = /** @type {any} */ (globalThis);
      return { chartsGiven, backwards };
    });
    assert(seen.chartsGiven > 0);
    assert.deepEqual(seen.backwards, []);

    // Paused on WebGPU, without a step of training since it came there: it stays where it stands.
    assert((await (await lesson.begin('set', { backend: 'webgpu' })).settled(60_000)).ok);
    await lesson.call('step', 12);
    await lesson.next('unroll-error', () => loseDevice(lesson.page.workers()[0]));
    await lesson.until((element) => element.state.backend === 'cpu');
    const paused = await lesson.state();
    assert.deepEqual([paused.step, paused.running], [912, false]);
  },
);

test('what waits for an answer when the device is lost gets one', PATIENCE, async (t) => {
  const lesson = await openLesson(t, { ...SIN_COS, backend: 'webgpu', errors: LOST });
  await lesson.call('step', 2);
  const [worker] = lesson.page.workers();
  const [compared, followed, stepped] = await Promise.all([
    lesson.begin('compare', { variants: [{}, { stateMode: 'reset' }], steps: 60 }),
    lesson.beginning((element) => element.follow(new Float32Array(8))),
    lesson.begin('step', 20),
  ]);
  await loseDevice(worker);
  const played = await lesson.begin('play');
  for (const one of [compared, followed, stepped, played]) {
    const { ok, code, message } = await one.settled(60_000);
    assert.deepEqual([ok, code], [true, undefined], `${one.what}: ${message}`);
  }
  await lesson.until(
    (element) =>
      element.state.backend === 'cpu' && (element.state.running || element.state.finished),
  );
});

onCpu('a crash loses nothing of a run that stands still', async (t) => {
  const lesson = await openLesson(t, { ...SIN_COS, errors: BOOM });
  await lesson.call('step', 42);
  const [weights, losses] = [await lesson.saveWeights(), await lesson.losses()];
  await crashAndRecover(lesson);
  await lesson.until((element) => element.state.step === 42);
  assert.equal((await lesson.state()).running, false);
  assert.deepEqual(await lesson.saveWeights(), weights);
  assert.deepEqual(await lesson.losses(), losses);

  // At the end of its length.
  await lesson.call('play');
  await lesson.until((element) => element.state.finished);
  await crashAndRecover(lesson);
  await lesson.until((element) => element.state.step === 100 && element.state.finished);
  assert.equal((await lesson.losses()).length, 100);
});

onCpu('five crashes within a minute: the run can still be reached', async (t) => {
  const lesson = await openLesson(t, { ...SIN_COS, errors: BOOM });
  await lesson.call('set', { speed: 20 });
  await lesson.call('step', 30);
  await lesson.call('play');
  for (let k = 0; k < 5; k += 1) {
    const worker = lesson.page.workers()[0] ?? (await nextWorker(lesson.page));
    await lesson.next('unroll-error', () => crash(worker));
    if (await retry(lesson).isVisible()) break;
    await lesson.until((element) => element.state.backend === 'cpu');
  }
  // It trains on, or it says that it stopped and offers a way on.
  if (await retry(lesson).isVisible()) {
    assert.equal((await lesson.state()).running, false);
    assert.equal(await lesson.part('pause').isVisible(), false);
    await retry(lesson).click();
    await lesson.part('error').waitFor({ state: 'hidden' });
  }
  const { step } = await lesson.state();
  assert(step >= 30, `the run is at step ${step}`);
  assert((await lesson.saveWeights()).length > 0);
  const played = await lesson.begin('play');
  assert((await played.settled()).ok);
  await lesson.until((element, step) => element.state.step > step, step);
  assert((await (await lesson.begin('reset')).settled()).ok);
});

/** @param {Lesson} lesson */
function retry(lesson) {
  return lesson.part('retry');
}

onCpu('a worker that dies in silence is missed', async (t) => {
  const lesson = await openLesson(t, { ...SIN_COS, errors: [/./] });
  await lesson.call('step', 30);
  await lesson.call('set', { speed: 20 });
  await lesson.call('play');
  const [worker] = lesson.page.workers();
  const closed = new Promise((resolve) => {
    worker.once('close', resolve);
  });
  await worker.evaluate(() => {
    setTimeout(() => globalThis.close());
  });
  await closed;
  const { step } = await lesson.state();
  const asked = await lesson.begin('step', 3);
  // Nobody can know at once; but a minute is too long.
  const outcome = await asked.settled(60_000);
  assert(outcome.ok || outcome.code === 'stopped', `${outcome.code}: ${outcome.message}`);
  await lesson.until((element, step) => element.state.step > step, step);
});

onCpu('a crash while the server is out of reach: Retry goes on from where it stood', async (t) => {
  const site = await openSite();
  const lesson = await openLesson(t, {
    ...SIN_COS,
    errors: [/boom/, /503|fetch|import|module|load/i],
  });
  await lesson.call('step', 25);
  const files = [...new Set(site.requests.map(([path]) => path))].filter((path) =>
    /^worker/.test(path),
  );
  const ends = files.map((path) => site.fail(t, path, { status: 503 }));
  await crash(lesson.page.workers()[0]);
  await retry(lesson).waitFor({ timeout: 60_000 });
  assert.equal((await lesson.state()).running, false);
  for (const end of ends) end();
  await retry(lesson).click();
  await lesson.call('step', 1);
  assert.equal((await lesson.state()).step, 26);
  await lesson.part('error').waitFor({ state: 'hidden' });
});
