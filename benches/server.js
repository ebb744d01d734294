/**
 * One plain static server for a bench: the built site, the contenders with their packages, and the
 * digits that all of them train on.
 *
 * @module
 */

import { createServer } from 'node:http';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
};

const PAGE = `<!doctype html>
<meta charset="utf-8" />
<title>A contender</title>
<link rel="icon" href="data:," />
<script type="importmap">
  { "imports": { "@jax-js/jax": "/benches/node_modules/@jax-js/jax/dist/index.js" } }
</script>
<script type="module" src="/benches/page.js"></script>
`;

/** Headers with which a page may share memory with its workers. */
const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Put before the first line of a page or a worker: counts in `benchDispatches`. */
export const COUNT_DISPATCHES = `
globalThis.benchDispatches = 0;
for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']) {
  const passes = globalThis.GPUComputePassEncoder?.prototype;
  if (!passes) break;
  const dispatch = passes[name];
  passes[name] = function (...args) {
    globalThis.benchDispatches += 1;
    return dispatch.apply(this, args);
  };
}
`;

export class Server {
  /** Every file of the site that was asked for, relative to the site. @type {string[]} */
  asked = [];
  #site;
  #mnist;
  #digits;
  #server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://bench');
    const answer = this.#find(decodeURIComponent(pathname));
    response.writeHead(answer ? 200 : 404, {
      'Content-Type':
        TYPES[extname(pathname)] ?? (answer === PAGE ? TYPES['.html'] : 'application/octet-stream'),
      'Cache-Control': 'no-store',
      ...(pathname === '/isolated' ? ISOLATED : {}),
    });
    response.end(answer ?? undefined);
  });

  /**
   * @param {string} site the built site's folder
   * @param {string | null} mnist the folder of MNIST's four files
   * @param {Record<string, Uint8Array>} digits the first batches and the test images, by name
   */
  constructor(site, mnist, digits) {
    this.#site = site;
    this.#mnist = mnist;
    this.#digits = digits;
  }

  async open() {
    await new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve(undefined));
    });
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** @param {string} path */
  url(path) {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${port}/${path}`;
  }

  /** @param {string} path @returns {string | Uint8Array | null} */
  #find(path) {
    if (path === '/' || path === '/isolated') return PAGE;
    const [, top, ...rest] = normalize(path).split('/');
    const below = rest.join('/');
    if (top === 'benches') return file(HERE, below);
    if (top === 'batches') return this.#digits[below] ?? null;
    // The same site twice: the second one counts its dispatches.
    if (top !== 'site' && top !== 'counted') return null;
    this.asked.push(below);
    if (below.startsWith('data/mnist/')) return this.#mnist && file(this.#mnist, below.slice(11));
    const found = file(this.#site, below || 'index.html');
    if (top === 'counted' && below.endsWith('/worker.js') && found) return COUNT_DISPATCHES + found;
    return found;
  }
}

/** @param {string} folder @param {string} path */
function file(folder, path) {
  const name = join(folder, path);
  return existsSync(name) && statSync(name).isFile() ? readFileSync(name) : null;
}
