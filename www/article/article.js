/**
 * The lessons' texts beside their figures: a section goes into the slot that the lesson has in the
 * figure's own part, and its buttons set the lesson to the state that shows what it claims.
 *
 * It knows the lesson by its documented members alone, as any page that embeds one does.
 *
 * @module
 */

import { make } from '../lesson/dom.js';
import { textsOf } from '../texts/index.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Language, Texts} from '../texts/index.js' */
/** @import {Article, Section, Try} from './types.js' */

/** In which part of the lesson a figure is. A section whose figure is in none is not shown. @type {Record<string, string>} */
const PLACES = {
  wave: 'chart',
  memory: 'memory',
  'state-modes': 'modes',
  'free-run': 'free',
  'output-layer': 'output',
  'gate-film': 'gates',
  'rnn-lstm': 'cells',
  mistakes: 'mistakes',
  'scan-order': 'scan',
  code: 'code',
  'belief-tape': 'tape',
  'live-scan': 'tape',
};

/**
 * Tells a lesson's article, in place of what it was told before.
 *
 * @param {UnrollLesson} lesson
 * @param {Language} language
 */
export async function tell(lesson, language) {
  const { article } = /** @type {{article: Article}} */ (
    await import(`./${lesson.lesson}.${language}.js`)
  );
  // Another language may have been chosen meanwhile.
  if (lesson.getAttribute('lang') !== language) return;
  const text = textsOf(language);
  const sections = article.sections.filter(({ figure }) => figure && figure in PLACES);
  lesson.replaceChildren(...sections.map((section) => told(lesson, section, text)));
}

/**
 * @param {UnrollLesson} lesson
 * @param {Section} section
 * @param {Texts} text
 */
function told(lesson, { title, body, figure, caption, tries }, text) {
  const paragraphs = body.map((html) => {
    const paragraph = make('p');
    // Ours, from a file of this site.
    paragraph.innerHTML = html;
    return paragraph;
  });
  const buttons = tries.map((one) => button(lesson, one, text));
  return make(
    'div',
    { slot: PLACES[figure ?? ''], class: 'told' },
    ...(caption ? [make('p', { class: 'caption' }, caption)] : []),
    make('h4', {}, title),
    ...paragraphs,
    ...(buttons.length > 0
      ? [make('ul', { class: 'tries', 'aria-label': text('tries', { title }) }, ...buttons)]
      : []),
  );
}

/**
 * @param {UnrollLesson} lesson
 * @param {Try} one
 * @param {Texts} text
 */
function button(lesson, { label, claim, actions }, text) {
  const says = make('p', {}, claim ?? '');
  const press = make('button', { type: 'button', onclick }, label);

  async function onclick() {
    if (press.getAttribute('aria-disabled') === 'true') return;
    press.setAttribute('aria-disabled', 'true');
    says.textContent = text('try-running');
    try {
      await show(lesson, actions);
      says.textContent = claim ?? '';
    } catch (error) {
      says.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      press.removeAttribute('aria-disabled');
      lesson.announce(says.textContent ?? '');
    }
  }

  return make('li', {}, press, says);
}

/** What training a button last did in a lesson, and where it left the run. @type {WeakMap<UnrollLesson, {trained: string, standing: string}>} */
const left = new WeakMap();

/**
 * Does what a button is for. The same training ends in the same state, so a run that still stands where
 * this training left it is not trained again.
 *
 * @param {UnrollLesson} lesson
 * @param {Try['actions']} actions
 */
async function show(lesson, actions) {
  await lesson.ready;
  const training = actions.filter(([member]) => ['pause', 'set', 'reset', 'step'].includes(member));
  const trained = training.some(([member]) => member === 'reset') ? JSON.stringify(training) : '';
  const before = left.get(lesson);
  const stands =
    trained !== '' && before?.trained === trained && before.standing === standing(lesson);
  for (const action of actions) {
    const [member, ...args] = action;
    if (member === 'figure') {
      const [figure, what] = /** @type {[string, Record<string, unknown>]} */ (args);
      lesson.figure(PLACES[figure], what);
    } else if (!stands || !training.includes(action)) {
      await /** @type {any} */ (lesson)[member](...args);
    }
  }
  if (trained) left.set(lesson, { trained, standing: standing(lesson) });
}

/** @param {UnrollLesson} lesson */
function standing({ state, losses }) {
  return JSON.stringify([state.options, state.seed, state.step, state.running, losses.at(-1)]);
}
