/**
 * The lessons' texts beside their figures: a section goes into the slot that the lesson has in the
 * figure, and its buttons set the lesson to the state that shows what the section claims.
 *
 * It knows the lesson by its documented members alone, as any page that embeds one does.
 *
 * @module
 */

import { make } from '../lesson/dom.js';
import { manifestOf } from '../lessons/index.js';
import { textsOf } from '../texts/index.js';
import { TryButton } from './try-button.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Language} from '../texts/index.js' */
/** @import {Section} from './types.js' */

/** Before an article that did not come is asked for once more, in milliseconds. */
const PAUSE = 1000;

/**
 * Shows a lesson's article, in place of the one before.
 *
 * @param {UnrollLesson} lesson
 * @param {Language} language
 */
export async function showArticle(lesson, language) {
  const name = lesson.lesson;
  const load = () => manifestOf(name).article(language);
  const { article } = await load().catch(async () => {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    return load();
  });
  // Another language, or lesson, may have been chosen meanwhile.
  if (lesson.getAttribute('lang') !== language || lesson.lesson !== name) return;
  const sections = article.sections.filter(({ figure }) => figure !== undefined);
  lesson.replaceChildren(...sections.map((section) => sectionOf(lesson, language, section)));
}

/**
 * @param {UnrollLesson} lesson
 * @param {Language} language
 * @param {Section} section
 */
function sectionOf(lesson, language, { id, title, body, figure, caption, tries }) {
  const paragraphs = body.map((html) => {
    const paragraph = make('p');
    // Ours, from a file of this site.
    paragraph.innerHTML = html;
    return paragraph;
  });
  const buttons = tries.map(
    (one, k) => TryButton.of(lesson, `${lesson.lesson} ${id} ${k}`).build(one, language).element,
  );
  const label = textsOf(language)('tries', { title });
  return make(
    'div',
    { slot: figure, class: 'told' },
    ...(caption ? [make('p', { class: 'caption' }, caption)] : []),
    make('h4', {}, title),
    ...paragraphs,
    ...(buttons.length > 0
      ? [make('ul', { class: 'tries', 'aria-label': label }, ...buttons)]
      : []),
  );
}
