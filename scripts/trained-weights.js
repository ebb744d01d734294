/**
 * Trains the network that `scripts/trained-weights` is for: three epochs of lesson 2 at a falling learning rate,
 * on what every row says, so that a belief tape is of use from its first rows on.
 *
 * @module
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Site, root } from '../tests/browser/site.js';

const OPTIONS = { trainOn: 'every' };
const RATES = [0.01, 0.003, 0.001];

const site = await Site.open();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM });
const page = await browser.newPage();
await page.goto(site.url('embed.html?lesson=mnist&backend=cpu'));
const trained = await page.locator('unroll-lesson').evaluate(
  async (element, { options, rates }) => {
    await customElements.whenDefined('unroll-lesson');
    const lesson = /** @type {any} */ (element);
    await lesson.ready;
    const { data } = lesson.state;
    if (!data.verified) throw new Error('without MNIST there is nothing to train on');
    await lesson.set(options);
    for (const learningRate of rates) {
      await lesson.set({ learningRate });
      await lesson.step(lesson.state.stepsPerEpoch);
    }
    const { accuracy } = await lesson.evaluate(data.test);
    const weights = String.fromCharCode(...(await lesson.saveWeights()));
    return { epochs: rates.length, images: data.train, accuracy, weights: btoa(weights) };
  },
  { options: OPTIONS, rates: RATES },
);
await browser.close();
site.close();

const { weights, ...about } = trained;
writeFileSync(
  join(root, 'www/trained/mnist.js'),
  `/**
 * The weights of an LSTM that was trained by this page, as scripts/trained-weights wrote them.
 *
 * @module
 */

/** @type {import('../lessons/manifest.js').Trained} */
export const trained = {
  options: { trainOn: '${OPTIONS.trainOn}' },
  epochs: ${about.epochs},
  images: ${about.images},
  accuracy: ${about.accuracy},
  weights:
    '${weights}',
};
`,
);
console.log(about);
