/**
 * Lesson 1: an RNN, an LSTM or a GRU predicts cos from sin.
 *
 * @module
 */

import { mean } from '../canvas/series.js';
import { settings } from '../controls/settings.js';
import { architecture } from '../figures/architecture.js';
import { code } from '../figures/code.js';
import { sinCos as burn } from '../figures/code/burn.js';
import { sinCos as pytorch } from '../figures/code/pytorch.js';
import { freeRun } from '../figures/free-run.js';
import { loss } from '../figures/loss.js';
import { memory } from '../figures/memory.js';
import { outputLayer } from '../figures/output-layer.js';
import { stateModes } from '../figures/state-modes.js';
import { unrolled } from '../figures/unrolled.js';
import { wave } from '../figures/wave.js';
import { weights } from '../figures/weights.js';
import { COMMON, SPEEDS } from './manifest.js';

/** @import {Manifest} from './manifest.js' */

/** @type {Manifest} */
export const sinCos = {
  name: 'sin-cos',
  title: 'sin-cos-title',
  digits: false,
  stepKey: 'status-step-sin-cos',
  stepsKey: 'axis-segments',
  figures: {
    main: [unrolled, wave, loss, memory, stateModes, freeRun, outputLayer, code],
    side: [settings, architecture, weights],
  },
  settings: [
    ...COMMON,
    { name: 'timeStep' },
    { name: 'endpoint' },
    { name: 'stateMode' },
    { name: 'segmentsBack', hint: 'segmentsBack-hint' },
  ],
  speeds: SPEEDS,
  seed: 1,
  programs: [
    { language: 'pytorch', note: 'code-pytorch-sin-cos', write: pytorch },
    { language: 'burn', note: 'code-burn-sin-cos', write: burn },
  ],
  // Of always answering 0: the mean of cos² over the points of a segment.
  memoryless: ({ timeStep = 10, endpoint }) => {
    const apart = Math.PI / (endpoint === 'exclusive' ? timeStep : timeStep - 1);
    return mean(Array.from({ length: timeStep }, (_, k) => Math.cos(k * apart) ** 2));
  },
  article: (language) => import(`../article/sin-cos.${language}.js`),
};
