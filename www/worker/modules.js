/**
 * The wasm modules: each is fetched and compiled once for all lessons of a page, which hand it to their
 * workers. The browser keeps what it compiled for the next visit.
 *
 * @module
 */

import { hasRelaxedSimd } from './relaxed-simd.js';

/** @import {Backend} from './protocol.js' */

/** What a worker starts: the module, and the JavaScript that goes with it. @typedef {{glue: string, module: WebAssembly.Module}} Compiled */
/** @typedef {(loaded: number, total: number | null) => void} Report */

/**
 * @typedef {object} Entry
 * @property {Promise<Compiled>} compiled
 * @property {Set<Report>} reports  of those who wait for it
 * @property {AbortController} control
 */

/** A bundler copies a file if its address is written like this, and only then. */
const FILES = {
  cpu: {
    glue: new URL('./worker-cpu.js', import.meta.url),
    wasm: new URL('./worker-cpu_bg.wasm', import.meta.url),
  },
  'cpu-relaxed': {
    glue: new URL('./worker-cpu-relaxed.js', import.meta.url),
    wasm: new URL('./worker-cpu-relaxed_bg.wasm', import.meta.url),
  },
  webgpu: {
    glue: new URL('./worker-webgpu.js', import.meta.url),
    wasm: new URL('./worker-webgpu_bg.wasm', import.meta.url),
  },
};

/** Before a file whose server failed is asked for once more, in milliseconds. */
const PAUSE = 500;

/** @type {Map<Backend, Entry>} */
const entries = new Map();

/**
 * @param {Backend} backend
 * @param {Report} [report]  bytes so far
 * @returns {Promise<Compiled>} rejects with an Error; the next call then begins again
 */
export async function compiled(backend, report) {
  const entry = entries.get(backend) ?? begin(backend);
  if (report) entry.reports.add(report);
  try {
    return await entry.compiled;
  } finally {
    if (report) entry.reports.delete(report);
  }
}

/** Gives up on a module that does not come: a request that hangs would hold up the next one. @param {Backend} backend */
export function forget(backend) {
  entries.get(backend)?.control.abort(new Error('it did not come'));
  entries.delete(backend);
}

/** The JavaScript that a backend starts with in this browser. @param {Backend} backend */
export function glueOf(backend) {
  return FILES[filesOf(backend)].glue.href;
}

/** @param {Backend} backend @returns {keyof typeof FILES} */
function filesOf(backend) {
  return backend === 'cpu' && hasRelaxedSimd() ? 'cpu-relaxed' : backend;
}

/** @param {Backend} backend @returns {Entry} */
function begin(backend) {
  const control = new AbortController();
  const reports = /** @type {Set<Report>} */ (new Set());
  const report = (/** @type {number} */ loaded, /** @type {number | null} */ total) => {
    for (const one of reports) one(loaded, total);
  };
  const compile = async (/** @type {keyof typeof FILES} */ name) => {
    const { glue, wasm } = FILES[name];
    const response = await fetched(wasm, control.signal);
    return { glue: glue.href, module: await compileFrom(response, report) };
  };
  const files = filesOf(backend);
  const entry = {
    // The plain module does all that the relaxed one does, only slower.
    compiled: files === backend ? compile(backend) : compile(files).catch(() => compile(backend)),
    reports,
    control,
  };
  entries.set(backend, entry);
  entry.compiled.catch(() => {
    if (entries.get(backend) === entry) entries.delete(backend);
  });
  return entry;
}

/** Waits until a file is there, whoever reads it then. @param {URL} url @param {AbortSignal} signal */
export async function arrived(url, signal) {
  await (await fetched(url, signal)).arrayBuffer();
}

/** @param {URL} url @param {AbortSignal} signal */
async function fetched(url, signal) {
  const once = async () => {
    const response = await fetch(url, { signal });
    if (response.ok) return response;
    const message = `${url.pathname} was answered with ${response.status} ${response.statusText}`;
    throw Object.assign(new Error(message.trim()), { final: response.status < 500 });
  };
  return once().catch(async (error) => {
    if (error.final || signal.aborted) throw error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    return once();
  });
}

/** @param {Response} response @param {Report} report */
async function compileFrom(response, report) {
  const encoded = response.headers.has('Content-Encoding');
  const total = encoded ? null : Number(response.headers.get('Content-Length')) || null;
  count(response.clone(), total, report).catch(() => {});
  // A response as it came is what browsers keep compiled; a host need not know the type.
  const typed = /^application\/wasm\b/.test(response.headers.get('Content-Type') ?? '')
    ? response
    : new Response(response.body, { headers: { 'Content-Type': 'application/wasm' } });
  return WebAssembly.compileStreaming(typed);
}

/** @param {Response} response @param {number | null} total @param {Report} report */
async function count(response, total, report) {
  const reader = response.body?.getReader();
  for (let loaded = 0; reader; ) {
    const { done, value } = await reader.read();
    if (done) return;
    loaded += value.length;
    report(loaded, total);
  }
}
