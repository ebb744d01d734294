/**
 * Both lessons train for an hour, and the page's process holds no more memory at the end than after ten minutes:
 * `scripts/faults hour`. MINUTES=25 trains as long. Linux only.
 *
 * Losses and segments are kept by design: 4 bytes a step, and 48 MB of segments, which the first minutes fill.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lessonOf, openBrowser, openPage } from './harness.js';

const MINUTES = Number(process.env.MINUTES ?? 60);
const SETTLED = Math.min(10, MINUTES / 2);
const MINUTE = 60_000;
/** Of what it holds after ten minutes. */
const MORE = 1.05;
/** What is free to be collected comes and goes: the least within a minute counts. */
const SAMPLES = 12;

/** Private memory of the process that has the page, with its workers', in MB. */
async function held() {
  const session = await (await openBrowser('cpu')).newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const all = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => readFileSync(`/proc/${id}/status`, 'utf8'))
    .map((status) => Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1024);
  // A spare one waits beside it.
  return Math.max(...all);
}

test(`${MINUTES} minutes of both lessons`, { timeout: (MINUTES + 20) * MINUTE }, async (t) => {
  const page = await openPage(t, 'index.html?lang=en&backend=cpu');
  const session = await page.context().newCDPSession(page);
  const lessons = [lessonOf(page, 'sin-cos'), lessonOf(page, 'mnist')];
  for (const lesson of lessons) {
    await lesson.ready();
    await lesson.run((element) => {
      element.addEventListener('unroll-metrics', (/** @type {any} */ { detail }) => {
        if (detail.state.finished) element.play();
      });
    });
    await lesson.call('set', { speed: null });
    await lesson.call('play');
  }
  /** The least that is held in a minute. */
  const least = async () => {
    let found = Infinity;
    for (let k = 0; k < SAMPLES; k += 1) {
      await session.send('HeapProfiler.collectGarbage');
      found = Math.min(found, await held());
      await new Promise((resolve) => setTimeout(resolve, MINUTE / SAMPLES));
    }
    return found;
  };
  /** @type {number[]} */
  const minutes = [];
  const start = performance.now();
  /** How far both were a minute ago. @type {number[]} */
  let before = [0, 0];
  while (performance.now() - start < MINUTES * MINUTE) {
    minutes.push(await least());
    const steps = await Promise.all(lessons.map(async (lesson) => (await lesson.state()).step));
    // At the end of an epoch it stands still for a moment.
    assert(
      steps.every((step, k) => step > (before[k] ?? 0)),
      `they train: ${steps} after ${before}`,
    );
    before = steps;
    const minute = ((performance.now() - start) / MINUTE).toFixed(1);
    t.diagnostic(
      `minute ${minute}: ${minutes.at(-1)?.toFixed(1)} MB, at steps ${steps.join(' and ')}`,
    );
  }
  const [settled, last] = [minutes[Math.ceil(SETTLED) - 1], minutes[minutes.length - 1]];
  assert(last < MORE * settled, `${last} MB at the end, ${settled} MB after ${SETTLED} minutes`);
});
