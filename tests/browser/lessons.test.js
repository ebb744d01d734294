/** Watching a lesson train: play, pause, step, reset, on both backends. */

import assert from 'node:assert/strict';
import { forEachBackend, mnistBeside, onCpu, openLesson } from './harness.js';

const data = mnistBeside() ? 'mnist' : 'synthetic';

for (const lesson of /** @type {const} */ (['sin-cos', 'mnist'])) {
  forEachBackend(`${lesson}: play, pause, step and reset do what they say`, async (t, backend) => {
    const page = await openLesson(t, { lesson, backend, data });
    const before = await page.state();
    assert.equal(before.backend, backend);
    assert.equal(before.step, 0);
    assert.equal(before.running, false);

    await page.part('play').click();
    await page.until((element) => element.state.running && element.state.step >= 2);
    await page.part('pause').click();
    await page.until((element) => !element.state.running);
    const paused = await page.state();
    const losses = await page.losses();
    assert.equal(losses.length, paused.step);
    assert(losses.every(Number.isFinite));
    assert.equal(paused.loss, losses.at(-1));

    await page.part('step').click();
    await page.until((element, step) => element.state.step === step, paused.step + 1);
    assert.equal((await page.losses()).length, paused.step + 1);
    assert.deepEqual((await page.losses()).slice(0, paused.step), losses);

    await page.part('reset').click();
    await page.until((element) => element.state.step === 0);
    assert.deepEqual(await page.losses(), []);
    await page.call('step', 2);
    assert.deepEqual(await page.losses(), losses.slice(0, 2), 'the same seed is the same run');
  });

  forEachBackend(`${lesson}: step resolves with the last step's metrics`, async (t, backend) => {
    const page = await openLesson(t, { lesson, backend, data });
    const last = await page.call('step', 3);
    assert.equal(last.step, 3);
    assert.equal(last.loss, (await page.losses())[2]);
  });

  forEachBackend(`${lesson}: it learns`, async (t, backend) => {
    const page = await openLesson(t, { lesson, backend, data });
    // SwiftShader has no time for more.
    const steps = lesson === 'sin-cos' ? 60 : backend === 'cpu' ? 60 : 12;
    await page.call('step', steps);
    const losses = await page.losses();
    const mean = (/** @type {number[]} */ part) => part.reduce((sum, x) => sum + x) / part.length;
    const gain = mean(losses.slice(-4)) / mean(losses.slice(0, 4));
    t.diagnostic(`loss of the last four steps is ${gain.toFixed(2)} of the first four's`);
    assert(gain < (steps === 12 ? 0.99 : 0.8), `${losses}`);
  });
}

onCpu('sin-cos ends after 100 segments, and play goes on', async (t) => {
  const page = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  await page.call('set', { speed: null });
  await page.part('play').click();
  await page.until((element) => element.state.finished);
  const ended = await page.state();
  assert.equal(ended.step, 100);
  assert.equal(ended.running, false);
  assert.equal((await page.losses()).length, 100);
  await page.part('play').click();
  await page.until((element) => element.state.step > 100);
});

onCpu('a speed that is chosen stays chosen while the change is on its way', async (t) => {
  const page = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  await page.call('set', { speed: 5 });
  const speed = page.part('speed');
  // The worker's answer waits for the end of this.
  await page.call('play');
  const seen = await speed.evaluate(async (select) => {
    const field = /** @type {HTMLSelectElement} */ (select);
    const element = /** @type {any} */ (/** @type {ShadowRoot} */ (select.getRootNode()).host);
    const seen = new Set();
    const look = () => seen.add(field.value);
    const { set } = element;
    // Held until frames have been drawn from what holds so far.
    element.set = async (/** @type {any[]} */ ...what) => {
      for (let frame = 0; frame < 5; frame += 1) {
        await new Promise((drawn) =>
          element.addEventListener('unroll-metrics', () => requestAnimationFrame(drawn), {
            once: true,
          }),
        );
        look();
      }
      await set.apply(element, what);
    };
    field.value = '20';
    field.dispatchEvent(new Event('change'));
    while (element.state.options.speed !== 20)
      await new Promise((drawn) => requestAnimationFrame(drawn));
    look();
    return [...seen];
  });
  assert.deepEqual(seen, ['20']);
});

onCpu('the tutorial’s speed is 20 segments a second', async (t) => {
  const page = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  assert.equal((await page.state()).options.speed, 20);
  const seconds = await page.run(async (element) => {
    // Timed in the page between two steps of the run: the first metrics after play, and 20 steps on.
    const reached = (/** @type {number} */ step) =>
      new Promise((resolve) => {
        element.addEventListener('unroll-metrics', () => {
          if (element.state.step >= step) resolve([performance.now(), element.state.step]);
        });
      });
    element.play();
    const [start, from] = await reached(1);
    const [end, to] = await reached(from + 20);
    return (end - start) / (to - from) / 1000;
  });
  t.diagnostic(`${(1 / seconds).toFixed(1)} segments a second`);
  assert(seconds > 0.04 && seconds < 0.1, `one segment in ${seconds} s`);
});

onCpu('options change in the middle of a run', async (t) => {
  const page = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data });
  await page.call('step', 2);
  await page.call('set', { learningRate: 0.001, batchSize: 10 });
  const { step, options, stepsPerEpoch } = await page.state();
  assert.equal(step, 2);
  assert.equal(options.learningRate, 0.001);
  assert.equal(options.batchSize, 10);
  await page.call('step', 1);
  assert.equal((await page.losses()).length, 3);
  assert(stepsPerEpoch > 938);
  await page.call('set', { hiddenSize: 16 });
  assert.equal((await page.state()).step, 0, 'another size is another run');
  await page.call('step', 1);
});

onCpu('a seed is a run, and another seed another', async (t) => {
  const page = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data, seed: 7 });
  await page.call('step', 3);
  const first = await page.losses();
  await page.call('reset', { seed: 8 });
  await page.call('step', 3);
  assert.notDeepEqual(await page.losses(), first);
  await page.call('reset', { seed: 7 });
  await page.call('step', 3);
  assert.deepEqual(await page.losses(), first);
});
