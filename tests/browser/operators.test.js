/** The recurrent operator's kernels in Chromium, on both backends, against the same in tensor operations. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AS_A_GPU, forEachBackend, openPage } from './harness.js';
import { dist } from './site.js';

const PARTS = ['hidden', 'trace', 'of weight_ih', 'of weight_hh', 'of biases', 'untraced'];

/** Cell, batch, time steps, inputs, hidden units, and whether samples begin with zeros. @typedef {['rnn' | 'lstm' | 'gru', number, number, number, number, boolean?]} Case */

/** @type {Case[]} */
const CASES = [
  ['rnn', 1, 10, 1, 32],
  ['rnn', 3, 28, 28, 1],
  ['rnn', 64, 1, 3, 7],
  ['rnn', 1, 100, 1, 64],
  ['rnn', 3, 10, 1, 100],
  ['rnn', 2, 28, 5, 256],
  ['lstm', 64, 28, 28, 64],
  ['lstm', 1, 28, 28, 64],
  ['lstm', 3, 10, 28, 1],
  ['lstm', 64, 1, 28, 7],
  ['lstm', 3, 100, 5, 32],
  ['lstm', 2, 28, 28, 100],
  ['lstm', 3, 10, 28, 256],
  ['lstm', 2000, 28, 28, 7],
  ['gru', 64, 28, 28, 64],
  ['gru', 1, 10, 1, 32],
  ['gru', 3, 10, 28, 1],
  ['gru', 2, 28, 5, 100],
  ['gru', 3, 10, 28, 256],
  ['gru', 6, 10, 28, 7, true],
  ['lstm', 6, 10, 28, 32, true],
  ['rnn', 6, 10, 28, 7, true],
];

/** @import {TestContext} from 'node:test' */
/** @import {Page} from 'playwright-core' */

/** @param {TestContext} t @param {Page} page @param {string} backend */
async function compare(t, page, backend) {
  assert(existsSync(join(dist, 'operators')), 'scripts/operator-modules has not run');
  let worst = 0;
  for (const one of CASES) {
    const [cell, ...sizes] = one;
    const parts = await page.evaluate(
      async ([backend, cell, sizes]) => {
        const scope = /** @type {{operators?: Record<string, Promise<any>>}} */ (globalThis);
        scope.operators ??= {};
        const loaded = scope.operators;
        const open = (/** @type {string} */ name) =>
          (loaded[name] ??= import(`./operators/operators-${name}.js`).then(async (module) => {
            await module.default();
            return module;
          }));
        const [batch, time, inputs, hidden, leading = false] = sizes;
        const args = [cell, batch, time, inputs, hidden, leading];
        const expected = await (await open('cpu')).reference(...args);
        const found = await (await open(backend)).kernels(...args);
        return found.map((/** @type {Float32Array} */ part, /** @type {number} */ k) => {
          let [largest, off] = [1, 0];
          expected[k].forEach((/** @type {number} */ value, /** @type {number} */ at) => {
            largest = Math.max(largest, Math.abs(value));
            const error = Math.abs(part[at] - value);
            if (!(error <= off)) off = Number.isNaN(error) ? Infinity : error;
          });
          return { counts: [part.length, expected[k].length], largest, off };
        });
      },
      /** @type {const} */ ([backend, cell, sizes]),
    );
    assert.equal(parts.length, PARTS.length);
    for (const [k, { counts, largest, off }] of parts.entries()) {
      const what = `${one.join(' ')} ${PARTS[k]}`;
      assert.equal(counts[0], counts[1], `how many of ${what}`);
      // Gradients are sums of many terms.
      const tolerance = k < 2 || k === 5 ? 1e-5 : 2e-5 * largest;
      assert(off <= tolerance, `${what} is off by ${off}`);
      worst = Math.max(worst, off / largest);
    }
  }
  t.diagnostic(
    `${CASES.length} cases, largest difference ${worst.toExponential(1)} of the largest value`,
  );
}

// Any file of the site, for its address alone.
forEachBackend('kernels give what tensor operations give', async (t, backend) => {
  await compare(t, await openPage(t, 'blank', { backend }), backend);
});

// The software adapter has too few lanes for the way in which a GPU shares the work out.
test('a GPU is given kernels that give what tensor operations give', {
  timeout: 480_000,
}, async (t) => {
  const backend = 'webgpu';
  const page = await openPage(t, 'blank', { backend });
  await page.evaluate(AS_A_GPU);
  await compare(t, page, backend);
});
