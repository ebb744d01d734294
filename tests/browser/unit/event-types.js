/**
 * What the types of events and members promise. Checked by tsc, never run.
 *
 * @module
 */

/** @param {import('../../../www/lesson/unroll-lesson.js').UnrollLesson} lesson */
export function listeners(lesson) {
  /** @type {number} */
  let step = 0;
  lesson.addEventListener('unroll-metrics', (event) => {
    step = event.detail.step;
    // @ts-expect-error: metrics have no accuracy of their own
    event.detail.accuracy;
  });
  lesson.addEventListener('unroll-error', ({ detail: { code } }) => code.toUpperCase());
  lesson.addEventListener('click', (event) => event.preventDefault());
  // @ts-expect-error: a fault has no step
  lesson.addEventListener('unroll-error', ({ detail }) => detail.step);
  return step;
}

/** @param {import('../../../www/lesson/unroll-lesson.js').UnrollLesson} lesson */
export async function members(lesson) {
  const { digit } = await lesson.predict(new Uint8Array(784));
  const { run } = await lesson.reset({ seed: digit });
  // @ts-expect-error: a seed is a number
  await lesson.reset({ seed: 'abc' });
  // @ts-expect-error: there is no such member
  lesson.vanish();
  const same = document.querySelector('unroll-lesson');
  return run + (same?.losses.length ?? 0);
}
