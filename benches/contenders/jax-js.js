/**
 * The MNIST lesson in jax-js, as its documentation advises: one jitted function for the whole step.
 *
 * It has no scan, so the 28 rows are unrolled. Of the ways to write a row this one was the fastest:
 * one product of row and state with all four gates. Adam is written out, inside the same function.
 *
 * @module
 */

import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';

/** @import {Batch, Contender, Data} from '../page.js' */

const PIXELS = 28;
const HIDDEN = 64;
const RATE = 0.01;
const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8];

/** @param {number[]} shape */
function uniform(shape) {
  const size = shape.reduce((a, b) => a * b);
  const bound = 1 / Math.sqrt(HIDDEN);
  return np
    .array(Float32Array.from({ length: size }, () => bound * (2 * Math.random() - 1)))
    .reshape(shape);
}

/** Arrays are counted: who uses one twice passes its `ref` before. @param {any} weights @param {any[]} rows */
function logitsOf({ wGates, bias, wOut, biasOut }, rows) {
  let h = np.zeros([rows[0].shape[0], HIDDEN]);
  let c = np.zeros([rows[0].shape[0], HIDDEN]);
  for (const row of rows) {
    const gates = np.dot(np.concatenate([row, h], 1), wGates.ref).add(bias.ref);
    const [i, f, g, o] = np.split(gates, 4, 1);
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    h = nn.sigmoid(o).mul(np.tanh(c.ref));
  }
  for (const used of [c, wGates, bias]) used.dispose();
  return np.dot(h, wOut).add(biasOut);
}

/** @param {any} weights @param {any[]} rows @param {any} y */
function lossOf(weights, rows, y) {
  return nn.logSoftmax(logitsOf(weights, rows), -1).mul(nn.oneHot(y, 10)).sum(-1).mean().mul(-1);
}

const stepOf = jit((weights, m, v, correct1, correct2, rows, y) => {
  const [loss, grads] = valueAndGrad(lossOf)(tree.ref(weights), rows, y);
  const next = { weights: {}, m: {}, v: {} };
  for (const name of Object.keys(weights)) {
    const g = grads[name];
    const m1 = m[name].mul(BETA_1).add(g.ref.mul(1 - BETA_1));
    const v1 = v[name].mul(BETA_2).add(g.ref.mul(g).mul(1 - BETA_2));
    const change = m1.ref.mul(correct1.ref).div(np.sqrt(v1.ref.mul(correct2.ref)).add(EPSILON));
    next.weights[name] = weights[name].sub(change.mul(RATE));
    next.m[name] = m1;
    next.v[name] = v1;
  }
  correct1.dispose();
  correct2.dispose();
  return [loss, next.weights, next.m, next.v];
});

const readingOf = jit((weights, rows) => np.argmax(logitsOf(weights, rows), 1));

/** @param {Batch} batch */
const rowsOf = ({ rowsFirst, labels }) =>
  np.split(np.array(rowsFirst).reshape([28 * labels.length, PIXELS]), 28, 0);

/**
 * @param {'cpu' | 'webgpu'} backend
 * @param {Data} data
 * @param {{threads?: number}} how
 * @returns {Promise<Contender>}
 */
export async function open(backend, { batches, test }, { threads = 1 }) {
  // In an isolated page it has as many workers as the machine has threads, and no option for it.
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads });
  if (crossOriginIsolated !== threads > 1) throw new Error('the page is the wrong one');
  const device = backend === 'cpu' ? 'wasm' : 'webgpu';
  if (!(await init(device)).includes(device)) throw new Error(`jax-js has no ${device} here`);
  defaultDevice(device);

  let weights = {
    wGates: uniform([PIXELS + HIDDEN, 4 * HIDDEN]),
    bias: uniform([4 * HIDDEN]),
    wOut: uniform([HIDDEN, 10]),
    biasOut: uniform([10]),
  };
  let m = tree.map((/** @type {any} */ w) => np.zeros(w.shape), weights);
  let v = tree.map((/** @type {any} */ w) => np.zeros(w.shape), weights);
  const data = batches.map((batch) => ({
    rows: rowsOf(batch),
    y: np.array(Int32Array.from(batch.labels), { dtype: np.int32 }),
  }));
  const testRows = rowsOf(test);
  let step = 0;

  return {
    async train(n) {
      const losses = [];
      for (let k = 0; k < n; k += 1) {
        const { rows, y } = data[step % data.length];
        step += 1;
        let loss;
        const [correct1, correct2] = [1 / (1 - BETA_1 ** step), 1 / (1 - BETA_2 ** step)];
        [loss, weights, m, v] = stepOf(weights, m, v, correct1, correct2, tree.ref(rows), y.ref);
        losses.push(loss);
        // Without it every step carries the queue of those before, and soon overflows the stack.
        await blockUntilReady(weights);
      }
      const values = [];
      for (const loss of losses) values.push((await loss.data())[0]);
      return { losses: values };
    },
    evaluate: () => readingOf(tree.ref(weights), tree.ref(testRows)).data(),
  };
}
