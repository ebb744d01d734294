/**
 * This project's MNIST and sin-cos lessons, as an embedding page drives them.
 *
 * @module
 */

/** @import {Contender} from '../page.js' */

/** Steps of MNIST after which it evaluates 2,000 digits by itself, which no other contender does. */
const EVERY = 50;

/**
 * @param {'cpu' | 'webgpu'} backend
 * @param {unknown} _batches it has its own
 * @param {{site: string, lesson?: 'mnist' | 'sin-cos', data?: 'mnist' | 'synthetic'}} how
 * @returns {Promise<Contender & {element: any}>}
 */
export async function open(backend, _batches, { site, lesson = 'mnist', data = 'mnist' }) {
  await import(`${site}lesson/unroll-lesson.js`);
  const element = /** @type {any} */ (document.createElement('unroll-lesson'));
  for (const [name, value] of Object.entries({ lesson, backend, data, lang: 'en' })) {
    element.setAttribute(name, value);
  }
  document.body.append(element);
  const choice = await element.ready;
  if (choice.backend !== backend) throw new Error(choice.message);
  return {
    element,
    reset: () => element.reset(),
    async train(n) {
      const before = element.losses.length;
      let [ms, timed] = [0, 0];
      for (let left = n; left > 0; ) {
        const toEvaluation = lesson === 'mnist' ? EVERY - (element.state.step % EVERY) : Infinity;
        const steps = Math.min(left, toEvaluation - 1);
        if (steps > 0) {
          const start = performance.now();
          await element.step(steps);
          ms += performance.now() - start;
          timed += steps;
          left -= steps;
        } else {
          const evaluated = new Promise((resolve) => {
            element.addEventListener('unroll-evaluation', resolve, { once: true });
          });
          await element.step();
          await evaluated;
          left -= 1;
        }
      }
      return { losses: Array.from(element.losses.subarray(before)), ms: ms / timed };
    },
  };
}
