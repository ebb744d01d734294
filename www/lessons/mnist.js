/**
 * Lesson 2: an LSTM, an RNN or a GRU reads a digit row by row.
 *
 * @module
 */

import { settings } from '../controls/settings.js';
import { accuracy } from '../figures/accuracy.js';
import { architecture } from '../figures/architecture.js';
import { beliefTape } from '../figures/belief-tape.js';
import { code } from '../figures/code.js';
import { mnist as burn } from '../figures/code/burn.js';
import { mnist as pytorch } from '../figures/code/pytorch.js';
import { drawing } from '../figures/drawing.js';
import { firstTen } from '../figures/first-ten.js';
import { gates } from '../figures/gates.js';
import { gradientFlow } from '../figures/gradient-flow.js';
import { inside } from '../figures/inside.js';
import { log } from '../figures/log.js';
import { loss } from '../figures/loss.js';
import { mistakes } from '../figures/mistakes.js';
import { sample } from '../figures/sample.js';
import { scanOrder } from '../figures/scan-order.js';
import { weights } from '../figures/weights.js';
import { COMMON, SPEEDS } from './manifest.js';

/** @import {Manifest} from './manifest.js' */

/** @type {Manifest} */
export const mnist = {
  name: 'mnist',
  title: 'mnist-title',
  digits: true,
  stepKey: 'status-step-mnist',
  stepsKey: 'axis-steps',
  figures: {
    main: [
      drawing,
      beliefTape,
      inside,
      gates,
      loss,
      accuracy,
      gradientFlow,
      firstTen,
      log,
      mistakes,
      scanOrder,
      code,
    ],
    side: [settings, sample, architecture, weights],
  },
  settings: [
    ...COMMON,
    { name: 'trainOn' },
    { name: 'scan' },
    { name: 'batchSize' },
    { name: 'shuffle' },
    { name: 'carryState', hint: 'carryState-hint' },
    {
      name: 'workers',
      hint: 'workers-hint',
      off: ({ carryState }) => carryState === true,
    },
  ],
  speeds: SPEEDS,
  seed: 1,
  programs: [
    { language: 'pytorch', note: 'code-pytorch-mnist', write: pytorch },
    { language: 'burn', note: 'code-burn-mnist', write: burn },
  ],
  trained: () => import('../trained/mnist.js'),
  article: (language) => import(`../article/mnist.${language}.js`),
};
