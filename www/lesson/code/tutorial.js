/**
 * The constants of the tutorial's own programs.
 *
 * @module
 */

/** @import {Lesson, Options} from '../../worker/protocol.js' */

export const SEED = 1;

/** @type {Record<Lesson, Options>} */
export const TUTORIAL = {
  'sin-cos': {
    learningRate: 0.02,
    hiddenSize: 32,
    timeStep: 10,
    endpoint: 'inclusive',
    stateMode: 'carry',
    segmentsBack: 2,
    speed: null,
  },
  mnist: {
    learningRate: 0.01,
    hiddenSize: 64,
    cell: 'lstm',
    trainOn: 'last',
    scan: 'down',
    batchSize: 64,
    shuffle: true,
    speed: null,
  },
};
