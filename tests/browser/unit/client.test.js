/**
 * A lesson's worker life, with workers that are not there: requests outlive workers, a change of backend
 * fails whole, what crashes is continued, and every promise settles exactly once.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LessonClient } from '../../../www/worker/client.js';
import { FakeWorld, tick } from './fake-worker.js';

/** @import {Backend, Options} from '../../../www/worker/protocol.js' */
/** @import {Trouble} from './fake-worker.js' */

/** @param {{troubles?: Trouble[], backend?: Backend, data?: 'mnist' | 'synthetic' | null}} [how] */
function lesson({ troubles = [], backend = 'cpu', data = null } = {}) {
  const world = new FakeWorld();
  world.troubles = troubles;
  const client = new LessonClient({ lesson: 'mnist', backend, seed: 1, data }, world);
  /** @type {Array<[string, any]>} */
  const events = [];
  for (const type of ['fault', 'failed', 'backend', 'serves', 'data'])
    client.addEventListener(type, (event) =>
      events.push([type, /** @type {CustomEvent} */ (event).detail]),
    );
  const count = (/** @type {string} */ type) => events.filter(([name]) => name === type).length;
  return { world, client, events, count };
}

/** @param {() => boolean} condition */
async function until(condition) {
  for (let k = 0; k < 2000; k += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.fail(`never: ${condition}`);
}

/** @param {Promise<unknown>} promise */
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return /** @type {import('../../../www/worker/fault.js').UnrollError} */ (error);
  }
  return assert.fail('it was not refused');
}

test('a start: the worker is opened, given its digits, and asked what waited', async () => {
  const { client, world } = lesson({ data: 'mnist' });
  const { answer } = client.ask('play', {});
  assert.equal((await client.ready).backend, 'cpu');
  assert.equal((await answer).playing, true);
  assert.deepEqual(
    world.last.asked.map(({ command }) => command),
    ['choose', 'open', 'load', 'state', 'play'],
  );
});

test('a start that fails is tried again by itself, twice', async () => {
  const { client, world, count } = lesson({ troubles: [{ start: true }, { dies: ['open'] }] });
  await client.ready;
  assert.deepEqual([world.workers.length, world.alive.length, count('failed')], [3, 1, 0]);
});

test('a start that goes on failing: one fault, and what was asked rejects with it', async () => {
  const fails = { start: true };
  const { client, world, count } = lesson({ troubles: [fails, fails, fails] });
  const asked = refusal(client.ask('play', {}).answer);
  assert.equal((await refusal(client.ready)).code, 'start-failed');
  assert.equal((await asked).code, 'start-failed');
  assert.deepEqual([world.workers.length, world.alive.length, count('failed')], [3, 0, 1]);
  assert.equal(
    (await refusal(client.ask('predict', { pixels: new Uint8Array(1) }).answer)).code,
    'start-failed',
  );
  assert.equal(world.workers.length, 3, 'pictures start nothing');
  assert.equal((await client.ask('play', {}).answer).playing, true, 'Play does');
});

test('what the core refuses is not tried again', async () => {
  const { client, world } = lesson({ troubles: [{ refused: ['open'] }] });
  assert.equal((await refusal(client.ready)).code, 'refused');
  assert.equal(world.workers.length, 1);
});

test('WebGPU that hangs: the CPU, and why', async () => {
  const { client, world } = lesson({ backend: 'webgpu', troubles: [{}, { deaf: ['open'] }] });
  const choice = await client.ready;
  assert.deepEqual([choice.backend, choice.reason], ['cpu', 'start-failed']);
  assert.match(choice.message, /within/);
  assert.deepEqual([world.last.module, world.alive.length], ['cpu', 1]);
});

test('a probe that hangs holds up nobody for longer than it may', async () => {
  const { client } = lesson({ backend: 'webgpu', troubles: [{ deaf: ['probe'] }] });
  assert.equal((await client.ready).backend, 'cpu');
});

test('a change of backend takes the steps that are left, questions and playing along', async () => {
  const { client, world } = lesson();
  await client.ready;
  const cpu = world.last;
  const step = client.ask('step', { n: 10 }).answer;
  const compare = client.ask('compare', { variants: [{}], steps: 5 }).answer;
  const question = client.ask('predict', { pixels: new Uint8Array(1) }).answer;
  await client.ask('play', {}).answer;
  for (let k = 0; k < 4; k += 1) cpu.step();
  assert.equal((await client.switchBackend('webgpu')).backend, 'webgpu');
  const gpu = world.last;
  assert.deepEqual([gpu.module, world.alive.length, client.how.backend], ['webgpu', 1, 'webgpu']);
  await until(() => gpu.asked.some(({ command }) => command === 'predict'));
  const [play, ...again] = gpu.asked.slice(-4);
  assert.equal(play?.command, 'play');
  const ids = new Map(cpu.asked.map(({ id, command }) => [command, id]));
  assert.deepEqual(again, [
    { id: ids.get('step'), command: 'step', params: { n: 6 } },
    { id: ids.get('compare'), command: 'compare', params: { variants: [{}], steps: 5 } },
    { id: ids.get('predict'), command: 'predict', params: { pixels: new Uint8Array(1) } },
  ]);
  await tick();
  for (let k = 0; k < 6; k += 1) gpu.step();
  assert.equal((await step).step, 10);
  gpu.answerSlow();
  await Promise.all([compare, question]);
  gpu.step();
  assert.deepEqual([client.state?.step, client.state?.playing], [11, true]);
});

for (const [what, trouble] of /** @type {Array<[string, Trouble]>} */ ([
  ['does not start', { start: true }],
  ['hangs while it opens', { deaf: ['open'] }],
  ['dies while it opens', { dies: ['open'] }],
  ['refuses the run', { refused: ['resume'] }],
  ['hangs while it takes over', { deaf: ['resume'] }],
  ['dies while it takes over', { dies: ['resume'] }],
  ['finds other digits', { synthetic: true }],
])) {
  test(`a change of backend fails whole if the other worker ${what}`, async () => {
    const { client, world, count } = lesson({ troubles: [{}, trouble], data: 'mnist' });
    await client.ready;
    const cpu = world.last;
    const step = client.ask('step', { n: 3 }).answer;
    await client.ask('play', {}).answer;
    cpu.step();
    const before = client.state;
    await refusal(client.switchBackend('webgpu'));
    assert.deepEqual(client.state, before);
    assert.deepEqual([client.how.backend, client.choice?.backend], ['cpu', 'cpu']);
    assert.deepEqual([world.alive, count('failed')], [[cpu], 0]);
    cpu.step();
    cpu.step();
    assert.equal((await step).step, 3, 'the run goes on');
    assert.equal(cpu.asked.filter(({ command }) => command === 'step').length, 1, 'asked once');
    assert.equal((await client.switchBackend('webgpu')).backend, 'webgpu', 'and can still change');
  });
}

test('a backend that is not to be had is refused, and nothing changes', async () => {
  const { client, world } = lesson({ troubles: [{ deaf: ['probe'] }] });
  await client.ready;
  assert.equal((await refusal(client.switchBackend('webgpu'))).code, 'no-adapter');
  assert.deepEqual([client.how.backend, client.choice?.reason], ['cpu', 'asked']);
  assert.deepEqual([world.workers.length, world.alive.length], [1, 1]);
  assert.equal((await client.switchBackend('auto')).backend, 'cpu');
});

test('a run that began while the other worker was prepared keeps its number', async () => {
  const { client, world } = lesson();
  await client.ready;
  const change = client.switchBackend('webgpu');
  await client.ask('reset', {}).answer;
  await client.ask('reset', {}).answer;
  await change;
  assert.deepEqual([client.state?.run, world.last.state.run, world.last.module], [3, 3, 'webgpu']);
});

test('a crash: the run goes on from the checkpoint, and what was open is asked again', async () => {
  const { client, world, events } = lesson();
  await client.ready;
  const step = client.ask('step', { n: 10 }).answer;
  await tick();
  for (let k = 0; k < 4; k += 1) world.last.step();
  world.last.checkpoint();
  for (let k = 0; k < 3; k += 1) world.last.step();
  const later = client.ask('step', { n: 2 }).answer;
  await client.ask('set', { options: { learningRate: 0.5 } }).answer;
  assert.equal(client.state?.step, 7);
  world.last.die();
  await until(() => events.at(-1)?.[0] === 'fault');
  assert.equal(events.at(-1)?.[1].error.code, 'recovered');
  assert.deepEqual([client.state?.step, client.state?.options.learningRate], [4, 0.5]);
  await tick();
  for (let k = 0; k < 8; k += 1) world.last.step();
  assert.deepEqual([(await step).step, (await later).step, world.alive.length], [10, 12, 1]);
});

test('a crash of a run that plays, and of one that was paused after the checkpoint', async () => {
  for (const paused of [false, true]) {
    const { client, world, count } = lesson();
    await client.ready;
    await client.ask('play', {}).answer;
    world.last.step();
    world.last.checkpoint();
    if (paused) await client.ask('pause', {}).answer;
    world.last.die();
    await until(() => count('fault') === 1);
    await tick();
    assert.deepEqual([client.state?.step, client.state?.playing], [1, !paused]);
    assert.equal(world.last.state.playing, !paused);
  }
});

test('a checkpoint of an earlier run is not this run’s', async () => {
  const { client, world, count } = lesson();
  await client.ready;
  client.ask('step', { n: 2 }).answer.catch(() => {});
  await tick();
  world.last.step();
  world.last.checkpoint();
  await client.ask('reset', { seed: 7 }).answer;
  world.last.die();
  await until(() => count('fault') === 1);
  const { run, step, seed } = client.state ?? {};
  assert.deepEqual([run, step, seed], [2, 0, 7]);
});

test('four crashes within a minute: it gives up, says so, and can be tried again', async () => {
  const { client, world, events, count } = lesson();
  await client.ready;
  await client.ask('play', {}).answer;
  world.last.step();
  world.last.checkpoint();
  for (let k = 1; k <= 3; k += 1) {
    world.last.die();
    await until(() => count('fault') === k);
  }
  const open = refusal(client.ask('step', { n: 5 }).answer);
  world.last.die();
  assert.equal((await open).code, 'crashed');
  assert.deepEqual([count('failed'), events.at(-1)?.[0], world.alive.length], [1, 'failed', 0]);
  assert.deepEqual([client.state?.running, client.state?.playing], [false, false]);
  await client.ask('play', {}).answer;
  assert.deepEqual([client.state?.step, client.state?.playing], [1, true], 'from the checkpoint');
});

test('a lost device never ends a lesson', async () => {
  const { client, world, count } = lesson();
  await client.ready;
  for (let k = 1; k <= 6; k += 1) {
    await client.switchBackend('webgpu');
    world.last.die('device-lost');
    await until(() => count('fault') === k);
    assert.deepEqual([client.choice?.backend, client.choice?.reason], ['cpu', 'device-lost']);
  }
  assert.equal(count('failed'), 0);
});

test('a crash while the server is out of reach: failed, with the checkpoint kept', async () => {
  const { client, world, count } = lesson();
  await client.ready;
  client.ask('step', { n: 2 }).answer.catch(() => {});
  await tick();
  world.last.step();
  world.last.checkpoint();
  world.troubles = [{ start: true }, { start: true }, { start: true }];
  world.last.die();
  await until(() => count('failed') === 1);
  await client.retry();
  assert.equal(client.state?.step, 1);
});

test('a worker that dies while a change is under way is recovered, and nothing is left over', async () => {
  for (const deaf of ['open', 'resume', 'handOver']) {
    const troubles = deaf === 'handOver' ? [{ deaf: [deaf] }] : [{}, { deaf: [deaf] }];
    const { client, world, count } = lesson({ troubles });
    world.open = world.resume = 100_000;
    await client.ready;
    const [cpu] = world.workers;
    const change = refusal(client.switchBackend('webgpu'));
    await until(() => world.workers.some(({ asked }) => asked.some((one) => one.command === deaf)));
    cpu?.die();
    await change;
    await until(() => count('fault') === 1);
    assert.deepEqual([world.alive.length, world.last.module], [1, 'cpu']);
    client.close();
  }
});

test('closed in the middle of anything: no worker, and every promise rejects with closed', async () => {
  /** @type {Array<(it: ReturnType<typeof lesson>) => unknown>} */
  const moments = [
    () => {},
    ({ client }) => client.ready,
    async ({ client, world }) => {
      await client.ready;
      client.switchBackend('webgpu').catch(() => {});
      await until(() => world.workers.length === 2);
    },
    async ({ client, world }) => {
      await client.ready;
      world.last.die();
      await tick();
    },
  ];
  for (const moment of moments) {
    const it = lesson();
    await moment(it);
    const { client, world } = it;
    const open = [client.ask('step', { n: 5 }).answer, client.ask('evaluate', { n: 1 }).answer];
    const change = refusal(client.switchBackend('webgpu'));
    const ready = client.ready.catch((error) => error);
    client.close();
    for (const one of open) assert.equal((await refusal(one)).code, 'closed');
    assert.equal((await change).code, 'closed');
    await ready;
    await tick();
    assert.equal(world.alive.length, 0);
    assert.equal((await refusal(client.ask('play', {}).answer)).code, 'closed');
  }
});

/** A sequence of numbers below 1 that a seed decides. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** @param {number} seed */
async function story(seed) {
  const draw = random(seed);
  const one = (/** @type {any[]} */ all) => all[Math.floor(draw() * all.length)];
  /** @returns {Trouble} */
  const trouble = () =>
    draw() < 0.6
      ? {}
      : one([
          { start: true },
          { deaf: [one(['open', 'resume', 'probe'])] },
          { refused: [one(['resume', 'choose', 'carryOn', 'play', 'set'])] },
          { dies: [one(['open', 'load', 'resume', 'step', 'compare', 'play', 'state'])] },
          { synthetic: true },
        ]);
  const troubles = Array.from({ length: 12 }, trouble);
  const { client, world } = lesson({
    troubles,
    data: one([null, 'mnist']),
    backend: one(['cpu', 'webgpu']),
  });
  /** @type {Array<{name: string, settled: number, code: string}>} */
  const promises = [];
  const watch = (/** @type {string} */ name, /** @type {Promise<unknown>} */ promise) => {
    const seen = { name, settled: 0, code: '' };
    promises.push(seen);
    promise.then(
      () => (seen.settled += 1),
      (error) => {
        seen.settled += 1;
        seen.code = error.code;
      },
    );
  };
  const ask = (/** @type {any} */ command, /** @type {any} */ params) =>
    watch(command, client.ask(command, params).answer);
  const each = (/** @type {(worker: any) => void} */ what) => world.alive.forEach(what);
  let last = { run: 0, step: 0 };
  client.addEventListener('metrics', (event) => {
    const { state } = /** @type {CustomEvent} */ (event).detail;
    assert(state.run >= last.run, 'nothing of an earlier run');
    last = state;
  });
  /** @type {Array<() => unknown>} */
  const actions = [
    () => ask('step', { n: 1 + Math.floor(draw() * 4) }),
    () => ask(one(['play', 'pause', 'reset', 'state']), {}),
    () => ask('set', { options: { learningRate: draw() } }),
    () => ask(one(['compare', 'evaluate', 'predict', 'loadWeights']), {}),
    () => ask('load', { data: one(['mnist', 'synthetic']) }),
    () => watch('change', client.switchBackend(one(['cpu', 'webgpu', 'auto']))),
    () => watch('retry', client.retry()),
    () => each((worker) => worker.step()),
    () => each((worker) => worker.step()),
    () => each((worker) => worker.answerSlow()),
    () => each((worker) => worker.checkpoint()),
    () =>
      draw() < 0.3 &&
      world.alive.length > 0 &&
      one(world.alive).die(one(['crashed', 'device-lost'])),
    tick,
    tick,
    () => new Promise((resolve) => setTimeout(resolve, 12 * draw())),
  ];
  for (let k = 0; k < 40; k += 1) await one(actions)();
  if (draw() < 0.5) {
    // Left alone, it answers all that it was asked: nothing is forgotten on the way.
    ask('pause', {});
    for (let k = 0; k < 400 && promises.some(({ settled }) => settled === 0); k += 1) {
      each((worker) => worker.step());
      each((worker) => worker.answerSlow());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const pending = promises.filter(({ settled }) => settled !== 1);
    assert.deepEqual(pending, [], `seed ${seed}: not answered`);
    assert(!promises.some(({ code }) => code === 'closed'), `seed ${seed}: nothing was closed`);
  }
  client.close();
  for (let k = 0; k < 100 && promises.some(({ settled }) => settled === 0); k += 1) await tick();
  assert.deepEqual(
    promises.filter(({ settled }) => settled !== 1),
    [],
    `seed ${seed}: every promise settles exactly once`,
  );
  assert.equal(world.alive.length, 0, `seed ${seed}: no worker is left`);
  for (const { name, code } of promises)
    assert.equal(typeof code, 'string', `seed ${seed}: ${name} rejects with a code`);
}

test('2,000 random stories: every promise settles exactly once, and no worker is left', async () => {
  for (let first = 0; first < 2000; first += 200)
    await Promise.all(Array.from({ length: 200 }, (_, k) => story(first + k)));
});
