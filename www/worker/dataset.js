/**
 * Where MNIST's four files come from: the browser's cache, files beside the page, public mirrors.
 *
 * Only moves bytes. Whether they are MNIST is for the core to say, which is asked for every set;
 * only a set that it verified is kept in the cache.
 *
 * @module
 */

/** @typedef {'trainImages' | 'trainLabels' | 'testImages' | 'testLabels'} FileKey */
/** @typedef {Record<FileKey, Uint8Array>} FileSet */
/** @typedef {'cache' | 'beside' | 'mirror'} Origin */
/** @typedef {(loaded: number, total: number | null) => void} Report */

/** @type {Record<FileKey, string>} */
export const FILES = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
};

export const MIRRORS = [
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://raw.githubusercontent.com/fgnt/mnist/master/',
];

const CACHE = 'unroll-mnist-v1';

/** Between attempts with a server that answered once, in milliseconds. */
const PAUSES = [500, 1500];

/** Without a byte for this long, a download counts as stalled, in milliseconds. */
const STALL = 20_000;

/** A server that answers, and has not got the file: no use in asking again. */
class NotThere extends Error {}

/**
 * Finds the digits and returns what `accept` makes of them.
 *
 * @template T
 * @param {object} how
 * @param {(files: FileSet, origin: Origin) => Promise<{verified: boolean, value: T}>} how.accept
 *   rejects for files that are not MNIST; then the next source is tried
 * @param {Report} how.report  bytes so far, over all four files
 * @param {URL} how.beside     the folder of the files beside the page
 * @param {AbortSignal} [how.signal]  they are wanted no more: rejects with its reason
 * @param {string[]} [how.mirrors]
 * @param {typeof fetch} [how.get]
 * @param {CacheStorage} [how.storage]
 * @param {number} [how.stall]
 * @param {number[]} [how.pauses]
 * @returns {Promise<T>} rejects with an Error whose message says what each source answered
 */
export async function findDigits(how) {
  const { signal, beside, mirrors = MIRRORS } = how;
  const accept = async (/** @type {FileSet} */ files, /** @type {Origin} */ origin) => {
    signal?.throwIfAborted();
    return how.accept(files, origin);
  };
  const cache = await openCache(() => ('storage' in how ? how.storage : globalThis.caches));
  /** @type {string[]} */
  const refusals = [];

  const kept = cache && (await readCache(cache));
  if (kept) {
    const answer = await accept(kept, 'cache').catch(() => null);
    if (answer?.verified) return answer.value;
    signal?.throwIfAborted();
    await clearCache(cache);
  }
  /** @type {Array<[Origin, string]>} */
  const sources = [['beside', beside.href]];
  for (const mirror of mirrors) sources.push(['mirror', mirror]);
  for (const [origin, folder] of sources) {
    try {
      const files = await download(folder, how);
      const { verified, value } = await accept(files, origin);
      if (verified && cache) await writeCache(cache, files);
      return value;
    } catch (error) {
      signal?.throwIfAborted();
      refusals.push(`${folder}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(refusals.join('; '));
}

/**
 * A folder that is being asked for its files.
 *
 * @typedef {object} Folder
 * @property {typeof fetch} get
 * @property {number} stall
 * @property {number[]} pauses
 * @property {AbortSignal} signal  its files are of no use any more
 * @property {boolean} answered    somebody is there, so that a failure may pass
 */

/**
 * All four files of one folder, gzipped or plain.
 *
 * @param {string} address
 * @param {{report: Report, signal?: AbortSignal, get?: typeof fetch, stall?: number, pauses?: number[]}} how
 * @returns {Promise<FileSet>}
 */
async function download(address, how) {
  const { report, signal, get = fetch, stall = STALL, pauses = PAUSES } = how;
  signal?.throwIfAborted();
  const control = new AbortController();
  signal?.addEventListener('abort', () => control.abort(signal.reason), { signal: control.signal });
  /** @type {Folder} */
  const folder = { get, stall, pauses, signal: control.signal, answered: false };
  /** @type {Map<string, [number, number | null]>} bytes so far and in all, by file */
  const progress = new Map(Object.values(FILES).map((name) => [name, [0, null]]));
  /** @type {(name: string) => Report} */
  const reportFor = (name) => (loaded, total) => {
    progress.set(name, [loaded, total]);
    let [sum, all] = [0, /** @type {number | null} */ (0)];
    for (const [part, whole] of progress.values()) {
      sum += part;
      all = all === null || whole === null ? null : all + whole;
    }
    report(sum, all);
  };
  const one = async (/** @type {string} */ name) => {
    try {
      return await downloadFile(new URL(`${name}.gz`, address), reportFor(name), folder);
    } catch (error) {
      if (!(error instanceof NotThere)) throw error;
      return downloadFile(new URL(name, address), reportFor(name), folder);
    }
  };
  try {
    // The smallest first: a folder without the files costs one request.
    const testLabels = await one(FILES.testLabels);
    const [trainLabels, testImages, trainImages] = await Promise.all([
      one(FILES.trainLabels),
      one(FILES.testImages),
      one(FILES.trainImages),
    ]);
    return { trainImages, trainLabels, testImages, testLabels };
  } finally {
    control.abort();
  }
}

/**
 * What has come of a file, and whether its server can send the rest alone.
 * @typedef {{parts: Uint8Array[], resumable: boolean}} Arrived
 */

/**
 * @param {URL} url
 * @param {Report} report
 * @param {Folder} folder
 * @returns {Promise<Uint8Array>}
 */
async function downloadFile(url, report, folder) {
  /** @type {Arrived} */
  const arrived = { parts: [], resumable: false };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await receive(url, arrived, report, folder);
      return joined(arrived.parts);
    } catch (error) {
      const hopeless = error instanceof NotThere || !folder.answered || folder.signal.aborted;
      if (hopeless || attempt === folder.pauses.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, folder.pauses[attempt]));
    }
  }
}

/**
 * One attempt at what is still missing of `url`.
 *
 * @param {URL} url
 * @param {Arrived} arrived
 * @param {Report} report
 * @param {Folder} folder
 */
async function receive(url, arrived, report, folder) {
  folder.signal.throwIfAborted();
  if (!arrived.resumable) arrived.parts = [];
  let loaded = size(arrived.parts);
  const control = new AbortController();
  let began = false;
  const stop = () => control.abort(folder.signal.reason);
  const stalled = () => control.abort(new Error('the download stalled'));
  folder.signal.addEventListener('abort', stop);
  let timer = setTimeout(stalled, folder.stall);
  try {
    const headers = loaded ? { Range: `bytes=${loaded}-` } : undefined;
    // Called without its folder: a browser's own fetch belongs to no other object.
    const { get } = folder;
    const response = await get(url, { signal: control.signal, headers });
    folder.answered = true;
    arrived.resumable = false;
    began = response.ok;
    const { start, total, exact } = examine(response, loaded);
    if (start === 0) arrived.parts = [];
    arrived.resumable = exact && (start > 0 || response.headers.get('Accept-Ranges') === 'bytes');
    loaded = start;
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) break;
      timer = setTimeout(stalled, folder.stall);
      arrived.parts.push(value);
      loaded += value.length;
      report(loaded, total !== null && loaded <= total ? total : null);
    }
    if (exact && total !== null && loaded < total)
      throw new Error(`${loaded} of ${total} bytes came`);
  } catch (error) {
    if (error instanceof NotThere) throw error;
    const why = control.signal.aborted ? control.signal.reason : error;
    throw new Error(`${began ? 'the download broke off: ' : ''}${why?.message ?? why}`);
  } finally {
    clearTimeout(timer);
    folder.signal.removeEventListener('abort', stop);
    // Lets go of an answer that nobody reads to its end.
    control.abort();
  }
}

/**
 * What a response to a request for the bytes from `asked` on holds.
 *
 * @param {Response} response
 * @param {number} asked
 * @returns {{start: number, total: number | null, exact: boolean}} `start`: the first byte's place;
 *   `exact`: `total` counts the bytes that will arrive
 */
function examine(response, asked) {
  const { status, headers } = response;
  const passing = status >= 500 || [408, 416, 425, 429].includes(status);
  if (passing) throw new Error(`HTTP ${status}`);
  if (!response.ok || !response.body) throw new NotThere(`HTTP ${status}`);
  if ((headers.get('Content-Type') ?? '').startsWith('text/html')) {
    throw new NotThere('a web page instead of the file');
  }
  // Another site need not let us see Content-Range: then the part could be any.
  const fits = headers.get('Content-Range')?.startsWith(`bytes ${asked}-`);
  if (status === 206 && !fits) throw new Error('another part than the one asked for');
  const start = status === 206 ? asked : 0;
  // What is compressed on the way has another length than what arrives, and another site need not
  // let us see that it is.
  const exact = response.type !== 'cors' && !headers.has('Content-Encoding');
  const length = Number(headers.get('Content-Length'));
  const total = length && !headers.has('Content-Encoding') ? start + length : null;
  return { start, total, exact };
}

/** @param {Uint8Array[]} parts */
function size(parts) {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(size(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {() => CacheStorage | undefined} storage throws on some pages */
async function openCache(storage) {
  try {
    return (await storage()?.open(CACHE)) ?? null;
  } catch {
    return null;
  }
}

/** @param {string} name */
const cacheKey = (name) => `https://unroll.invalid/${name}`;

/**
 * @param {Cache} cache
 * @returns {Promise<FileSet | null>} null unless all four are there
 */
async function readCache(cache) {
  const read = async (/** @type {string} */ name) => {
    const kept = await cache.match(cacheKey(name));
    return kept && new Uint8Array(await kept.arrayBuffer());
  };
  try {
    const keys = /** @type {FileKey[]} */ (Object.keys(FILES));
    const entries = await Promise.all(
      keys.map(async (key) => /** @type {const} */ ([key, await read(FILES[key])])),
    );
    return entries.every(([, bytes]) => bytes)
      ? /** @type {FileSet} */ (Object.fromEntries(entries))
      : null;
  } catch {
    return null;
  }
}

/** @param {Cache} cache */
async function clearCache(cache) {
  try {
    for (const name of Object.values(FILES)) await cache.delete(cacheKey(name));
  } catch {
    // The next visit finds the same files and passes them by as well.
  }
}

/**
 * @param {Cache} cache
 * @param {FileSet} files
 */
async function writeCache(cache, files) {
  try {
    for (const [key, name] of Object.entries(FILES)) {
      const bytes = files[/** @type {FileKey} */ (key)];
      await cache.put(cacheKey(name), new Response(/** @type {BlobPart} */ (bytes)));
    }
  } catch {
    // A full disk or a private window: the next visit downloads again.
  }
}
