/**
 * The exercises: where each begins, what its goal is, and a way to meet it. Their words are in `en.js` and `zh.js`.
 *
 * The goals' numbers were measured with the seeds that stand here; `tests/browser/exercises.test.js` does every
 * solution, and what is near it.
 *
 * @module
 */

import {
  accuracyWithin,
  halfRead,
  levelOf,
  looking,
  meanAt,
  meanWithin,
  oneBlankRow,
  parametersOf,
  swingOf,
} from './goals.js';

/** @import {Actions} from '../article/try-button.js' */
/** @import {Exercise} from './types.js' */

const WAVE = {
  timeStep: 10,
  endpoint: 'inclusive',
  stateMode: 'carry',
  hiddenSize: 32,
  learningRate: 0.02,
  cell: 'rnn',
  clipNorm: null,
};
const DIGITS = {
  cell: 'lstm',
  trainOn: 'last',
  scan: 'down',
  hiddenSize: 64,
  batchSize: 64,
  learningRate: 0.01,
  shuffle: true,
  carryState: false,
  clipNorm: null,
};

/**
 * @param {Record<string, unknown>} options
 * @param {number} [steps]
 * @param {number} [seed]
 * @returns {Actions}
 */
const run = (options, steps, seed = 1) => [
  ['set', options],
  ['reset', { seed }],
  ...(steps ? /** @type {Actions} */ ([['step', steps]]) : []),
];

/** @param {keyof typeof WAVE} name */
const asInWave = (name) => ({ name, is: WAVE[name] });
/** @param {'cell' | 'hiddenSize' | 'learningRate' | 'trainOn'} name */
const asInDigits = (name) => ({ name, is: DIGITS[name] });

/** @type {Exercise[]} */
export const EXERCISES = [
  {
    id: 'diverge',
    where: 'sin-cos',
    figure: 'loss',
    start: run(WAVE),
    solution: run({ ...WAVE, learningRate: 0.2 }, 100),
    goal: meanAt({
      at: 100,
      over: 0.5,
      kept: [
        { name: 'learningRate', above: 0.02 },
        { name: 'seed', is: 1 },
        ...['timeStep', 'endpoint', 'stateMode', 'hiddenSize', 'cell'].map((name) =>
          asInWave(/** @type {keyof typeof WAVE} */ (name)),
        ),
      ],
    }),
  },
  {
    id: 'calm',
    where: 'sin-cos',
    figure: 'wave',
    start: run(WAVE, 0, 2),
    solution: run({ ...WAVE, endpoint: 'exclusive' }, 100, 2),
    goal: meanAt({
      at: 100,
      below: 0.01,
      kept: [
        asInWave('learningRate'),
        asInWave('hiddenSize'),
        asInWave('cell'),
        asInWave('clipNorm'),
        { name: 'seed', is: 2 },
      ],
    }),
  },
  {
    id: 'floor',
    where: 'sin-cos',
    figure: 'loss',
    start: run({ ...WAVE, stateMode: 'reset' }),
    solution: run({ ...WAVE, stateMode: 'reset', timeStep: 20, learningRate: 0.01 }, 200),
    goal: meanWithin({ within: 200, below: 0.08, kept: [{ name: 'stateMode', is: 'reset' }] }),
  },
  {
    id: 'few',
    where: 'sin-cos',
    figure: 'memory',
    start: run({ ...WAVE, endpoint: 'exclusive' }),
    solution: run({ ...WAVE, endpoint: 'exclusive', hiddenSize: 2 }, 300),
    goal: meanWithin({ within: 300, below: 0.01, kept: [{ name: 'hiddenSize', most: 2 }] }),
  },
  {
    id: 'swing',
    where: 'sin-cos',
    figure: 'free-run',
    start: run({ ...WAVE, endpoint: 'exclusive' }),
    solution: [
      ...run({ ...WAVE, endpoint: 'exclusive' }, 100, 3),
      ['figure', 'free-run', { frequency: 1, amplitude: 1, phase: 0, flatAfter: 2 }],
    ],
    goal: looking({
      id: 'swing',
      least: 0.5,
      from: 100,
      within: 200,
      written: (value) => value.toFixed(2),
      kept: [
        { name: 'endpoint', is: 'exclusive' },
        asInWave('cell'),
        asInWave('hiddenSize'),
        asInWave('learningRate'),
      ],
      look: swingOf,
    }),
  },
  {
    id: 'blank',
    where: 'reader',
    figure: 'belief-tape',
    // The digits come when somebody asks for one.
    start: [
      ['trained'],
      ['digit', 'test', 376],
      ['figure', 'belief-tape', { index: 376, erase: [] }],
    ],
    solution: [
      ['trained'],
      ['digit', 'test', 376],
      ['figure', 'belief-tape', { index: 376, row: 28, erase: [7] }],
    ],
    goal: oneBlankRow(4, 9),
  },
  {
    id: 'parameters',
    where: 'mnist',
    figure: 'architecture',
    start: run(DIGITS),
    solution: [['set', { ...DIGITS, cell: 'gru', hiddenSize: 76 }]],
    goal: parametersOf({ cell: 'gru', parameters: 24_714, share: 0.01 }),
  },
  {
    id: 'level',
    where: 'mnist',
    figure: 'gradient-flow',
    start: run({ ...DIGITS, cell: 'rnn' }),
    solution: run(DIGITS, 50),
    goal: looking({
      id: 'level',
      least: 0.2,
      within: 150,
      written: (value) => `${(100 * value).toPrecision(2)}%`,
      kept: [
        { name: 'cell', not: 'rnn' },
        asInDigits('learningRate'),
        asInDigits('trainOn'),
        asInDigits('hiddenSize'),
      ],
      look: levelOf,
    }),
  },
  {
    id: 'rnn',
    where: 'mnist',
    figure: 'accuracy',
    start: run({ ...DIGITS, cell: 'rnn' }),
    solution: run({ ...DIGITS, cell: 'rnn', learningRate: 0.003 }, 600),
    goal: accuracyWithin({
      least: 0.75,
      steps: 600,
      kept: [{ name: 'cell', is: 'rnn' }, asInDigits('hiddenSize'), asInDigits('trainOn')],
    }),
  },
  {
    id: 'batch',
    where: 'mnist',
    figure: 'accuracy',
    start: run(DIGITS),
    solution: run({ ...DIGITS, batchSize: 16 }, 600),
    goal: accuracyWithin({
      least: 0.8,
      images: 9600,
      kept: ['cell', 'hiddenSize', 'learningRate', 'trainOn'].map((name) =>
        asInDigits(/** @type {'cell'} */ (name)),
      ),
    }),
  },
  {
    id: 'early',
    where: 'mnist',
    figure: 'belief-tape',
    start: run(DIGITS),
    solution: [
      ...run({ ...DIGITS, trainOn: 'every' }, 300),
      ['figure', 'belief-tape', { index: 0, row: 14 }],
    ],
    goal: looking({
      id: 'early',
      least: 75,
      within: 400,
      written: (value) => String(value),
      kept: [],
      look: halfRead,
    }),
  },
];
