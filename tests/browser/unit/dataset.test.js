/** Where the digits' files come from, with a network and a cache of our own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILES, findDigits } from '../../../www/worker/dataset.js';

const BESIDE = new URL('http://site/data/mnist/');
const names = Object.values(FILES);
const bytesOf = (/** @type {string} */ name) => new TextEncoder().encode(`the bytes of ${name}`);

/**
 * A network: what each URL answers, and what was asked.
 *
 * @param {(url: string, range: string | undefined, attempt: number) => Response | Promise<Response> | undefined} answer
 *   nothing: 404
 */
function network(answer) {
  /** @type {string[]} */
  const asked = [];
  const get = async (
    /** @type {URL | RequestInfo} */ url,
    /** @type {RequestInit} */ init = {},
  ) => {
    const address = String(url);
    const range = /** @type {Record<string, string> | undefined} */ (init.headers)?.Range;
    const attempt = asked.filter((other) => other.startsWith(address)).length;
    asked.push(range ? `${address} ${range}` : address);
    const response = await answer(address, range, attempt);
    return response ?? new Response('no', { status: 404 });
  };
  return { asked, get: /** @type {typeof fetch} */ (get) };
}

/** A cache in memory. */
function storage() {
  /** @type {Map<string, Response>} */
  const kept = new Map();
  const cache = {
    match: async (/** @type {string} */ key) => kept.get(key)?.clone(),
    put: async (/** @type {string} */ key, /** @type {Response} */ value) =>
      void kept.set(key, value),
    delete: async (/** @type {string} */ key) => kept.delete(key),
  };
  return { kept, storage: /** @type {any} */ ({ open: async () => cache }) };
}

/** @param {string} url @param {RequestInit & {headers?: Record<string, string>}} [init] */
function file(url, init) {
  const name = url.split('/').at(-1)?.replace('.gz', '') ?? '';
  return new Response(bytesOf(name), init);
}

/** Half of the file, then an error; with ranges where asked. @param {string} url @param {boolean} ranges */
function half(url, ranges) {
  const whole = bytesOf(url.split('/').at(-1)?.replace('.gz', '') ?? '');
  const headers = {
    'Content-Length': String(whole.length),
    ...(ranges && { 'Accept-Ranges': 'bytes' }),
  };
  // A stream drops what it holds when it fails, so the error waits for the next pull.
  let pulls = 0;
  const body = new ReadableStream({
    pull(stream) {
      pulls += 1;
      if (pulls === 1) stream.enqueue(whole.slice(0, 10));
      else stream.error(new TypeError('network error'));
    },
  });
  return new Response(body, { headers });
}

/** @param {Partial<Parameters<typeof findDigits>[0]>} how */
function find(how) {
  return findDigits({
    beside: BESIDE,
    mirrors: ['http://one/', 'http://two/'],
    report: () => {},
    storage: undefined,
    pauses: [0, 0],
    accept: async (files, origin) => ({
      verified: true,
      value: /** @type {any} */ ({
        origin,
        texts: Object.values(files).map((bytes) => new TextDecoder().decode(bytes)),
      }),
    }),
    ...how,
  });
}

const whole = Object.values(FILES).map((name) => `the bytes of ${name}`);

test('files beside the page come first', async () => {
  const { asked, get } = network((url) => (url.startsWith(BESIDE.href) ? file(url) : undefined));
  const { origin, texts } = await find({ get });
  assert.equal(origin, 'beside');
  assert.deepEqual(texts, whole);
  assert.deepEqual(asked.toSorted(), names.map((name) => `${BESIDE}${name}.gz`).toSorted());
});

test('plain files do as well as gzipped ones', async () => {
  const { get } = network((url) => (url.endsWith('.gz') ? undefined : file(url)));
  assert.equal((await find({ get })).origin, 'beside');
});

test('a folder without the files costs two requests, then the mirrors are asked in order', async () => {
  const { asked, get } = network((url) => (url.startsWith('http://two/') ? file(url) : undefined));
  const { origin, texts } = await find({ get });
  assert.equal(origin, 'mirror');
  assert.deepEqual(texts, whole);
  assert.equal(asked.filter((url) => url.startsWith(BESIDE.href)).length, 2);
  assert.equal(asked.filter((url) => url.startsWith('http://one/')).length, 2);
});

test('files that are refused count as not there', async () => {
  const { get } = network((url) => file(url));
  const { origin } = await find({
    get,
    accept: async (_, origin) => {
      if (origin === 'beside') throw new Error('of the wrong magic');
      return { verified: true, value: { origin } };
    },
  });
  assert.equal(origin, 'mirror');
});

test('without any source, every refusal is told', async () => {
  const { get } = network((url) => {
    if (url.startsWith('http://one/')) throw new TypeError('Failed to fetch');
    if (url.startsWith('http://two/')) {
      return new Response('<html>', { headers: { 'Content-Type': 'text/html' } });
    }
    return undefined;
  });
  await assert.rejects(find({ get }), (/** @type {Error} */ { message }) => {
    assert.match(message, /http:\/\/site\/data\/mnist\/: HTTP 404/);
    assert.match(message, /http:\/\/one\/: .*Failed to fetch/);
    assert.match(message, /http:\/\/two\/: a web page/);
    return true;
  });
});

test('a download that breaks off goes on where it stopped, where the server can', async () => {
  const { asked, get } = network((url, range, attempt) => {
    if (!url.includes('train-images')) return file(url);
    if (attempt === 0) return half(url, true);
    const bytes = bytesOf('train-images-idx3-ubyte');
    assert.equal(range, 'bytes=10-');
    const headers = { 'Content-Range': `bytes 10-${bytes.length - 1}/${bytes.length}` };
    return new Response(bytes.slice(10), { status: 206, headers });
  });
  assert.deepEqual((await find({ get })).texts, whole);
  assert.equal(asked.length, 5);
});

test('and from its beginning, where the server cannot', async () => {
  const { asked, get } = network((url, range, attempt) => {
    assert.equal(range, undefined);
    return url.includes('train-images') && attempt === 0 ? half(url, false) : file(url);
  });
  assert.deepEqual((await find({ get })).texts, whole);
  assert.equal(asked.length, 5);
});

test('a server that ignores the range is believed, not appended', async () => {
  const { get } = network((url, _range, attempt) =>
    url.includes('train-images') && attempt === 0 ? half(url, true) : file(url),
  );
  assert.deepEqual((await find({ get })).texts, whole);
});

test('a download that always breaks off is given up', async () => {
  const { asked, get } = network((url) =>
    url.includes('train-images') ? half(url, false) : file(url),
  );
  await assert.rejects(find({ get, mirrors: [] }), /broke off/);
  assert.equal(asked.filter((url) => url.includes('train-images')).length, 3, 'tried three times');
});

test('a file shorter than it was said to be is not taken', async () => {
  const { get } = network((url) =>
    url.includes('train-images') ? file(url, { headers: { 'Content-Length': '9999' } }) : file(url),
  );
  await assert.rejects(find({ get, mirrors: [] }), /of 9999 bytes/);
});

test('a download that stalls is tried again', async () => {
  const { get } = network((url, _range, attempt) => {
    if (!url.includes('train-images') || attempt > 0) return file(url);
    return new Response(
      new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(3)) }),
    );
  });
  const stalling = /** @type {typeof fetch} */ (
    async (url, init) => {
      const response = await get(url, init);
      // What fetch does: an aborted request makes the body's reader fail.
      const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
      const body = new ReadableStream({
        start(stream) {
          init?.signal?.addEventListener('abort', () => stream.error(init.signal?.reason));
        },
        async pull(stream) {
          const { done, value } = await reader.read();
          if (done) stream.close();
          else stream.enqueue(value);
        },
      });
      return new Response(body, { headers: response.headers, status: response.status });
    }
  );
  assert.deepEqual((await find({ get: stalling, stall: 50 })).texts, whole);
});

test('progress is over all four files', async () => {
  const { get } = network((url) =>
    file(url, {
      headers: {
        'Content-Length': String(bytesOf(url.split('/').at(-1)?.replace('.gz', '') ?? '').length),
      },
    }),
  );
  /** @type {Array<[number, number | null]>} */
  const reports = [];
  await find({ get, report: (loaded, total) => reports.push([loaded, total]) });
  const all = names.reduce((sum, name) => sum + bytesOf(name).length, 0);
  assert.deepEqual(reports.at(-1), [all, all]);
  for (const [k, [loaded]] of reports.entries())
    assert(loaded >= (reports[k - 1]?.[0] ?? 0), 'what is reported only grows');
});

test('verified files are kept and found again without a request', async () => {
  const { get } = network((url) => file(url));
  const { storage: cache, kept } = storage();
  await find({ get, storage: cache });
  assert.equal(kept.size, 4);
  const silent = network(() => assert.fail('nothing should be asked for'));
  const { origin, texts } = await find({ get: silent.get, storage: cache });
  assert.equal(origin, 'cache');
  assert.deepEqual(texts, whole);
});

test('files that are not known to be MNIST are not kept', async () => {
  const { get } = network((url) => file(url));
  const { storage: cache, kept } = storage();
  await find({ get, storage: cache, accept: async () => ({ verified: false, value: {} }) });
  assert.equal(kept.size, 0);
});

test('a cache whose files are refused is emptied and passed by', async () => {
  const { get } = network((url) => file(url));
  const { storage: cache, kept } = storage();
  await find({ get, storage: cache });
  const { origin } = await find({
    get,
    storage: cache,
    accept: async (_files, origin) => {
      if (origin === 'cache') throw new Error('damaged');
      assert.equal(kept.size, 0);
      return { verified: false, value: { origin } };
    },
  });
  assert.equal(origin, 'beside');
});

test('a browser without a usable cache is no obstacle', async () => {
  const { get } = network((url) => file(url));
  const broken = /** @type {any} */ ({ open: () => Promise.reject(new Error('private window')) });
  assert.equal((await find({ get, storage: broken })).origin, 'beside');
});

test('digits that are wanted no more are neither accepted nor asked for elsewhere, nor thrown away', async () => {
  const { kept, storage: caches } = storage();
  const first = network((url) => (url.startsWith(BESIDE.href) ? file(url) : undefined));
  const accept = async () => ({ verified: true, value: 'digits' });
  const how = { accept, report() {}, beside: BESIDE, storage: caches };
  await findDigits({ ...how, get: first.get });
  const before = kept.size;
  const others = new Error('others came');
  const control = new AbortController();

  // While the browser's cache is read.
  const search = findDigits({ ...how, get: first.get, signal: control.signal });
  control.abort(others);
  await assert.rejects(search, others);
  assert.equal(kept.size, before);

  // While a folder is asked: the others are not, and the request is ended.
  const later = new AbortController();
  /** @type {AbortSignal | undefined} */
  let ended;
  const requests = /** @type {string[]} */ ([]);
  const get = /** @type {typeof fetch} */ (
    async (url, init) => {
      requests.push(String(url));
      ended = init?.signal ?? undefined;
      later.abort(others);
      ended?.throwIfAborted();
      return new Response('');
    }
  );
  const asked = findDigits({
    accept,
    report() {},
    beside: BESIDE,
    get,
    signal: later.signal,
    storage: undefined,
  });
  await assert.rejects(asked, others);
  assert.equal(requests.length, 1);
  assert(ended?.aborted);
});
