/** What is valid, for the fuzzers to change: messages and what is remembered. Runs in a browser too. */

/** @import {MemberName} from '../../../www/lesson/commands.js' */

/** @type {ReadonlyArray<[MemberName, ...any[]]>} */
export const MESSAGES = [
  ['step', 3],
  ['set', { learningRate: 0.1, hiddenSize: 5, cell: 'lstm', shuffle: true, speed: null }],
  ['reset', { seed: 3 }],
  ['pause'],
  ['evaluate', 4],
  ['predict', new Uint8Array(784)],
  ['inspect', new Float32Array(784)],
  ['unroll', new Float32Array(784), { held: [{ gate: 'forget', value: 0, from: 3, to: 9 }] }],
  [
    'classifyDrawing',
    [
      [
        [1, 2],
        [30, 40],
      ],
      [[5, 6]],
    ],
  ],
  ['classifyDrawing', { width: 2, height: 2, data: new Uint8ClampedArray(16) }],
  ['outputLayer', new Float32Array(32)],
  ['portrait', { states: new Float32Array(64), hiddenSize: 32 }],
  ['follow', new Float32Array(8)],
  ['generate', new Float32Array(8), { more: 2, by: 0.3 }],
  ['compare', { variants: [{}, { learningRate: 0.5 }], steps: 2, name: 'rates' }],
  ['digit', 'test', 3],
  ['scanOrder'],
  ['gradientReach'],
  [
    'loadData',
    {
      trainImages: new Uint8Array([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28]),
      trainLabels: new Uint8Array([0, 0, 8, 1, 0, 0, 0, 1, 5]),
      testImages: new ArrayBuffer(20),
      testLabels: new Uint8Array(9),
    },
  ],
  ['loadWeights', new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 123, 125])],
  ['saveWeights'],
];

const state = { run: 1, step: 2, seed: 1, options: { learningRate: 0.1 }, data: null };
const points = () => new Float32Array(4);
const memory = {
  losses: new Float32Array(2),
  stride: 1,
  accuracies: [{ step: 2, accuracy: 0.5, loss: 1, images: 4, synthetic: true }],
  log: [{ step: 2, epoch: 0, loss: null, accuracy: 0.5 }],
  evaluation: {
    step: 2,
    images: 4,
    loss: 1,
    losses: points(),
    accuracy: 0.5,
    confusion: new Uint32Array(100),
    predictions: new Uint8Array(4),
    labels: new Uint8Array(4),
  },
  pad: {
    strokes: [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    image: null,
  },
  kept: [
    {
      options: { learningRate: 0.1 },
      seed: 1,
      backend: 'cpu',
      changed: false,
      look: 0,
      losses: points(),
      stride: 1,
    },
  ],
  segments: {
    first: 1,
    segments: {
      lengths: new Uint32Array([2, 2]),
      times: points(),
      inputs: points(),
      targets: points(),
      predictions: points(),
      hidden: new Float32Array(20),
    },
  },
  comparisons: [
    [
      'modes',
      {
        variants: [{ stateMode: 'reset' }],
        steps: 5,
        step: 2,
        runs: [{ losses: [1, 2], norms: [{ step: 2, norms: points() }] }],
        status: 'running',
        seed: 1,
        options: { timeStep: 4 },
      },
    ],
  ],
};

/** What a record holds. */
export const VISITS = [
  { memory, continuation: { bytes: new Uint8Array(4), state, waiting: [] } },
  {
    memory: {
      ...memory,
      evaluation: null,
      segments: null,
      pad: { strokes: [], image: { index: 1, label: 2, pixels: new Uint8Array(784) } },
    },
    continuation: {
      bytes: new Uint8Array(4),
      state: { ...state, data: { synthetic: true, train: 5, test: 4 } },
      waiting: [],
    },
  },
  { memory, continuation: null },
];
