/**
 * The options of every lesson: what values each takes, and which it begins with. Made of the tables in
 * `src/lessons`; never edited by hand: `UPDATE=1 cargo test --lib typescript` writes it.
 *
 * @module
 */

/** @import {Lesson} from '../worker/protocol.js' */

/**
 * @typedef {object} Option
 * @property {'number' | 'integer' | 'flag' | 'choice'} kind
 * @property {number} [above]     of a number: it is larger than this
 * @property {number} [least]     of an integer
 * @property {number} [most]      of both
 * @property {boolean} [orNull]   of a number: null is a value too
 * @property {boolean} [orAuto] of an integer: 'auto' is a value too
 * @property {string[]} [choices] of a choice
 * @property {string} expected    what it takes, in words
 * @property {number | boolean | string | null} value  to begin with
 */

/** @type {Record<Lesson, Record<string, Option>>} */
export const OPTIONS = {
  'sin-cos': {
    learningRate: {
      kind: 'number',
      above: 0,
      most: 1,
      expected: 'a number above 0 and at most 1',
      value: 0.02,
    },
    hiddenSize: {
      kind: 'integer',
      least: 1,
      most: 256,
      expected: 'a whole number from 1 to 256',
      value: 32,
    },
    cell: {
      kind: 'choice',
      choices: ['rnn', 'lstm', 'gru'],
      expected: 'one of rnn, lstm, gru',
      value: 'rnn',
    },
    clipNorm: {
      kind: 'number',
      above: 0,
      most: 1000,
      orNull: true,
      expected: 'a number above 0 and at most 1000, or null',
      value: null,
    },
    timeStep: {
      kind: 'integer',
      least: 2,
      most: 200,
      expected: 'a whole number from 2 to 200',
      value: 10,
    },
    endpoint: {
      kind: 'choice',
      choices: ['inclusive', 'exclusive'],
      expected: 'one of inclusive, exclusive',
      value: 'inclusive',
    },
    stateMode: {
      kind: 'choice',
      choices: ['carry', 'reset', 'truncated'],
      expected: 'one of carry, reset, truncated',
      value: 'carry',
    },
    segmentsBack: {
      kind: 'integer',
      least: 1,
      most: 8,
      expected: 'a whole number from 1 to 8',
      value: 2,
    },
    speed: {
      kind: 'number',
      above: 0,
      most: 1000000,
      orNull: true,
      expected: 'a number above 0 and at most 1000000, or null',
      value: 20,
    },
  },
  mnist: {
    learningRate: {
      kind: 'number',
      above: 0,
      most: 1,
      expected: 'a number above 0 and at most 1',
      value: 0.01,
    },
    hiddenSize: {
      kind: 'integer',
      least: 1,
      most: 256,
      expected: 'a whole number from 1 to 256',
      value: 64,
    },
    cell: {
      kind: 'choice',
      choices: ['rnn', 'lstm', 'gru'],
      expected: 'one of rnn, lstm, gru',
      value: 'lstm',
    },
    clipNorm: {
      kind: 'number',
      above: 0,
      most: 1000,
      orNull: true,
      expected: 'a number above 0 and at most 1000, or null',
      value: null,
    },
    trainOn: {
      kind: 'choice',
      choices: ['last', 'every'],
      expected: 'one of last, every',
      value: 'last',
    },
    batchSize: {
      kind: 'integer',
      least: 1,
      most: 1024,
      expected: 'a whole number from 1 to 1024',
      value: 64,
    },
    scan: {
      kind: 'choice',
      choices: ['down', 'up', 'columns', 'permuted'],
      expected: 'one of down, up, columns, permuted',
      value: 'down',
    },
    shuffle: {
      kind: 'flag',
      expected: 'true or false',
      value: true,
    },
    carryState: {
      kind: 'flag',
      expected: 'true or false',
      value: false,
    },
    workers: {
      kind: 'integer',
      least: 1,
      most: 8,
      orAuto: true,
      expected: 'a whole number from 1 to 8, or auto',
      value: 'auto',
    },
    speed: {
      kind: 'number',
      above: 0,
      most: 1000000,
      orNull: true,
      expected: 'a number above 0 and at most 1000000, or null',
      value: null,
    },
  },
};
