/** The page is never blocked while training runs, and stays smooth. */

import assert from 'node:assert/strict';
import { mnistBeside, onCpu, openPage, Lesson } from './harness.js';

const LONGEST = 50;

onCpu('no long task while both lessons train at full speed', async (t) => {
  const query = mnistBeside() ? '' : '?data=synthetic';
  const page = await openPage(t, `index.html${query}`);
  const lessons = ['sin-cos', 'mnist'].map(
    (lesson) => new Lesson(page, `unroll-lesson[lesson="${lesson}"]`),
  );
  for (const lesson of lessons) await lesson.ready();
  const [wave, digits] = lessons;
  await wave.call('set', { speed: null });
  await digits.element.scrollIntoViewIfNeeded();

  await page.evaluate(() => {
    const seen = { tasks: /** @type {number[]} */ ([]), frames: 0, start: performance.now() };
    Object.assign(globalThis, { seen });
    const watch = (/** @type {PerformanceObserverEntryList} */ list) => {
      for (const entry of list.getEntries()) seen.tasks.push(Math.round(entry.duration));
    };
    new PerformanceObserver(watch).observe({ type: 'longtask' });
    const frame = () => {
      seen.frames += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  // The wave is played again whenever its 100 segments are over.
  await wave.run((element) => {
    const again = () => {
      if (!element.state.running) element.play();
    };
    element.addEventListener('unroll-metrics', () => queueMicrotask(again));
    element.play();
  });
  await digits.part('play').click();
  await digits.until((element) => element.state.step >= 400);
  const { tasks, rate } = await page.evaluate(() => {
    const { tasks, frames, start } = /** @type {any} */ (globalThis).seen;
    return { tasks: /** @type {number[]} */ (tasks), rate: (1000 * frames) / (performance.now() - start) };
  });
  const { step } = await wave.state();
  t.diagnostic(`${rate.toFixed(0)} frames a second; ${step} segments beside 400 batches`);
  assert.deepEqual(tasks, [], `tasks longer than ${LONGEST} ms, in ms`);
  assert(step > 100);
});

onCpu('pause comes within a step', async (t) => {
  const page = await openPage(t, `embed.html?lesson=mnist${mnistBeside() ? '' : '&data=synthetic'}`);
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.call('play');
  await lesson.until((element) => element.state.step >= 30);
  const { more, rate } = await lesson.run(async (element) => {
    const rate = element.state.stepsPerSecond;
    const before = performance.now();
    await element.pause();
    return { more: performance.now() - before, rate };
  });
  t.diagnostic(`paused after ${more.toFixed(0)} ms; a step takes ${(1000 / rate).toFixed(0)} ms`);
  const { step } = await lesson.state();
  assert.equal((await lesson.losses()).length, step);
  // An evaluation may be under way too; it is as interruptible as a step.
  assert(more < 3 * (1000 / rate) + 100, `${more} ms`);
});
