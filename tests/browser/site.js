/**
 * Serves the built page the way a plain static host does, from a sub-path, and misbehaves for one
 * file where a test asks for it.
 *
 * @module
 */

import { createServer } from 'node:http';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The page under test, as `scripts/test browser` builds it. */
export const dist = process.env.UNROLL_DIST ?? join(root, 'target/test-site');

/** Not the root of the host: the page must work from any sub-path. */
const BASE = '/some/where/';

/** The folder of what a browser loads: its name changes with every build. */
function buildFolder() {
  const found = readdirSync(dist).find((name) => name.startsWith('build-'));
  if (!found) throw new Error(`there is no build in ${dist}`);
  return `${found}/`;
}

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.gz': 'application/gzip',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/**
 * What a file is answered with instead of itself.
 *
 * @typedef {object} Fault
 * @property {number} [status]            this status and no file
 * @property {string} [html]              a web page with status 200
 * @property {Uint8Array} [bytes]         other bytes
 * @property {Record<string, string>} [headers]  besides the usual ones, or in their place
 * @property {(source: string) => string} [rewrite]  the file, changed
 * @property {'half' | 'stall'} [cut]     half of the file; then the connection ends, or nothing more comes
 * @property {boolean} [hang]             nothing at all, and the connection stays open
 * @property {boolean} [abort]            nothing at all, and the connection ends
 * @property {number} [times]             only for the first so many requests
 */

/** @param {import('node:http').ServerResponse} response */
function notFound(response) {
  response.writeHead(404, { 'Content-Type': 'text/plain' });
  response.end('not found');
}

export class Site {
  /** @type {Map<string, Fault & {asked: number}>} */
  #faults = new Map();
  /** Every request as `[path, Range header]`, path relative to the page, or to the build's folder. @type {Array<[string, string | undefined]>} */
  requests = [];
  /** Whether nothing is answered any more, as without a network. */
  down = false;
  #server = createServer((request, response) => this.#answer(request, response));

  static async open() {
    if (!existsSync(join(dist, 'index.html'))) {
      throw new Error(`there is no page in ${dist}: run scripts/test browser, or set UNROLL_DIST`);
    }
    const site = new Site();
    await new Promise((resolve) => {
      site.#server.listen(0, '127.0.0.1', () => resolve(undefined));
    });
    return site;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** @param {string} path relative to the page */
  url(path) {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return `http://127.0.0.1:${port}${BASE}${path}`;
  }

  /** The same as another origin: localhost is not 127.0.0.1. @param {string} path relative to the page */
  elsewhere(path) {
    return this.url(path).replace('127.0.0.1', 'localhost');
  }

  /**
   * Misbehaves for one file until the test ends, or until the function that it returns is called.
   *
   * @param {import('node:test').TestContext} t
   * @param {string} path relative to the page, or to the build's folder
   * @param {Fault} fault
   */
  fail(t, path, fault) {
    const entry = { ...fault, asked: 0 };
    const end = () => {
      if (this.#faults.get(path) === entry) this.#faults.delete(path);
    };
    this.#faults.set(path, entry);
    t.after(end);
    return end;
  }

  /** The files of the build, for `fail`. */
  files() {
    return readdirSync(join(dist, buildFolder()));
  }

  /**
   * The script of the build that has this in it.
   *
   * @param {string} text
   * @returns {string} for `fail`
   */
  fileWith(text) {
    const folder = join(dist, buildFolder());
    const found = readdirSync(folder).find(
      (name) => name.endsWith('.js') && readFileSync(join(folder, name), 'utf8').includes(text),
    );
    if (!found) throw new Error(`no script has "${text}" in it; a release has other names`);
    return found;
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  #answer(request, response) {
    if (this.down) return void request.socket.destroy();
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    // What browsers ask every host for is not the page's doing.
    if (pathname === '/favicon.ico') return void response.writeHead(204).end();
    if (!pathname.startsWith(BASE)) return notFound(response);
    const address = decodeURIComponent(pathname.slice(BASE.length)) || 'index.html';
    const folder = buildFolder();
    const path = address.startsWith(folder) ? address.slice(folder.length) : address;
    const { range } = request.headers;
    this.requests.push([path, range]);
    // For its address alone.
    if (path === 'blank') {
      response.writeHead(200, { 'Content-Type': TYPES['.html'] });
      return void response.end('<!doctype html><title>blank</title>');
    }

    const fault = this.#faults.get(path);
    if (fault) fault.asked += 1;
    const active = fault && fault.asked <= (fault.times ?? Infinity) ? fault : null;
    if (active?.hang) return;
    if (active?.abort) return void request.socket.destroy();
    if (active?.status) {
      response.writeHead(active.status, { 'Content-Type': 'text/plain' });
      return void response.end();
    }
    if (active?.html) {
      response.writeHead(200, { 'Content-Type': TYPES['.html'] });
      return void response.end(active.html);
    }
    const file = join(dist, normalize(address));
    const there = file.startsWith(dist) && existsSync(file) && statSync(file).isFile();
    // A file that a fault makes up stays made up when the fault has run out.
    if (!fault?.bytes && !there) return notFound(response);
    let body = fault?.bytes ?? readFileSync(file);
    if (active?.rewrite) body = Buffer.from(active.rewrite(Buffer.from(body).toString()));

    /** @type {Record<string, string | number>} */
    const headers = {
      'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
      'Cache-Control': 'no-store',
      'Accept-Ranges': 'bytes',
      // What lets other hosts use the files: see docs/embedding.md.
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cross-Origin-Embedder-Policy': 'credentialless',
    };
    Object.assign(headers, active?.headers);
    const start = range ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
    if (start) {
      headers['Content-Range'] = `bytes ${start}-${body.length - 1}/${body.length}`;
      body = body.subarray(start);
    }
    headers['Content-Length'] = body.length;
    response.writeHead(start ? 206 : 200, headers);
    if (!active?.cut) return void response.end(body);
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => {
      // Ended, not reset: what was sent arrives.
      if (active.cut === 'half') response.socket?.end();
    });
  }
}
