/**
 * A worker's entry point: starts the wasm module that the page compiled, hands it the page's requests and
 * the page its answers, and makes sure that nothing goes wrong in silence.
 *
 * Knows no lesson.
 *
 * @module
 */

import { Crew } from './crew.js';
import { findDigits } from './dataset.js';
import { probe } from './probe.js';
import { buffersOf } from './shared-digits.js';
import { workerOf } from './worker-of.js';

/** @import {Message} from './connection.js' */
/** @import {Work} from './crew.js' */
/** @import {Compiled} from './modules.js' */
/** @import {Fault, SharedDigits, WorkerEvent} from './protocol.js' */
/** @typedef {{id: number, command: string, params: any}} AnyRequest */
/** @typedef {{handle(request: AnyRequest): void}} Core */

const scope = /** @type {any} */ (self);

/** @type {Core | null} */
let core = null;
/** Where this worker is another one's helper: what it does. @type {(work: Work) => void} */
let help = () => {};
/** The WebGPU device, if the module has one. @type {any} */
let device = null;
/** @type {AnyRequest[]} */
const early = [];
/** Who is told an answer in place of the page: this file's own requests have negative ids. @type {Map<number, (reply: any) => void>} */
const own = new Map();
let lastOwnId = 0;
const BRINGS_DIGITS = new Set(['load', 'loadFiles', 'takeDigits']);
/** Whether the core has digits. */
let hasDigits = false;
/** Ends the search for digits, when others have come. */
let search = new AbortController();
/** Settles when the core has answered those that came last. @type {Promise<void>} */
let brought = Promise.resolve();

/** Why digits are not searched for any more. @type {Fault} */
const OTHERS = {
  code: 'superseded',
  message: 'Other digits came before it was done.',
  detail: { by: 'digits' },
};

/** @param {Message} message */
function post(message) {
  const value = 'ok' in message && message.ok ? message.value : null;
  const isShared = value !== null && typeof value === 'object' && 'trainImages' in value;
  scope.postMessage(message, isShared ? buffersOf(/** @type {SharedDigits} */ (value)) : []);
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

scope.addEventListener('error', (/** @type {ErrorEvent} */ event) => {
  // The page hears of it from `crashed`, after the device has had its say.
  event.preventDefault();
  console.error(event.error ?? event.message);
  crashed(event.message);
});
scope.addEventListener('unhandledrejection', (/** @type {PromiseRejectionEvent} */ event) =>
  crashed(event.reason),
);
/** @param {any} error */
function notStarted(error) {
  post(fatal('start-failed', `The module did not start: ${error?.message ?? error}`));
}

scope.addEventListener(
  'message',
  (/** @type {MessageEvent<AnyRequest | (Compiled & {helps?: true}) | Work>} */ event) => {
    const request = event.data;
    if ('sizes' in request) help(request);
    else if ('glue' in request && request.helps) startHelper(request).catch(notStarted);
    else if ('glue' in request) start(request).catch(notStarted);
    else if (request.command === 'ping') post({ id: request.id, ok: true, value: null });
    else if (request.command === 'probe') answerProbe(request.id);
    else if (core) serve(request);
    else early.push(request);
  },
);

/** @param {number} id */
async function answerProbe(id) {
  post({ id, ok: true, value: await probe() });
}

/** @param {AnyRequest} request */
function serve(request) {
  if (request.command === 'load' && request.params.data === 'mnist') return void load(request);
  if (BRINGS_DIGITS.has(request.command)) bring(request);
  else pass(request);
}

/** Passes on a request that brings digits. @param {AnyRequest} request */
function bring(request) {
  const earlier = search;
  brought = new Promise((settled) => {
    own.set(request.id, (reply) => {
      if (reply.ok) earlier.abort(OTHERS);
      hasDigits ||= reply.ok;
      post(reply);
      settled();
      if (request.command !== 'takeDigits') return;
      // The core has its own copy; this one need not wait for the collector.
      for (const buffer of buffersOf(request.params)) /** @type {any} */ (buffer).transfer?.(0);
    });
  });
  pass(request);
}

/** A lock that is held for as long as this worker lives: the page waits for it, and so knows the end. */
function holdLock() {
  const { locks } = navigator;
  if (!locks || !scope.name) return;
  const held = () => {
    post({ event: 'held' });
    return new Promise(() => {});
  };
  // Without locks, the page asks now and then.
  locks.request(scope.name, held).catch(() => {});
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

/**
 * Real digits, if any can be found; else synthetic ones, and why. A core that has digits already
 * keeps those, and the request fails.
 *
 * @param {AnyRequest} request
 */
async function load(request) {
  let reported = 0;
  search.abort(OTHERS);
  search = new AbortController();
  const { signal } = search;
  try {
    const value = await findDigits({
      beside: new URL('../data/mnist/', import.meta.url),
      signal,
      report: (loaded, total) => {
        const now = performance.now();
        if (now - reported < 50 && loaded !== total) return;
        reported = now;
        post({ event: 'progress', what: 'digits', loaded, total });
      },
      accept: async (files, origin) => {
        await brought;
        signal.throwIfAborted();
        try {
          const source = await ask('loadFiles', { ...files, source: origin });
          return { verified: source.verified, value: source };
        } catch (fault) {
          throw new Error(/** @type {Fault} */ (fault).message);
        }
      },
    });
    hasDigits = true;
    post({ id: request.id, ok: true, value });
  } catch (error) {
    if (signal.aborted) return post({ id: request.id, ok: false, error: OTHERS });
    const why = error instanceof Error ? error.message : String(error);
    const message = `No MNIST could be found: ${why}.`;
    if (hasDigits) {
      const fault = { code: 'data-missing', message, detail: { reason: why } };
      post({ id: request.id, ok: false, error: fault });
      return;
    }
    bring({ id: request.id, command: 'load', params: { data: 'synthetic', message } });
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

/**
 * Starts a module; the page compiled it.
 *
 * @param {Compiled} what
 */
async function start({ glue, module }) {
  watchDevice();
  const { default: instantiate, Core } = await import(glue);
  await instantiate({ module_or_path: module });
  const crew = new Crew(() => {
    const url = new URL(import.meta.url);
    url.hash = 'module=helper';
    const worker = workerOf(url);
    worker.postMessage({ glue, module, helps: true });
    return worker;
  });
  core = new Core((/** @type {any} */ message) => {
    if (message.event === 'fault' && message.fatal) return void lastWords(message);
    const waiting = own.get(message.id);
    if (!waiting) return post(message);
    own.delete(message.id);
    waiting(message);
  }, crew);
  post({ event: 'loaded' });
  for (const request of early.splice(0)) serve(request);
}

/**
 * Starts a module as another worker's helper.
 *
 * @param {Compiled} what
 */
async function startHelper({ glue, module }) {
  const { default: instantiate, help: compute } = await import(glue);
  await instantiate({ module_or_path: module });
  help = (work) => {
    const found = compute(work);
    scope.postMessage(found, [found.buffer]);
  };
  scope.postMessage({ ready: true });
}

holdLock();
