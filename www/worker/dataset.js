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

/** Attempts for a file that began to arrive, and the pauses between them, in milliseconds. */
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
 * @param {string[]} [how.mirrors]
 * @param {typeof fetch} [how.get]
 * @param {CacheStorage} [how.storage]
 * @param {number} [how.stall]
 * @param {number[]} [how.pauses]
 * @returns {Promise<T>} rejects with an Error whose message says what each source answered
 */
export async function findDigits(how) {
  const { accept, beside, mirrors = MIRRORS } = how;
  const cache = await openCache('storage' in how ? how.storage : globalThis.caches);
  /** @type {string[]} */
  const refusals = [];

  const kept = cache && (await readCache(cache));
  if (kept) {
    try {
      return (await accept(kept, 'cache')).value;
    } catch {
      await Promise.all(Object.values(FILES).map((name) => cache.delete(cacheKey(name))));
    }
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
      refusals.push(`${folder}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(refusals.join('; '));
}

/**
 * All four files of one folder, gzipped or plain.
 *
 * @param {string} folder
 * @param {{report: Report, get?: typeof fetch, stall?: number, pauses?: number[]}} how
 * @returns {Promise<FileSet>}
 */
async function download(folder, how) {
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
    how.report(sum, all);
  };
  const one = async (/** @type {string} */ name) => {
    try {
      return await downloadFile(new URL(`${name}.gz`, folder), reportFor(name), how);
    } catch (error) {
      if (!(error instanceof NotThere)) throw error;
      return downloadFile(new URL(name, folder), reportFor(name), how);
    }
  };
  // The smallest first: a folder without the files costs one request.
  const testLabels = await one(FILES.testLabels);
  const [trainLabels, testImages, trainImages] = await Promise.all([
    one(FILES.trainLabels),
    one(FILES.testImages),
    one(FILES.trainImages),
  ]);
  return { trainImages, trainLabels, testImages, testLabels };
}

/**
 * @param {URL} url
 * @param {Report} report
 * @param {{get?: typeof fetch, stall?: number, pauses?: number[]}} how
 * @returns {Promise<Uint8Array>}
 */
async function downloadFile(url, report, { get = fetch, stall = STALL, pauses = PAUSES }) {
  /** @type {Uint8Array[]} */
  let parts = [];
  for (let attempt = 0; ; attempt += 1) {
    try {
      parts = await receive(url, parts, report, get, stall);
      return joined(parts);
    } catch (error) {
      const began = parts.length > 0 || error instanceof Interrupted;
      if (error instanceof NotThere || !began || attempt === pauses.length) throw error;
      if (error instanceof Interrupted) parts = error.resumable ? error.parts : [];
      await new Promise((resolve) => setTimeout(resolve, pauses[attempt]));
    }
  }
}

/** A download that stopped half-way, with what had come. */
class Interrupted extends Error {
  /**
   * @param {string} message
   * @param {Uint8Array[]} parts
   * @param {boolean} resumable whether the server sends ranges
   */
  constructor(message, parts, resumable) {
    super(message);
    this.parts = parts;
    this.resumable = resumable;
  }
}

/**
 * Receives `url` behind the `parts` that are already here.
 *
 * @param {URL} url
 * @param {Uint8Array[]} parts
 * @param {Report} report
 * @param {typeof fetch} get
 * @param {number} stall
 * @returns {Promise<Uint8Array[]>}
 */
async function receive(url, parts, report, get, stall) {
  const control = new AbortController();
  let timer = setTimeout(() => control.abort(), stall);
  let start = size(parts);
  const headers = start ? { Range: `bytes=${start}-` } : undefined;
  try {
    const response = await get(url, { signal: control.signal, headers });
    if (!response.ok || !response.body) throw new NotThere(`HTTP ${response.status}`);
    if ((response.headers.get('Content-Type') ?? '').startsWith('text/html')) {
      throw new NotThere('a web page instead of the file');
    }
    if (start && !response.headers.get('Content-Range')?.startsWith(`bytes ${start}-`)) {
      [parts, start] = [[], 0];
    }
    // What a server compresses on the way has another length than what arrives.
    const length = Number(response.headers.get('Content-Length'));
    const encoded = response.headers.has('Content-Encoding');
    const total = length && !encoded ? start + length : null;
    const received = [...parts];
    let loaded = start;
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        clearTimeout(timer);
        if (done) break;
        timer = setTimeout(() => control.abort(), stall);
        received.push(value);
        loaded += value.length;
        report(loaded, total);
      }
      if (total !== null && loaded < total) throw new Error(`${loaded} of ${total} bytes came`);
    } catch (error) {
      const why = control.signal.aborted ? 'it stalled' : String(error);
      const resumable = !encoded && response.headers.get('Accept-Ranges') === 'bytes';
      throw new Interrupted(`the download broke off: ${why}`, received, resumable);
    }
    return received;
  } finally {
    clearTimeout(timer);
  }
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

/** @param {CacheStorage | undefined} storage */
async function openCache(storage) {
  try {
    return (await storage?.open(CACHE)) ?? null;
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
