/**
 * This project's MNIST and sin-cos lessons, as an embedding page drives them.
 *
 * @module
 */

/** @import {Contender} from '../page.js' */

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
      await element.step(n);
      return Array.from(element.losses.subarray(before));
    },
  };
}
