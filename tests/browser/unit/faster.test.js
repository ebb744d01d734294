/** Where nobody asks for a backend: the CPU at once, then whichever is faster on this machine. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LessonClient } from '../../../www/worker/client.js';
import { isKnown, pace } from '../../../www/worker/faster.js';
import { FakeWorld, tick } from './fake-worker.js';

/** @import {Known} from '../../../www/worker/faster.js' */
/** @import {State} from '../../../www/worker/protocol.js' */
/** @import {FakeWorker, Trouble} from './fake-worker.js' */

/** Of the network that a lesson begins with, on the fake adapter. */
const KNOWN = { cpu: 5, webgpu: 2, adapter: '', network: 'lstm 64 64 last fresh auto' };

/** @param {Trouble[]} troubles  of the first workers @param {Known | null} [known] */
function lesson(troubles, known = null) {
  const world = Object.assign(new FakeWorld(), {
    measured: {
      value: known,
      keep(/** @type {Known} */ next) {
        this.value = next;
      },
    },
  });
  world.troubles = troubles;
  const options = /** @type {const} */ ({
    speed: null,
    cell: 'lstm',
    hiddenSize: 64,
    batchSize: 64,
  });
  const client = new LessonClient(
    { lesson: 'mnist', backend: 'auto', seed: 1, data: 'synthetic', options },
    world,
  );
  /** @type {string[]} */
  const reasons = [];
  client.addEventListener('backend', (event) =>
    reasons.push(/** @type {CustomEvent} */ (event).detail.reason),
  );
  return { world, client, reasons };
}

/** Trains at 200 steps a second until the condition holds. @param {FakeWorker} worker @param {() => boolean} condition */
async function train(worker, condition) {
  const late = performance.now() + 5000;
  while (performance.now() < late) {
    if (condition()) return;
    // Known after a while.
    const stepTime = worker.state.step > 100 ? 5 : null;
    worker.state = { ...worker.state, stepTime };
    worker.step();
    await tick();
  }
  assert.fail(`never: ${condition}`);
}

test('the CPU at once; a faster WebGPU takes the run over, and is remembered', async () => {
  const { client, world, reasons } = lesson([]);
  assert.equal((await client.ready).backend, 'cpu');
  const cpu = world.last;
  await client.ask('play', {}).answer;
  await train(cpu, () => client.choice?.reason === 'measured');
  assert.deepEqual(reasons, ['unprobed', 'unmeasured', 'measured']);
  const { choice, state } = client;
  assert.deepEqual([choice?.backend, choice?.measured], ['webgpu', { cpu: 5, webgpu: 2 }]);
  assert.equal(client.how.backend, 'auto');
  assert.equal(state?.playing, true);
  assert((state?.step ?? 0) > 100, 'the run goes on where it was');
  assert.deepEqual(
    world.alive.map(({ module }) => module),
    ['webgpu'],
  );
  assert.deepEqual(world.measured.value, KNOWN);
});

test('a slower WebGPU leaves the run where it is, and is not tried again', async () => {
  const { client, world, reasons } = lesson([{}, { slow: true }]);
  await client.ready;
  const cpu = world.last;
  await client.ask('play', {}).answer;
  await train(cpu, () => client.choice?.reason === 'measured');
  assert.deepEqual(reasons, ['unprobed', 'unmeasured', 'measured']);
  assert.deepEqual(client.choice?.measured, { cpu: 5, webgpu: 60 });
  const step = client.state?.step ?? 0;
  await train(cpu, () => (client.state?.step ?? 0) > step + 300);
  assert.equal(world.workers.length, 2);
  assert.deepEqual(world.alive, [cpu]);
});

test('what was measured before holds from the start', async () => {
  const { client, world } = lesson([], KNOWN);
  assert.equal((await client.ready).backend, 'webgpu');
  assert.deepEqual(
    world.alive.map(({ module }) => module),
    ['webgpu'],
  );
  const slower = lesson([], { ...KNOWN, webgpu: 60 });
  assert.equal((await slower.client.ready).reason, 'measured');
  assert.equal(slower.world.last.module, 'cpu');
});

for (const [what, other, reason] of /** @type {const} */ ([
  ['adapter', { adapter: 'another' }, 'unmeasured'],
  ['network', { network: 'rnn 8 8 last fresh auto' }, 'unprobed'],
]))
  test(`what was measured of another ${what} says nothing`, async () => {
    const { client } = lesson([], { ...KNOWN, ...other });
    const choice = await client.ready;
    assert.deepEqual([choice.backend, choice.reason], ['cpu', reason]);
  });

for (const [what, trouble] of /** @type {Array<[string, Trouble]>} */ ([
  ['that does not start', { start: true }],
  ['that dies while it is timed', { dies: ['time'] }],
  ['that refuses to be timed', { refused: ['time'] }],
  ['that never answers', { deaf: ['time'] }],
]))
  test(`a WebGPU ${what} concerns nobody`, async () => {
    const { client, world } = lesson([{}, trouble]);
    await client.ready;
    const cpu = world.last;
    let faults = 0;
    client.addEventListener('fault', () => {
      faults += 1;
    });
    await client.ask('play', {}).answer;
    await train(cpu, () => world.workers.length === 2);
    await train(cpu, () => world.alive.length === 1);
    assert.deepEqual(world.alive, [cpu]);
    assert.deepEqual([client.state?.playing, faults, client.failed], [true, 0, false]);
    assert.equal(world.measured.value, null);
  });

test('a backend that somebody chooses meanwhile is the one', async () => {
  const { client, world } = lesson([{}, { deaf: ['time'] }]);
  await client.ready;
  await client.ask('play', {}).answer;
  await train(world.last, () => world.workers.length === 2);
  assert.equal((await client.switchBackend('cpu')).reason, 'asked');
  await train(/** @type {FakeWorker} */ (world.workers[0]), () => world.alive.length === 1);
  assert.equal(client.choice?.reason, 'asked');
});

test('closed in the middle, it leaves no worker', async () => {
  const { client, world } = lesson([{}, { deaf: ['time'] }]);
  await client.ready;
  await client.ask('play', {}).answer;
  await train(world.last, () => world.workers.length === 2);
  client.close();
  await tick();
  assert.deepEqual(world.alive, []);
});

test('a pace is that of a run that trains as fast as it can', () => {
  const state = /** @type {State} */ ({ running: true, stepTime: 5, options: { speed: null } });
  assert.equal(pace(state), 5);
  assert.equal(pace({ ...state, stepTime: null }), null);
  assert.equal(pace({ ...state, running: false }), null);
  assert.equal(pace({ ...state, options: { ...state.options, speed: 20 } }), null);
  assert.equal(pace(null), null);
});

test('a reset while it is tried: the run keeps its number and its curves', async () => {
  const { client, world } = lesson([]);
  await client.ready;
  const cpu = world.last;
  await client.ask('play', {}).answer;
  await train(cpu, () => world.workers.length === 2);
  await client.ask('reset', {}).answer;
  await client.ask('play', {}).answer;
  await train(cpu, () => client.choice?.reason === 'measured');
  assert.deepEqual([client.state?.run, client.choice?.backend], [2, 'webgpu']);
});

test('another network while it is tried: it is tried again', async () => {
  const { client, world } = lesson([]);
  await client.ready;
  const cpu = world.last;
  await client.ask('play', {}).answer;
  await train(cpu, () => world.workers.length === 2);
  await client.ask('set', { options: { batchSize: 8 } }).answer;
  await train(cpu, () => client.choice?.reason === 'measured');
  assert.equal(world.workers.length, 3);
  assert.equal(world.measured.value?.network, 'lstm 64 8 last fresh auto');
});

test('the CPU chosen, and then nothing: it is tried again', async () => {
  const { client, world } = lesson([{}, { deaf: ['time'] }]);
  await client.ready;
  const cpu = world.last;
  await client.ask('play', {}).answer;
  await train(cpu, () => world.workers.length === 2);
  await client.switchBackend('cpu');
  await client.switchBackend('auto');
  await train(cpu, () => client.choice?.reason === 'measured');
  assert.equal(world.alive.length, 1);
});

test('what a browser keeps may be anything', () => {
  assert(isKnown(KNOWN));
  for (const wrong of [null, 3, {}, { ...KNOWN, cpu: '5' }, { ...KNOWN, webgpu: -1 }])
    assert(!isKnown(wrong));
});
