/**
 * Keeps the page for when there is no network: all files of its build, and the pages. The digits are kept by
 * whoever loads them (worker/dataset.js).
 *
 * Every build has a worker and a cache of its own, and every file of a build an address of its own: nothing of
 * two builds is ever mixed. A new worker waits until no page of the old build is open, so that no run is
 * interrupted.
 *
 * `scripts/bundle.js` puts the build's name and files before it.
 *
 * @module
 */

import { hasRelaxedSimd } from './worker/relaxed-simd.js';

const worker = /** @type {any} */ (self);
/** `fixed`: what has the same address in every build. @type {{name: string, files: string[], fixed: string[]}} */
const { name, files, fixed } = worker.BUILD;
/** The CPU module that this browser does not start. */
const OTHER = hasRelaxedSimd() ? /\bworker-cpu(_bg)?\./ : /\bworker-cpu-relaxed/;

const SCOPE = new URL(worker.registration.scope);
const PREFIX = `unroll ${SCOPE.pathname} `;
const CACHE = PREFIX + name;
/** How long the network may take with what has the same address in every build, in milliseconds. */
const PATIENCE = 4000;

worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(fill()));
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(begin()));
worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== SCOPE.origin) return;
  if (!pathname.startsWith(SCOPE.pathname)) return;
  const path = pathname.slice(SCOPE.pathname.length);
  if (path.startsWith('build-')) event.respondWith(kept(request));
  else if (path === '' || path === 'index.html') event.respondWith(fresh(request, SCOPE));
  else if (fixed.includes(path)) event.respondWith(fresh(request, request));
});

/** Keeps all of the build, or nothing. */
async function fill() {
  const page = await fetch(SCOPE, { cache: 'reload' });
  // Another build may have taken the place of this one meanwhile: its own worker will keep that.
  if (!page.ok || !(await page.clone().text()).includes(`${name}/`))
    throw new Error(`The page is not of ${name}.`);
  const cache = await caches.open(CACHE);
  await cache.addAll(files.filter((file) => !OTHER.test(file)));
  // These may be older ones in the browser's cache.
  await cache.addAll(fixed.map((file) => new Request(file, { cache: 'reload' })));
  await cache.put(SCOPE, page);
}

/** No page of an older build is open any more. */
async function begin() {
  for (const key of await caches.keys())
    if (key.startsWith(PREFIX) && key !== CACHE) await caches.delete(key);
  // The first visit, too, may go on without a network.
  await worker.clients.claim();
}

/** A file of a build: it never changes. @param {Request} request */
async function kept(request) {
  const found = await caches.match(request, { ignoreSearch: true });
  if (found) return found;
  const response = await fetch(request);
  if (response.status === 200) {
    const cache = await caches.open(CACHE);
    await cache.put(request, response.clone()).catch(() => {});
  }
  return response;
}

/** From the network, and if that does not answer, as it was kept. @param {Request} request @param {Request | URL} keptAs */
async function fresh(request, keptAs) {
  const found = () => caches.match(keptAs, { ignoreSearch: true });
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  try {
    const response = await Promise.race([fetch(request), late]);
    // A page that moved or is gone is no longer here.
    if (response.status < 500) return response;
    return (await found()) ?? response;
  } catch {
    return (await found()) ?? Response.error();
  }
}
