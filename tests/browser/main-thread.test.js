/** The page is never blocked while training runs. */

import assert from 'node:assert/strict';
import { mnistBeside, onCpu, openBrowser, openPage, Lesson } from './harness.js';

/** The longest that the main thread may be at work on one thing, in milliseconds. */
const LONGEST = 50;

/**
 * Every task of the pages' main threads, in milliseconds: how long it took, and how long of that
 * the thread was computing. On a busy machine the two differ: a task that has to wait for a
 * processor takes long without blocking anything of its own.
 *
 * @param {Buffer} trace
 */
function mainThreadTasks(trace) {
  /** @type {Array<{name: string, pid: number, tid: number, dur?: number, tdur?: number, args: any}>} */
  const events = JSON.parse(trace.toString()).traceEvents;
  const thread = (/** @type {{pid: number, tid: number}} */ { pid, tid }) => `${pid} ${tid}`;
  const main = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(thread),
  );
  return events
    .filter(
      (event) => event.name === 'RunTask' && event.tdur !== undefined && main.has(thread(event)),
    )
    .map(({ dur = 0, tdur = 0 }) => ({ took: dur / 1000, computed: tdur / 1000 }));
}

onCpu('no long task while both lessons train', async (t) => {
  const page = await openPage(t, `index.html${mnistBeside() ? '' : '?data=synthetic'}`);
  const [wave, digits] = ['sin-cos', 'mnist'].map(
    (lesson) => new Lesson(page, `unroll-lesson[lesson="${lesson}"]`),
  );
  await wave.ready();
  await digits.ready();
  // Both in view, so that both draw.
  await page.setViewportSize({ width: 1280, height: 3000 });
  await digits.part('play').click();
  await digits.until((element) => element.state.step >= 5);

  const browser = await openBrowser('cpu');
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
  await wave.part('play').click();
  const from = (await digits.state()).step;
  await page.evaluate(() => {
    const seen = { frames: 0, start: performance.now() };
    Object.assign(globalThis, { seen });
    const frame = () => {
      seen.frames += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  // Two evaluations of 2,000 images, ten predictions beside their digits each time, and 100 segments.
  await digits.until((element, step) => element.state.step >= step, from + 120);
  await wave.until((element) => element.state.finished);
  const rate = await page.evaluate(() => {
    const { frames, start } = /** @type {any} */ (globalThis).seen;
    return (1000 * frames) / (performance.now() - start);
  });
  const tasks = mainThreadTasks(await browser.stopTracing());
  assert(tasks.length > 1000, `${tasks.length} tasks were traced`);
  const longest = tasks.reduce((a, b) => (b.computed > a.computed ? b : a));
  const slow = tasks.filter(({ took }) => took > LONGEST);
  t.diagnostic(
    `longest of ${tasks.length} tasks: ${longest.computed.toFixed(0)} ms of computing; ` +
      `${slow.length} took more than ${LONGEST} ms with the waiting for a processor; ` +
      `${rate.toFixed(0)} frames a second`,
  );
  const blocking = tasks.filter(({ computed }) => computed > LONGEST);
  assert.deepEqual(blocking, [], `tasks of more than ${LONGEST} ms`);
});

onCpu('the same watch sees a task that does block', async (t) => {
  const page = await openPage(t, 'embed.html?lesson=sin-cos');
  await new Lesson(page).ready();
  const browser = await openBrowser('cpu');
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] });
  await page.evaluate(() => {
    // As much arithmetic as takes a fast processor more than 50 ms.
    let sum = 0;
    for (let k = 0; k < 1e9; k += 1) sum += k % 7;
    return sum;
  });
  // A task is traced when it has ended, which is after it has answered.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  const tasks = mainThreadTasks(await browser.stopTracing());
  assert(tasks.some(({ computed }) => computed > LONGEST));
});

onCpu('pause comes within a step', async (t) => {
  const page = await openPage(
    t,
    `embed.html?lesson=mnist${mnistBeside() ? '' : '&data=synthetic'}`,
  );
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.call('play');
  await lesson.until((element) => element.state.step >= 30);
  const { waited, rate } = await lesson.run(async (element) => {
    const rate = element.state.stepsPerSecond;
    const before = performance.now();
    await element.pause();
    return { waited: performance.now() - before, rate };
  });
  const step = 1000 / rate;
  t.diagnostic(`paused after ${waited.toFixed(0)} ms; a step takes ${step.toFixed(0)} ms`);
  assert.equal((await lesson.losses()).length, (await lesson.state()).step);
  // Twice a step, for a processor that is shared, and what a message takes.
  assert(waited < 2 * step + 50, `${waited} ms`);
});
