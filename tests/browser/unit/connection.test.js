/** One worker's life as the page sees it: a start that fails, an end in words, and an end in silence. */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Connection } from '../../../www/worker/connection.js';

/** A Worker that does what the test says. */
class FakeWorker extends EventTarget {
  /** @type {FakeWorker[]} */
  static all = [];
  terminated = false;
  /** @type {any[]} */
  heard = [];

  /** @param {URL} url @param {{name: string}} how */
  constructor(url, { name }) {
    super();
    this.url = url;
    this.name = name;
    FakeWorker.all.push(this);
  }

  /** @param {unknown} message */
  postMessage(message) {
    this.heard.push(structuredClone(message));
  }

  terminate() {
    this.terminated = true;
  }

  /** @param {object} data */
  says(data) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }
}

/** Locks of a page: `free` is what happens when their holder ends. */
class FakeLocks {
  /** @type {Map<string, () => void>} */
  waiting = new Map();

  /** @param {string} name @param {{signal: AbortSignal}} how @param {() => void} granted */
  request(name, { signal }, granted) {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      this.waiting.set(name, () => resolve(granted()));
    });
  }
}

const locks = new FakeLocks();
/** The smallest module that there is. */
const MODULE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
Object.assign(globalThis, {
  Worker: FakeWorker,
  // Files have this origin.
  self: { origin: 'null' },
  fetch: async () => new Response(MODULE, { headers: { 'Content-Type': 'application/wasm' } }),
});
Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { locks } });

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** The worker that is made when its file has come. */
async function made() {
  for (let k = 0; k < 1000 && FakeWorker.all.length === 0; k += 1) await settled();
  const worker = FakeWorker.all.at(-1);
  assert(worker);
  return worker;
}

/** A connection and its worker. @param {{events?: any[]}} [how] */
async function connected({ events = [] } = {}) {
  FakeWorker.all = [];
  const connection = new Connection('cpu', (event) => events.push(event));
  return { connection, worker: await made(), events };
}

test('requests wait for the worker, and each gets its own answer', async () => {
  FakeWorker.all = [];
  const early = new Connection('cpu', () => {});
  const first = early.ask(7, 'state', {});
  const worker = await made();
  const second = early.ask(8, 'predict', { pixels: new Uint8Array(2) });
  for (let k = 0; k < 1000 && worker.heard.length < 3; k += 1) await settled();
  assert.deepEqual(
    worker.heard.map(({ id }) => id).filter(Boolean),
    [7, 8],
    'in the order of asking',
  );
  const started = worker.heard.find(({ glue }) => glue);
  assert.match(started.glue, /worker-cpu.*\.js$/, 'its module comes when it is compiled');
  worker.says({ id: 8, ok: true, value: 2 });
  worker.says({ id: 7, ok: false, error: { code: 'no', message: 'No.', detail: {} } });
  assert.equal((await second).ok, true);
  assert.equal((await first).ok, false);
  early.close();
});

test('a file that never comes is no longer waited for when its connection is closed', async () => {
  FakeWorker.all = [];
  const { fetch } = globalThis;
  /** @type {AbortSignal[]} */
  const waiting = [];
  globalThis.fetch = /** @type {any} */ (
    (/** @type {URL} */ url, /** @type {{signal: AbortSignal}} */ { signal }) => {
      if (url.pathname.endsWith('/worker.js')) waiting.push(signal);
      return new Promise(() => {});
    }
  );
  try {
    const connection = new Connection('cpu', () => {});
    assert.deepEqual(
      waiting.map(({ aborted }) => aborted),
      [false],
    );
    connection.close();
    assert.equal(waiting[0]?.aborted, true);
    assert.deepEqual(FakeWorker.all, []);
  } finally {
    globalThis.fetch = fetch;
  }
});

test('a worker that cannot be loaded, and one that stops later', async () => {
  for (const [loaded, code] of /** @type {const} */ ([
    [false, 'start-failed'],
    [true, 'crashed'],
  ])) {
    const { connection, worker, events } = await connected();
    if (loaded) worker.says({ event: 'loaded' });
    const asked = connection.ask(1, 'play', {});
    worker.dispatchEvent(new Event('error'));
    await assert.rejects(asked, { code });
    assert.equal(connection.ended?.code, code);
    assert.equal(worker.terminated, true);
    assert.deepEqual(
      events.map(({ event, fatal }) => [event, fatal]),
      [['fault', true]],
    );
    await assert.rejects(connection.ask(2, 'play', {}), { code });
  }
});

test('a fatal fault is the last event', async () => {
  const { connection, worker, events } = await connected();
  worker.says({ event: 'loaded' });
  await connection.loaded;
  const error = { code: 'device-lost', message: 'Lost.', detail: {} };
  worker.says({ event: 'fault', error, fatal: true });
  worker.says({ event: 'stopped', state: {} });
  assert.equal(events.length, 1);
});

test('what cannot be sent is refused, and the worker lives on', async () => {
  const { connection, worker } = await connected();
  const reply = await connection.ask(1, 'set', /** @type {any} */ ({ options: () => {} }));
  assert.equal(reply.ok, false);
  assert.equal(connection.ended, null);
  assert.equal(worker.terminated, false);
  connection.close();
});

test('a worker that dies in silence: its lock is free', async () => {
  const { connection, worker, events } = await connected();
  worker.says({ event: 'held' });
  worker.says({ event: 'loaded' });
  const asked = connection.ask(1, 'step', { n: 5 });
  locks.waiting.get(worker.name)?.();
  await assert.rejects(asked, { code: 'crashed' });
  assert.match(events[0].error.message, /without a word/);
});

test('a connection that is closed waits for no lock, and says nothing', async () => {
  const { connection, worker, events } = await connected();
  worker.says({ event: 'held' });
  const asked = connection.ask(1, 'step', { n: 5 });
  connection.close();
  await assert.rejects(asked, { code: 'closed' });
  locks.waiting.get(worker.name)?.();
  await settled();
  assert.deepEqual(events, []);
});

test('without locks: a worker that does not answer for a minute is dead', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { connection, worker, events } = await connected();
  let now = 0;
  const clock = mock.method(performance, 'now', () => now);
  const pass = (/** @type {number} */ time) => {
    now += time;
    mock.timers.tick(time);
  };
  try {
    worker.says({ event: 'loaded' });
    pass(10_000);
    const pings = () => worker.heard.filter(({ command }) => command === 'ping').length;
    assert.equal(pings(), 1);
    now += 1;
    worker.says({ id: 0, ok: true, value: null });
    pass(60_000);
    assert.equal(connection.ended, null, 'it answered');
    pass(10_000);
    assert.equal(pings(), 2);
    pass(59_000);
    assert.equal(connection.ended, null, 'a step can be long');
    pass(1000);
    await assert.rejects(connection.ask(1, 'play', {}), { code: 'crashed' });
    assert.equal(events.length, 1);
  } finally {
    clock.mock.restore();
    mock.timers.reset();
  }
});

test('a module that says nothing for 90 seconds does not start', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { connection, worker } = await connected();
    mock.timers.tick(80_000);
    worker.says({ event: 'progress', what: 'cpu', loaded: 1, total: 2 });
    mock.timers.tick(80_000);
    assert.equal(connection.ended, null, 'it is still coming');
    mock.timers.tick(10_000);
    await assert.rejects(connection.loaded, { code: 'start-failed' });
  } finally {
    mock.timers.reset();
  }
});
