/**
 * A worker's entry point: starts one of the two wasm modules, hands it the page's requests and the
 * page its answers, and makes sure that nothing goes wrong in silence.
 *
 * Knows no lesson. The URL says which module (`module=cpu|webgpu`) of which build.
 *
 * @module
 */

import { findDigits } from './dataset.js';
import { probe } from './probe.js';
import { hasRelaxedSimd } from './relaxed-simd.js';

/** @import {Fault, Reply, WorkerEvent} from './protocol.js' */
/** @typedef {{id: number, command: string, params: any}} AnyRequest */
/** @typedef {{handle(request: AnyRequest): void}} Core */

const scope = /** @type {any} */ (self);
const asked = new URL(import.meta.url).searchParams;
const module = asked.get('module') === 'webgpu' ? 'webgpu' : 'cpu';
const build = asked.get('build') ?? 'dev';

/** @type {Core | null} */
let core = null;
/** What the module computes on, where that is WebGPU. @type {any} */
let device = null;
/** @type {AnyRequest[]} */
const early = [];
/** Requests of this file's own, which have negative ids. @type {Map<number, (reply: any) => void>} */
const own = new Map();
let lastOwnId = 0;

/** @param {WorkerEvent | Reply} message */
function post(message) {
  scope.postMessage(message);
}

/**
 * @param {string} code
 * @param {string} message
 * @returns {WorkerEvent}
 */
function fatal(code, message) {
  return { event: 'fault', error: { code, message, detail: { reason: message } }, fatal: true };
}

/**
 * Posts what ended the core. Work on a device that is lost fails before the device says that it is
 * lost: then that is what the page hears first.
 *
 * @param {WorkerEvent} fault
 */
async function lastWords(fault) {
  await Promise.race([device?.lost, new Promise((resolve) => setTimeout(resolve, 1000))]);
  post(fault);
}

/** @param {unknown} why */
function crashed(why) {
  lastWords(fatal('crashed', `The worker stopped unexpectedly: ${why}`));
}

scope.addEventListener('error', (/** @type {ErrorEvent} */ event) => crashed(event.message));
scope.addEventListener('unhandledrejection', (/** @type {PromiseRejectionEvent} */ event) =>
  crashed(event.reason),
);
scope.addEventListener('message', (/** @type {MessageEvent<AnyRequest>} */ event) => {
  if (core) serve(event.data);
  else early.push(event.data);
});

/** @param {AnyRequest} request */
function serve(request) {
  if (request.command === 'load' && request.params.data === 'mnist') load(request);
  else pass(request);
}

/** @param {AnyRequest} request */
function pass(request) {
  try {
    core?.handle(request);
  } catch (error) {
    crashed(error);
  }
}

/**
 * Asks the core and waits for its answer.
 *
 * @param {string} command
 * @param {object} params
 * @returns {Promise<any>}
 */
function ask(command, params) {
  lastOwnId -= 1;
  const id = lastOwnId;
  return new Promise((resolve, reject) => {
    own.set(id, (reply) => (reply.ok ? resolve(reply.value) : reject(reply.error)));
    pass({ id, command, params });
  });
}

/** Digits for the MNIST lesson: real ones where any can be found, else synthetic, and why. */
async function load(/** @type {AnyRequest} */ request) {
  let reported = 0;
  try {
    const value = await findDigits({
      beside: new URL('../data/mnist/', import.meta.url),
      report: (loaded, total) => {
        const now = performance.now();
        if (now - reported < 50 && loaded !== total) return;
        reported = now;
        post({ event: 'progress', what: 'digits', loaded, total });
      },
      accept: async (files, origin) => {
        try {
          const source = await ask('loadFiles', { ...files, source: origin });
          return { verified: source.verified, value: source };
        } catch (fault) {
          throw new Error(/** @type {Fault} */ (fault).message);
        }
      },
    });
    post({ id: request.id, ok: true, value });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `No MNIST could be found: ${why}.`;
    pass({ id: request.id, command: 'load', params: { data: 'synthetic', message } });
  }
}

/**
 * Watches the device that the module will ask for: its loss, and errors that would otherwise leave
 * wrong numbers behind. Tests lose it through `unrollGpuDevice.destroy()`.
 */
function watchDevice() {
  const adapters = scope.GPUAdapter?.prototype;
  if (!adapters) return;
  const request = adapters.requestDevice;
  adapters.requestDevice = async function requestDevice(/** @type {any[]} */ ...args) {
    device = await request.apply(this, args);
    scope.unrollGpuDevice = device;
    device.lost.then((/** @type {any} */ info) => {
      post(fatal('device-lost', `The graphics device was lost: ${info.message || info.reason}`));
    });
    device.addEventListener('uncapturederror', (/** @type {any} */ event) => {
      post(fatal('gpu-error', `The graphics device refused its work: ${event.error.message}`));
    });
    return device;
  };
}

/** The module's bytes, with progress. @param {URL} url */
async function fetchModule(url) {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url.pathname}: HTTP ${response.status}`);
  const encoded = response.headers.has('Content-Encoding');
  const total = encoded ? null : Number(response.headers.get('Content-Length')) || null;
  let loaded = 0;
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, out) {
        loaded += chunk.length;
        post({ event: 'progress', what: module, loaded, total });
        out.enqueue(chunk);
      },
    }),
  );
  return new Response(counted, { headers: { 'Content-Type': 'application/wasm' } });
}

async function start() {
  watchDevice();
  const name = `../worker-${module}${module === 'cpu' && hasRelaxedSimd() ? '-relaxed' : ''}`;
  const glueUrl = new URL(`${name}.js?build=${build}`, import.meta.url);
  const wasmUrl = new URL(`${name}_bg.wasm?build=${build}`, import.meta.url);
  const [glue, found] = await Promise.all([
    import(glueUrl.href),
    module === 'cpu' ? probe() : { webgpu: true, adapter: null },
  ]);
  await glue.default({ module_or_path: fetchModule(wasmUrl) });
  core = new glue.Core((/** @type {any} */ message) => {
    if (message.event === 'fault' && message.fatal) return void lastWords(message);
    const waiting = own.get(message.id);
    if (!waiting) return post(message);
    own.delete(message.id);
    waiting(message);
  });
  post({ event: 'loaded', webgpu: found.webgpu, probe: found.adapter });
  for (const request of early.splice(0)) serve(request);
}

start().catch((error) => {
  post(fatal('start-failed', `The ${module} module did not start: ${error?.message ?? error}`));
});
