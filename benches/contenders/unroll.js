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
 * @param {null} _data it has its own
 * @param {{site: string, lesson?: 'mnist' | 'sin-cos', data?: 'mnist' | 'synthetic', options?: Record<string, unknown>, threads?: number}} how
 * @returns {Promise<Contender & {element: any}>}
 */
export async function open(backend, _data, how) {
  const { site, lesson = 'mnist', data = 'mnist', options = {}, threads } = how;
  await import(`${site}lesson/unroll-lesson.js`);
  const element = /** @type {any} */ (document.createElement('unroll-lesson'));
  // The other figures ask the network while it trains, and what they ask is no step's.
  for (const [name, value] of Object.entries({ lesson, backend, data, lang: 'en', show: 'loss' })) {
    element.setAttribute(name, value);
  }
  document.body.append(element);
  const choice = await element.ready;
  if (choice.backend !== backend) throw new Error(choice.message);
  const shared = lesson === 'mnist' && threads !== undefined;
  await element.set(shared ? { ...options, workers: threads } : options);
  // Helpers come when a step needs them.
  while (shared && backend === 'cpu' && element.state.workers !== threads) await element.step();

  /** Steps up to the next evaluation: every 50th step and the last of an epoch have one. */
  function toEvaluation() {
    const { step, epochStep, stepsPerEpoch } = element.state;
    return Math.min(EVERY - (step % EVERY), stepsPerEpoch - (epochStep % stepsPerEpoch));
  }

  return {
    element,
    reset: () => element.reset(),
    evaluate: () => element.evaluate(2000),
    async train(n) {
      const before = element.losses.length;
      let [ms, timed] = [0, 0];
      for (let left = n; left > 0; ) {
        const steps = lesson === 'mnist' ? Math.min(left, toEvaluation() - 1) : left;
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
