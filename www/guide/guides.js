/**
 * What leads a reader through the page: the tour's button, and the list of exercises. Both come after the lessons,
 * in files of their own.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';
import { textsOf } from '../texts/index.js';
import { left } from '../tour/left.js';

/** @import {Exercises} from '../exercises/section.js' */
/** @import {Language} from '../texts/index.js' */
/** @import {Tour} from '../tour/tour.js' */

/** Before what did not come is asked for once more, in milliseconds. */
const PAUSE = 1000;

/** @type {Language} */
let language = 'en';
/** @type {Promise<Exercises> | null} */
let exercises = null;
/** @type {Promise<Tour> | null} */
let tour = null;
let isBound = false;

const button = () => /** @type {HTMLButtonElement | null} */ (document.querySelector('.tour'));

/** In another language, too. @param {Language} now */
export function showGuides(now) {
  language = now;
  showTour();
  // The lessons come first.
  if (document.readyState === 'complete') showExercises();
  else addEventListener('load', showExercises, { once: true });
}

async function showExercises() {
  const list = /** @type {HTMLElement | null} */ (document.querySelector('.exercises-here'));
  if (!list) return;
  try {
    exercises ??= twice(() => import('../exercises/section.js')).then(
      (its) => new its.Exercises(list),
    );
    await (await exercises).speak(language);
  } catch {
    exercises = null;
    const text = textsOf(language);
    const retry = make('button', { type: 'button', onclick: showExercises }, text('retry'));
    list.replaceChildren(make('p', { role: 'alert' }, text('guide-missing'), ' ', retry));
  }
}

function showTour() {
  const press = button();
  if (!press) return;
  if (!isBound) press.addEventListener('click', take);
  isBound = true;
  const stop = left.value;
  const text = textsOf(language);
  write(press, stop > 0 ? text('tour-on', { stop: stop + 1 }) : text('tour'));
  tour?.then((its) => its.speak(language)).catch(() => {});
}

async function take() {
  const press = button();
  try {
    tour ??= twice(() => import('../tour/tour.js')).then(async (its) => {
      const made = new its.Tour((byReader) => {
        showTour();
        if (byReader) press?.focus({ preventScroll: true });
      });
      await made.speak(language);
      return made;
    });
    (await tour).open();
  } catch {
    tour = null;
    if (press) write(press, textsOf(language)('retry'));
  }
}

/** @template T @param {() => Promise<T>} load @returns {Promise<T>} */
async function twice(load) {
  try {
    return await load();
  } catch {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    return load();
  }
}
