/**
 * What runs in a contender's page: gets the batches, opens the contender, times its steps.
 *
 * @module
 */

/**
 * Some digits, pixels from 0 to 1, in both orders that the contenders want.
 *
 * @typedef {object} Batch
 * @property {Float32Array} imagesFirst  batch x rows x pixels
 * @property {Float32Array} rowsFirst    rows x batch x pixels
 * @property {Uint8Array} labels
 */
/** Batches of 64, and 2,000 test images. @typedef {{batches: Batch[], test: Batch}} Data */

/**
 * `train` does n steps and resolves with their losses, and with milliseconds per step where it does
 * something else in between. `evaluate` reads the test images.
 *
 * @typedef {object} Contender
 * @property {(n: number) => Promise<{losses: number[], ms?: number}>} train
 * @property {() => Promise<unknown>} evaluate
 * @property {() => Promise<unknown>} [reset]
 */

const SIDE = 28;

/** @param {string} set @param {number} size of a batch @returns {Promise<Batch[]>} */
async function batches(set, size) {
  const [images, labels] = await Promise.all(
    ['images', 'labels'].map(async (name) => {
      const response = await fetch(`/batches/${set}${name}`);
      return new Uint8Array(await response.arrayBuffer());
    }),
  );
  const pixels = SIDE * SIDE;
  return Array.from({ length: Math.floor(labels.length / size) }, (_, k) => {
    const imagesFirst = Float32Array.from(
      images.subarray(k * size * pixels, (k + 1) * size * pixels),
      (pixel) => pixel / 255,
    );
    const rowsFirst = new Float32Array(imagesFirst.length);
    for (let image = 0; image < size; image += 1) {
      for (let row = 0; row < SIDE; row += 1) {
        const from = image * pixels + row * SIDE;
        rowsFirst.set(imagesFirst.subarray(from, from + SIDE), (row * size + image) * SIDE);
      }
    }
    return { imagesFirst, rowsFirst, labels: labels.slice(k * size, (k + 1) * size) };
  });
}

/** @returns {Promise<Data>} */
async function data() {
  const [[test], train] = await Promise.all([batches('test-', 2000), batches('', 64)]);
  return { batches: train, test };
}

/** @type {Contender | undefined} */
let contender;

export const bench = {
  /** @param {string} name @param {'cpu' | 'webgpu'} backend @param {object} how */
  async open(name, backend, how) {
    const { open } = await import(`./contenders/${name}.js`);
    contender = await open(backend, name === 'unroll' ? null : await data(), how);
  },

  /** @param {number} n @param {boolean} afresh from the initial weights */
  async train(n, afresh) {
    if (!contender) throw new Error('no contender is open');
    if (afresh) await contender.reset?.();
    const start = performance.now();
    const { losses, ms = (performance.now() - start) / n } = await contender.train(n);
    return { ms, losses };
  },

  /** @param {number} n */
  async evaluate(n) {
    if (!contender) throw new Error('no contender is open');
    const start = performance.now();
    for (let k = 0; k < n; k += 1) await contender.evaluate();
    return { ms: (performance.now() - start) / n };
  },

  /** Our own: presses play, and waits for the end. */
  async epoch() {
    const { element } = /** @type {any} */ (contender);
    const finished = new Promise((resolve, reject) => {
      element.addEventListener('unroll-error', (/** @type {CustomEvent} */ { detail }) =>
        reject(new Error(detail.message)),
      );
      // The epoch ends with an evaluation, as it does in the tutorial's script.
      let evaluated = 0;
      const look = () => {
        const { finished, step } = element.state;
        if (finished && evaluated === step) resolve(undefined);
      };
      element.addEventListener('unroll-metrics', look);
      element.addEventListener('unroll-evaluation', (/** @type {CustomEvent} */ { detail }) => {
        evaluated = detail.step;
        look();
      });
    });
    const start = performance.now();
    await element.play();
    await finished;
    const ms = performance.now() - start;
    const { accuracy, workers } = element.state;
    return { ms, accuracy, workers };
  },
};

/** @type {any} */ (globalThis).bench = bench;
