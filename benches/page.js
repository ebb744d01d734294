/**
 * What runs in a contender's page: gets the batches, opens the contender, times its steps.
 *
 * @module
 */

/**
 * 64 digits, pixels from 0 to 1, in both orders that the contenders want.
 *
 * @typedef {object} Batch
 * @property {Float32Array} imagesFirst  batch x rows x pixels
 * @property {Float32Array} rowsFirst    rows x batch x pixels
 * @property {Uint8Array} labels
 */

/**
 * `train` does n steps and resolves with their losses, and with milliseconds per step where it does
 * something else in between.
 *
 * @typedef {{train(n: number): Promise<{losses: number[], ms?: number}>, reset?(): Promise<unknown>}} Contender
 */

const [SIDE, BATCH] = [28, 64];

/** @returns {Promise<Batch[]>} */
async function batches() {
  const [images, labels] = await Promise.all(
    ['images', 'labels'].map(async (name) => {
      const response = await fetch(`/batches/${name}`);
      return new Uint8Array(await response.arrayBuffer());
    }),
  );
  const size = SIDE * SIDE;
  return Array.from({ length: Math.floor(labels.length / BATCH) }, (_, k) => {
    const imagesFirst = Float32Array.from(
      images.subarray(k * BATCH * size, (k + 1) * BATCH * size),
      (pixel) => pixel / 255,
    );
    const rowsFirst = new Float32Array(imagesFirst.length);
    for (let image = 0; image < BATCH; image += 1) {
      for (let row = 0; row < SIDE; row += 1) {
        const from = image * size + row * SIDE;
        rowsFirst.set(imagesFirst.subarray(from, from + SIDE), (row * BATCH + image) * SIDE);
      }
    }
    return { imagesFirst, rowsFirst, labels: labels.slice(k * BATCH, (k + 1) * BATCH) };
  });
}

/** @type {Contender | undefined} */
let contender;

export const bench = {
  /** @param {string} name @param {'cpu' | 'webgpu'} backend @param {object} how */
  async open(name, backend, how) {
    const { open } = await import(`./contenders/${name}.js`);
    contender = await open(backend, name === 'unroll' ? [] : await batches(), how);
  },

  /** @param {number} n @param {boolean} afresh from the initial weights */
  async train(n, afresh) {
    if (!contender) throw new Error('no contender is open');
    if (afresh) await contender.reset?.();
    const start = performance.now();
    const { losses, ms = (performance.now() - start) / n } = await contender.train(n);
    return { ms, losses };
  },

  /** Our own: presses play, and waits for the end. */
  async play() {
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
    const { step, accuracy } = element.state;
    return { ms: performance.now() - start, step, accuracy };
  },
};

/** @type {any} */ (globalThis).bench = bench;
