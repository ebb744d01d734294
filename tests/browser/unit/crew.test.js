/** Helpers of a worker: those that are wanted, what they are given, and what becomes of it when they fail. */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Crew } from '../../../www/worker/crew.js';

const SILENCE = 1000;

class FakeWorker extends EventTarget {
  ended = false;
  /** @type {any[]} */
  heard = [];

  /** @param {unknown} message */
  postMessage(message) {
    this.heard.push(message);
  }

  terminate() {
    this.ended = true;
  }

  /** @param {unknown} data */
  says(data) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

/** A crew of so many, who are ready. @param {number} helpers */
function crewOf(helpers) {
  /** @type {FakeWorker[]} */
  const workers = [];
  const crew = new Crew(() => {
    const worker = new FakeWorker();
    workers.push(worker);
    return /** @type {any} */ (worker);
  }, SILENCE);
  crew.want(helpers);
  for (const worker of workers) worker.says({ ready: true });
  return { crew, workers };
}

const work = () => ({
  sizes: new Uint32Array(6),
  parameters: new Float32Array(1),
  inputs: new Float32Array(1),
  target: new Float32Array(1),
});

test('as many as are wanted are started, and the others end', () => {
  const { crew, workers } = crewOf(3);
  assert.equal(crew.free, 3);
  crew.want(1);
  assert.deepEqual(
    workers.map(({ ended }) => ended),
    [false, true, true],
  );
  assert.equal(crew.free, 1);
  crew.want(2);
  assert.equal(workers.length, 4);
  assert.equal(crew.free, 1, 'the new one is not ready');
  crew.want(0);
  assert(workers.every(({ ended }) => ended));
});

test('work goes to one that is free, and what comes of it comes back', async () => {
  const { crew, workers } = crewOf(2);
  const [first, second] = [crew.give(work()), crew.give(work())];
  assert.equal(crew.free, 0);
  assert.equal(await crew.give(work()), null, 'nobody is free');
  workers[1]?.says(new Float32Array([2]));
  workers[0]?.says(new Float32Array([1]));
  assert.deepEqual(await Promise.all([first, second]), [
    new Float32Array([1]),
    new Float32Array([2]),
  ]);
  assert.equal(crew.free, 2);
  crew.want(0);
});

for (const [what, fail] of /** @type {Array<[string, (worker: FakeWorker) => void]>} */ ([
  ['an error', (worker) => worker.dispatchEvent(new Event('error', { cancelable: true }))],
  ['a message that cannot be read', (worker) => worker.dispatchEvent(new Event('messageerror'))],
  ['a fault', (worker) => worker.says({ event: 'fault', error: {}, fatal: true })],
  ['silence', () => mock.timers.tick(SILENCE)],
]))
  test(`${what}: nothing comes of the work, and another helper takes the place`, async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { crew, workers } = crewOf(1);
      const given = crew.give(work());
      fail(/** @type {FakeWorker} */ (workers[0]));
      assert.equal(await given, null);
      assert(workers[0]?.ended);
      assert.equal(workers.length, 2);
      // After the third failure there are no more; one that was ready and says nothing is none.
      const most = what === 'silence' ? 4 : 3;
      for (const k of [1, 2, 3]) workers[k]?.dispatchEvent(new Event('error'));
      assert.equal(workers.length, most);
      assert.equal(crew.free, 0);
    } finally {
      mock.timers.reset();
    }
  });

test('one that idles is not taken for dead', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { crew } = crewOf(1);
    mock.timers.tick(10 * SILENCE);
    assert.equal(crew.free, 1);
    crew.want(0);
  } finally {
    mock.timers.reset();
  }
});

test('where there can be no workers of a worker, nobody helps', async () => {
  let asked = 0;
  const crew = new Crew(() => {
    asked += 1;
    throw new Error('not here');
  }, SILENCE);
  crew.want(3);
  crew.want(2);
  assert.equal(asked, 1);
  assert.equal(await crew.give(work()), null);
});
