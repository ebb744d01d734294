/**
 * The MNIST lesson in TensorFlow.js: its own LSTM and Dense layers and its own Adam.
 *
 * `minimize` instead of `trainOnBatch`, which would wait for every step's loss.
 *
 * @module
 */

/** @import {Contender, Data} from '../page.js' */

const PACKAGES = '/benches/node_modules/@tensorflow';

/** A build for script elements; they share the global `tf`. @param {string} path */
function load(path) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `${PACKAGES}/${path}`;
    script.onload = () => resolve(undefined);
    script.onerror = () => reject(new Error(`${script.src} did not load`));
    document.head.append(script);
  });
}

/**
 * @param {'cpu' | 'webgpu'} backend
 * @param {Data} digits
 * @param {{threads?: number}} how
 * @returns {Promise<Contender>}
 */
export async function open(backend, { batches, test }, { threads = 1 }) {
  const name = backend === 'cpu' ? 'wasm' : 'webgpu';
  await load('tfjs/dist/tf.min.js');
  await load(`tfjs-backend-${name}/dist/tf-backend-${name}.min.js`);
  const tf = /** @type {any} */ (globalThis).tf;
  if (name === 'wasm') {
    tf.wasm.setWasmPaths(`${PACKAGES}/tfjs-backend-wasm/dist/`);
    if (threads > 1) {
      // In an isolated page it takes its build with threads, and of them at most half the machine's.
      Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads });
      tf.wasm.setThreadsCount(threads);
    }
  }
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js has no ${name} here`);
  await tf.ready();
  if (tf.getBackend() !== name) throw new Error(`TensorFlow.js runs on ${tf.getBackend()} here`);
  if (threads > 1 && tf.wasm.getThreadsCount() !== threads) {
    throw new Error(`TensorFlow.js has ${tf.wasm.getThreadsCount()} threads here`);
  }

  const model = tf.sequential({
    layers: [
      tf.layers.lstm({ units: 64, inputShape: [28, 28], recurrentActivation: 'sigmoid' }),
      tf.layers.dense({ units: 10 }),
    ],
  });
  const adam = tf.train.adam(0.01);
  const data = batches.map(({ imagesFirst, labels }) => ({
    x: tf.tensor3d(imagesFirst, [labels.length, 28, 28]),
    y: tf.oneHot(tf.tensor1d(Array.from(labels), 'int32'), 10),
  }));
  const testImages = tf.tensor3d(test.imagesFirst, [test.labels.length, 28, 28]);
  let step = 0;

  return {
    async train(n) {
      const losses = [];
      for (let k = 0; k < n; k += 1) {
        const { x, y } = data[step % data.length];
        step += 1;
        losses.push(
          adam.minimize(
            () => tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true })),
            true,
          ),
        );
      }
      const values = [];
      for (const loss of losses) {
        values.push((await loss.data())[0]);
        loss.dispose();
      }
      return { losses: values };
    },
    async evaluate() {
      const read = tf.tidy(() => model.apply(testImages).argMax(1));
      await read.data();
      read.dispose();
    },
  };
}
