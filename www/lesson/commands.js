/**
 * The lesson's members that ask the network, in one table: the element has them as methods, an iframe
 * answers them as messages, and each is one of the worker's commands. How arguments become parameters
 * stands beside each; what is given back is the protocol's.
 *
 * @module
 */

import { bytesOf, listOf, objectOf, optionsOf, plain, refuseOthers, seedOf } from './arguments.js';

/** @import {Commands, Hold, Options, Strokes} from '../worker/protocol.js' */

/**
 * @template {keyof Commands} C
 * @template {any[]} A
 * @param {C} command
 * @param {(...args: A) => Commands[C]['params']} params
 */
function member(command, params) {
  return { command, params };
}

const nothing = () => ({});

// Frozen: tsc then writes its type out, for the package's typings.
export const MEMBERS = Object.freeze({
  /** Trains until paused, or to the end of the length. */
  play: member('play', nothing),
  /** Stops after the step under way. */
  pause: member('pause', nothing),
  /** Does `n` steps. Resolves with the state after the last one; rejects with `stopped` if it was cut short. */
  step: member('step', (/** @type {number} */ n = 1) => ({ n })),
  /** Begins again as this run began, or from the weights of a seed. */
  reset: member('reset', (/** @type {{seed?: number}} */ how = {}) => {
    const { seed } = objectOf('reset', how);
    refuseOthers('reset', how, 'seed');
    return seed === undefined ? {} : { seed: seedOf(seed) };
  }),
  /** Changes options. An unknown name or a value out of range is an error that names it, and changes nothing. */
  set: member('set', (/** @type {Record<string, unknown>} */ options) => ({
    options: /** @type {Partial<Options>} */ (optionsOf('set', options)),
  })),
  /** Loss, accuracy, confusion matrix, and each image's loss and prediction, on the first `n` test images. */
  evaluate: member('evaluate', (/** @type {number} */ n = 2000) => ({ n })),
  /** What the network makes of an image. */
  predict: member('predict', (/** @type {Uint8Array | Float32Array} */ pixels) => ({ pixels })),
  /** What the network does inside while it reads an image: beliefs, gates and states of every row. */
  inspect: member('inspect', (/** @type {Uint8Array | Float32Array} */ pixels) => ({ pixels })),
  /** A sequence taken apart: every sum, gate and state of every time step; with gates held, what they would be then. */
  unroll: member(
    'unroll',
    (/** @type {Uint8Array | Float32Array} */ inputs, /** @type {{held?: Hold[]}} */ how = {}) => {
      const { held } = objectOf('unroll', how);
      refuseOthers('unroll', how, 'held');
      return held === undefined ? { inputs } : { inputs, held: listOf('unroll', held) };
    },
  ),
  /** How much of the loss's gradient reaches the hidden state after each row. */
  rowGradients: member('rowGradients', nothing),
  /** Which pixel of a digit is read at each of the 784 places. */
  scanOrder: member('scanOrder', nothing),
  /** How much of the gradient of the latest segment's loss reaches every point of the last four segments. */
  gradientReach: member('gradientReach', nothing),
  /** What the output layer makes of hidden states, in a loop and as one product. */
  outputLayer: member('outputLayer', (/** @type {Float32Array} */ states) => ({ states })),
  /** Hidden states in the plane in which they vary most. */
  portrait: member('portrait', (/** @type {Commands['portrait']['params']} */ what) => ({
    ...objectOf('portrait', what),
  })),
  /** What the network makes of any sequence, from the zero state. */
  follow: member('follow', (/** @type {Float32Array} */ inputs) => ({ inputs })),
  /**
   * The same, and then `more` points that it makes for itself: each is the sine of an angle that is larger by `by`
   * radians, if the last point is a sine and the network's answer to it the cosine.
   */
  generate: member(
    'generate',
    (/** @type {Float32Array} */ inputs, /** @type {{more: number, by: number}} */ how) => {
      const { more, by } = objectOf('generate', how);
      refuseOthers('generate', how, 'more', 'by');
      return { inputs, more, by };
    },
  ),
  /** Trains up to five runs side by side, beside the lesson's own; `name` is what the Run keeps them under. */
  compare: member(
    'compare',
    (/** @type {Commands['compare']['params'] & {name?: string}} */ what) => {
      const { variants, steps } = objectOf('compare', what);
      for (const variant of listOf('compare', variants))
        optionsOf('compare', /** @type {Record<string, unknown>} */ (variant));
      return { variants, steps };
    },
  ),
  /** Ends the comparison under way. */
  stopComparison: member('stopComparison', nothing),
  /** What the network makes of a drawing, and the pixels it was fed. */
  classifyDrawing: member('classifyDrawing', (/** @type {Strokes | ImageData} */ drawing) => {
    if (drawing === null || typeof drawing !== 'object' || Array.isArray(drawing))
      return { drawing: /** @type {Strokes} */ (drawing) };
    const { width, height, data } = drawing;
    return { drawing: { width, height, data: /** @type {Uint8ClampedArray} */ (data) } };
  }),
  /** One digit of the data. */
  digit: member('digit', (/** @type {'train' | 'test'} */ set, /** @type {number} */ index) => ({
    set,
    index,
  })),
  /** Trains on IDX files of somebody's own, gzipped or plain. */
  loadData: member(
    'loadFiles',
    (
      /** @type {Record<'trainImages' | 'trainLabels' | 'testImages' | 'testLabels', Uint8Array | ArrayBuffer>} */ files,
    ) => {
      const { trainImages, trainLabels, testImages, testLabels } = objectOf('loadData', files);
      return {
        trainImages: bytesOf('loadData', 'trainImages', trainImages),
        trainLabels: bytesOf('loadData', 'trainLabels', trainLabels),
        testImages: bytesOf('loadData', 'testImages', testImages),
        testLabels: bytesOf('loadData', 'testLabels', testLabels),
      };
    },
  ),
  /** Looks for MNIST again, if it could not be had before. */
  loadMnist: member('load', () => ({ data: /** @type {const} */ ('mnist') })),
  /** The weights as safetensors, with PyTorch's names. */
  saveWeights: member('saveWeights', nothing),
  /** Starts a fresh run from the weights of a safetensors file. */
  loadWeights: member('loadWeights', (/** @type {Uint8Array | ArrayBuffer} */ bytes) => ({
    bytes: bytesOf('loadWeights', 'the file', bytes),
  })),
});

/** @typedef {keyof typeof MEMBERS} MemberName */
/** @typedef {{[M in MemberName]: (...args: Parameters<(typeof MEMBERS)[M]['params']>) => Promise<Commands[(typeof MEMBERS)[M]['command']]['value']>}} Members */

/**
 * A member's arguments as the parameters of its command, in plain data.
 *
 * @template {MemberName} M
 * @param {M} name
 * @param {unknown[]} args
 * @returns {ReturnType<(typeof MEMBERS)[M]['params']>}
 * @throws {UnrollError} `bad-request` or `option-value`
 */
export function paramsOf(name, args) {
  const { params } = MEMBERS[name];
  return plain(name, () => /** @type {(...args: unknown[]) => any} */ (params)(...args));
}

/** The method that all of them call. */
export const CALL = Symbol('call');

/**
 * Gives a class the members that it has not got itself.
 *
 * @param {{prototype: object}} to
 */
export function addMembers({ prototype }) {
  for (const name of Object.keys(MEMBERS)) {
    if (Object.hasOwn(prototype, name)) continue;
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      /** @this {any} @param {...unknown} args */
      value(...args) {
        return this[CALL](name, args);
      },
    });
  }
}
