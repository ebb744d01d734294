/**
 * The page around the two lessons: its language, and its words.
 *
 * @module
 */

import { showArticle } from './article/article.js';
import { showGuides } from './guide/guides.js';
import { listenForKeys } from './keyboard/keyboard.js';
import { beginLarge, isLarge, setLarge } from './large.js';
import { keepInView } from './lesson/keep-in-view.js';
import { lessonOf } from './lesson/link.js';
import './lesson/unroll-lesson.js';
import './lesson/unroll-reader.js';
import { keepOffline } from './offline.js';
import './page-styles.js';
import { inPlace, rememberPlace } from './place.js';
import { languageOf, textsOf } from './texts/index.js';

/** @import {UnrollLesson} from './lesson/unroll-lesson.js' */
/** @import {Language, TextKey} from './texts/index.js' */

/** What the URL says of the lessons: `?seed=3&backend=cpu&data=synthetic`. */
const PASSED_ON = ['seed', 'backend', 'data'];
/** Where more is folded: what takes most room. */
const NARROW = '(max-width: 519px)';

document.querySelector('.late')?.remove();
const parameters = new URL(location.href).searchParams;
beginLarge(document.querySelector('.to-large'));
const keys = listenForKeys({
  large: () => setLarge(!isLarge()),
  language: () => turnTo(document.documentElement.lang === 'zh' ? 'en' : 'zh'),
  link: document.querySelector('.to-keys'),
});
speak(languageOf(parameters.get('lang') ?? navigator.language));

for (const lesson of document.querySelectorAll('unroll-lesson, unroll-reader')) {
  for (const name of PASSED_ON) {
    const value = parameters.get(name);
    if (value !== null) lesson.setAttribute(name, value);
  }
}

for (const lesson of document.querySelectorAll('unroll-lesson')) {
  const { foldNarrow } = lesson.dataset;
  if (foldNarrow && matchMedia(NARROW).matches)
    lesson.setAttribute('fold', `${lesson.getAttribute('fold')},${foldNarrow}`);
}

follow();
// Under a name that what the address says is part of.
for (const lesson of document.querySelectorAll('unroll-lesson'))
  lesson.setAttribute('remember', 'page');
addEventListener('hashchange', follow);
rememberPlace();
keepOffline();
const reads = /** @type {UnrollLesson | null} */ (
  document.querySelector('unroll-lesson[lesson="mnist"]')
);
reads?.addEventListener('unroll-ready', () => fillPad(reads).catch(() => {}));

/** What reads digits has one to read until somebody draws. @param {UnrollLesson} lesson */
async function fillPad(lesson) {
  const { index, label, pixels } = await lesson.digit('test', 0);
  const { strokes, image } = lesson.pad;
  // A copy: nobody chose it, and so no link names it.
  if (strokes.length === 0 && !image) await lesson.place({ index, label, pixels });
}

/** Shows what the link behind the `#` says. */
function follow() {
  const words = location.hash.slice(1);
  if (!words.includes('=')) return;
  const lesson =
    document.querySelector(`unroll-lesson[lesson="${lessonOf(words)}"]`) ??
    document.querySelector('unroll-lesson');
  lesson?.setAttribute('options', words);
  const article = lesson?.closest('article');
  if (article && !new URLSearchParams(words).has('figure')) keepInView(article);
}

for (const link of document.querySelectorAll('[data-language]')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    turnTo(languageOf(/** @type {HTMLElement} */ (link).dataset.language));
  });
}

/** Speaks another language from now on, also after a reload. @param {Language} language */
function turnTo(language) {
  const url = new URL(location.href);
  url.searchParams.set('lang', language);
  history.replaceState(null, '', url);
  inPlace(() => speak(language));
}

/** @param {Language} language */
function speak(language) {
  const text = textsOf(language);
  document.documentElement.lang = language;
  document.title = text('page-title');
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = text(
      /** @type {TextKey} */ (/** @type {HTMLElement} */ (element).dataset.text),
    );
  }
  for (const element of document.querySelectorAll('[data-text-label]')) {
    const key = /** @type {HTMLElement} */ (element).dataset.textLabel;
    element.setAttribute('aria-label', text(/** @type {TextKey} */ (key)));
  }
  const address = document.querySelector('.cite .address');
  if (address) address.textContent = new URL('.', location.href).href;
  document.querySelector('unroll-reader')?.setAttribute('lang', language);
  for (const link of document.querySelectorAll('[data-language]')) {
    const chosen = /** @type {HTMLElement} */ (link).dataset.language === language;
    if (chosen) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  for (const lesson of document.querySelectorAll('unroll-lesson')) {
    lesson.setAttribute('lang', language);
    showArticle(lesson, language);
  }
  showGuides(language);
  keys.speak(language);
}
