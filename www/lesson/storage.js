/**
 * What is remembered of a lesson from one visit to the next: one record per name, in this browser's IndexedDB.
 *
 * A record has a version; one of another version, or one that is broken, is forgotten. Only one page at a time
 * remembers under a name: it holds a Web Lock, and another page of the same name remembers nothing.
 *
 * Knows nothing of what is in a record.
 *
 * @module
 */

const DATABASE = 'unroll';
const STORE = 'runs';
/** Of the records: another one forgets them. */
const VERSION = 2;
/** So many records are remembered. */
const MOST = 8;
/** How long a page that is being loaded again may take to let go of its name, in milliseconds. */
const LETS_GO = 1500;
/** Between two writes while it trains, in milliseconds. */
const PAUSE = 2000;

/** Why nothing is remembered: no storage, or another page does. @typedef {'unavailable' | 'elsewhere' | 'full'} Obstacle */

/**
 * The store under a name.
 *
 * @template {object} T
 */
export class Storage {
  /** @type {IDBDatabase | null} */
  #database = null;
  /** Lets go of the name. */
  #closing = new AbortController();
  #letGo = () => {};
  #name;
  #written = Number.NEGATIVE_INFINITY;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #failed;

  /**
   * @param {string} name
   * @param {(why: Obstacle) => void} failed  a write failed: nothing more is remembered
   */
  constructor(name, failed) {
    this.#name = name;
    this.#failed = failed;
  }

  /** What is remembered, or why nothing is. @returns {Promise<{value: T | null, obstacle: Obstacle | null}>} */
  async open() {
    const obstacle = await this.#take();
    if (obstacle) return { value: null, obstacle };
    try {
      const late = new Promise((_, reject) => setTimeout(reject, LETS_GO));
      late.catch(() => {});
      this.#database = await Promise.race([opened(), late]);
      const record = await done(this.#store('readonly').get(this.#name));
      this.#prune().catch(() => {});
      return { value: record?.version === VERSION ? record.value : null, obstacle: null };
    } catch {
      this.close();
      return { value: null, obstacle: 'unavailable' };
    }
  }

  /** Remembers what `value` says then, soon; at once if `now`. @param {() => T} value @param {boolean} now */
  keep(value, now) {
    if (!this.#database) return;
    const wait = now ? 0 : Math.max(0, this.#written + PAUSE - performance.now());
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(value()), wait);
  }

  /** Writes it now. @param {T} value */
  flush(value) {
    clearTimeout(this.#timer);
    if (!this.#database) return;
    this.#written = performance.now();
    try {
      const store = this.#store('readwrite');
      const record = { version: VERSION, at: Date.now(), value };
      store.put(record, this.#name);
      // Also what a full disk says, and only at the end.
      store.transaction.addEventListener('abort', () => this.#fail());
      store.transaction.commit?.();
    } catch {
      this.#fail();
    }
  }

  /** Forgets what is remembered. */
  async forget() {
    clearTimeout(this.#timer);
    if (this.#database) await done(this.#store('readwrite').delete(this.#name));
  }

  /** Remembers no more, and lets others. */
  close() {
    clearTimeout(this.#timer);
    this.#closing.abort();
    this.#letGo();
    this.#database?.close();
    this.#database = null;
  }

  #fail() {
    if (!this.#database) return;
    this.close();
    this.#failed('full');
  }

  /** @param {IDBTransactionMode} mode */
  #store(mode) {
    const database = /** @type {IDBDatabase} */ (this.#database);
    return database.transaction(STORE, mode, { durability: 'relaxed' }).objectStore(STORE);
  }

  /** Forgets the oldest records. */
  async #prune() {
    const store = this.#store('readwrite');
    const names = await done(store.index('at').getAllKeys());
    for (const name of names.slice(0, -MOST)) store.delete(name);
  }

  /** Takes the name, if no other page has it. @returns {Promise<Obstacle | null>} */
  async #take() {
    const waits = new AbortController();
    const timer = setTimeout(() => waits.abort(), LETS_GO);
    const { signal } = waits;
    this.#closing.signal.addEventListener('abort', () => waits.abort());
    try {
      await new Promise((taken, refused) => {
        const holds = () => {
          taken(null);
          return new Promise((resolve) => {
            this.#letGo = () => resolve(null);
          });
        };
        navigator.locks.request(`unroll remembers ${this.#name}`, { signal }, holds).catch(refused);
      });
      return null;
    } catch {
      return signal.aborted ? 'elsewhere' : 'unavailable';
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE).createIndex('at', 'at');
  return done(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.transaction?.addEventListener('abort', () => reject(request.error));
  });
}
