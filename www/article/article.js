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
import { UnrollError } from '../worker/fault.js';
import { TryButton } from './try-button.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Language} from '../texts/index.js' */
/** @import {Section} from './types.js' */

/** Before an article that did not come is asked for once more, in milliseconds. */
const PAUSE = 1000;

/** What is said of an article that did not come, by its lesson. @type {WeakMap<UnrollLesson, HTMLElement>} */
const missing = new WeakMap();

/** What is said of a figure; it makes sense where `needs` is there too. @typedef {{figure: string, needs?: string, element: HTMLElement, caption: HTMLElement | null}} Told */

/**
 * Shows a lesson's article, in place of the one before. Without it a lesson is still a lesson: then it is
 * said beside it, and can be tried again.
 *
 * @param {UnrollLesson} lesson
 * @param {Language} language
 */
export async function showArticle(lesson, language) {
  const name = lesson.lesson;
  // Another language, or lesson, may have been chosen meanwhile.
  const outdated = () => lesson.getAttribute('lang') !== language || lesson.lesson !== name;
  try {
    const sections = await sectionsOf(lesson, language);
    if (outdated()) return;
    missing.get(lesson)?.remove();
    for (const { figure, element, caption } of sections) {
      element.slot = figure;
      if (caption) caption.slot = `${figure}-caption`;
    }
    lesson.replaceChildren(
      ...sections.flatMap(({ element, caption }) => (caption ? [caption, element] : [element])),
    );
  } catch {
    if (outdated()) return;
    missing.get(lesson)?.remove();
    const said = isMissing(lesson, language);
    missing.set(lesson, said);
    lesson.before(said);
  }
}

/**
 * The article's sections that are about a figure.
 *
 * @param {UnrollLesson} lesson
 * @param {Language} language
 * @returns {Promise<Told[]>} rejects with an UnrollError `article-missing`
 */
export async function sectionsOf(lesson, language) {
  const { article } = await load(lesson, language);
  const last = article.sections.at(-1);
  return article.sections.flatMap((section) => {
    const { figure, needs } = section;
    if (!figure) return [];
    const element = sectionOf(lesson, language, section);
    if (section === last) element.append(make('p', { class: 'closing' }, article.closing));
    const caption = section.caption ? make('p', { class: 'caption' }, section.caption) : null;
    return [{ figure, needs, element, caption }];
  });
}

/** @param {UnrollLesson} lesson @param {Language} language */
async function load(lesson, language) {
  const { article } = manifestOf(lesson.lesson);
  try {
    return await article(language).catch(async () => {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      return article(language);
    });
  } catch {
    const message = textsOf('en')('article-missing');
    throw new UnrollError({ code: 'article-missing', message, detail: {} });
  }
}

/** @param {UnrollLesson} lesson @param {Language} language */
function isMissing(lesson, language) {
  const text = textsOf(language);
  const onclick = () => showArticle(lesson, language);
  return make(
    'p',
    { class: 'missing', role: 'alert' },
    text('article-missing'),
    ' ',
    make('button', { type: 'button', onclick }, text('retry')),
  );
}

/**
 * @param {UnrollLesson} lesson
 * @param {Language} language
 * @param {Section} section
 */
function sectionOf(lesson, language, { id, title, body, figure, tries }) {
  const paragraphs = body.map((html) => {
    const paragraph = make('p');
    // Ours, from a file of this site.
    paragraph.innerHTML = html;
    return paragraph;
  });
  const buttons = tries.map(
    (one, k) =>
      TryButton.of(lesson, `${lesson.lesson} ${id} ${k}`).build(one, language, figure).element,
  );
  const label = textsOf(language)('tries', { title });
  return make(
    'div',
    { class: 'told' },
    make('h4', {}, title),
    ...paragraphs,
    ...(buttons.length > 0
      ? [make('ul', { class: 'tries', 'aria-label': label }, ...buttons)]
      : []),
  );
}
