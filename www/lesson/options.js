/**
 * The settings that people see, in one table. Ranges are the core's: a value it refuses is shown
 * as refused, and what stands here only shapes the fields.
 *
 * @module
 */

/** @import {Lesson} from '../worker/protocol.js' */
/** @import {TextKey} from '../texts/index.js' */

/**
 * @typedef {object} Setting
 * @property {'learningRate' | 'hiddenSize' | 'cell' | 'trainOn' | 'batchSize' | 'timeStep' | 'endpoint' | 'stateMode' | 'segmentsBack' | 'scan' | 'shuffle'} name
 * @property {Lesson[]} lessons
 * @property {'number' | 'choice' | 'flag'} kind
 * @property {string} [step]
 * @property {string[]} [choices]
 * @property {TextKey} [hint]
 */

/** @type {Setting[]} */
export const SETTINGS = [
  { name: 'learningRate', lessons: ['sin-cos', 'mnist'], kind: 'number', step: 'any' },
  {
    name: 'hiddenSize',
    lessons: ['sin-cos', 'mnist'],
    kind: 'number',
    step: '1',
    hint: 'hiddenSize-hint',
  },
  { name: 'timeStep', lessons: ['sin-cos'], kind: 'number', step: '1' },
  { name: 'endpoint', lessons: ['sin-cos'], kind: 'choice', choices: ['inclusive', 'exclusive'] },
  {
    name: 'stateMode',
    lessons: ['sin-cos'],
    kind: 'choice',
    choices: ['carry', 'reset', 'truncated'],
  },
  {
    name: 'segmentsBack',
    lessons: ['sin-cos'],
    kind: 'number',
    step: '1',
    hint: 'segmentsBack-hint',
  },
  {
    name: 'cell',
    lessons: ['mnist'],
    kind: 'choice',
    choices: ['lstm', 'rnn'],
    hint: 'hiddenSize-hint',
  },
  { name: 'trainOn', lessons: ['mnist'], kind: 'choice', choices: ['last', 'every'] },
  {
    name: 'scan',
    lessons: ['mnist'],
    kind: 'choice',
    choices: ['down', 'up', 'columns', 'permuted'],
  },
  { name: 'batchSize', lessons: ['mnist'], kind: 'number', step: '1' },
  { name: 'shuffle', lessons: ['mnist'], kind: 'flag' },
];

/** Steps per second to choose from; null is as fast as it goes. */
export const SPEEDS = [5, 20, 100, null];
