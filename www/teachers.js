/**
 * The notes for teachers: a page to be read and printed. It has no lesson.
 *
 * @module
 */

import { PLACEHOLDER, htmlOf } from './teachers/notes.js';
import './page-styles.js';
import { languageOf, textsOf } from './texts/index.js';

/** @import {Language} from './texts/index.js' */

/** @param {Language} language */
const load = (language) =>
  language === 'zh'
    ? Promise.all([import('./teachers/notes.zh.js'), import('./exercises/zh.js')])
    : Promise.all([import('./teachers/notes.en.js'), import('./exercises/en.js')]);

/** The language that was asked for last. @type {Language} */
let latest;

speak(languageOf(new URL(location.href).searchParams.get('lang') ?? navigator.language));

for (const link of document.querySelectorAll('[data-language]')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    const language = languageOf(/** @type {HTMLElement} */ (link).dataset.language);
    const url = new URL(location.href);
    url.searchParams.set('lang', language);
    speak(language).then(
      (isSpoken) => isSpoken && history.replaceState(null, '', url),
      // Its texts did not come: the browser says why, or loads them anew.
      () => location.assign(url),
    );
  });
}

/** @param {Language} language @returns {Promise<boolean>} false if another one was asked for meanwhile */
async function speak(language) {
  latest = language;
  const [{ notes }, { texts }] = await load(language);
  if (language !== latest) return false;
  const text = textsOf(language);
  document.documentElement.lang = language;
  document.title = notes.title;
  document.querySelector('[data-text-label]')?.setAttribute('aria-label', text('page-language'));
  const skip = document.querySelector('.skip');
  if (skip) skip.textContent = text('skip');
  document.querySelector('.home')?.setAttribute('href', `./?lang=${language}`);
  for (const link of document.querySelectorAll('[data-language]')) {
    const isChosen = /** @type {HTMLElement} */ (link).dataset.language === language;
    if (isChosen) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  const main = document.querySelector('main');
  // Ours, from files of this site; the code names the address that the page has here.
  const here = new URL('.', location.href).href;
  if (main) main.innerHTML = htmlOf(notes, texts).replaceAll(PLACEHOLDER, here);
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) target.scrollIntoView();
  return true;
}
