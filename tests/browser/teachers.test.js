/** The notes for teachers: in both languages alike, with links that lead where they say, on any screen and without scripts. */

import assert from 'node:assert/strict';
import { EXERCISES } from '../../www/exercises/exercises.js';
import { lessonOf, readWords } from '../../www/lesson/link.js';
import { onCpu, openPage, openSite } from './harness.js';

/** @import {Page} from 'playwright-core' */

/** @param {Page} page @param {string} lang */
async function shown(page, lang) {
  await page.locator(`html[lang="${lang}"]`).waitFor();
  await page.locator('main h1').waitFor();
  return page.locator('main').evaluate((main) => ({
    sections: [...main.querySelectorAll('section')].map(({ id }) => id),
    links: [...main.querySelectorAll('a')].map(({ hash, search, pathname, host }) => ({
      hash,
      search,
      pathname,
      host,
    })),
    rows: main.querySelectorAll('tr').length,
    code: [...main.querySelectorAll('pre')].map(({ textContent }) => textContent),
    empty: [...main.querySelectorAll('p, h2, h3, td, li')].filter(
      ({ textContent }) => !textContent?.trim() || /undefined/.test(textContent),
    ).length,
  }));
}

onCpu('both languages have the same notes, and every link leads somewhere', async (t) => {
  const page = await openPage(t, 'teachers.html?lang=en');
  const english = await shown(page, 'en');
  await page.getByRole('link', { name: '中文' }).click();
  await page.getByRole('heading', { name: '教师参考' }).waitFor();
  const chinese = await shown(page, 'zh');
  assert.match(page.url(), /lang=zh/);
  assert.deepEqual(chinese.sections, english.sections);
  assert.deepEqual(
    chinese.links.map(({ hash }) => hash),
    english.links.map(({ hash }) => hash),
  );
  assert.equal(chinese.rows, english.rows);
  assert.equal(english.empty + chinese.empty, 0);
  const ids = EXERCISES.map(({ id }) => id);
  assert(ids.every((id) => english.sections.includes(id)));
  const site = (await openSite()).url('');
  for (const { hash, search, pathname, host } of chinese.links) {
    if (host !== new URL(site).host || pathname.endsWith('LICENSES.txt')) continue;
    const words = hash.slice(1);
    if (pathname.endsWith('teachers.html')) assert(chinese.sections.includes(words), words);
    else if (words.startsWith('exercise-')) assert(ids.includes(words.slice(9)), words);
    else assert.deepEqual(readWords(words, { lesson: lessonOf(words) }).ignored, [], words);
    if (!pathname.endsWith('teachers.html')) assert.equal(search, '?lang=zh');
  }
  assert(english.code.every((code) => code?.includes(site)));
});

onCpu('they fit a narrow phone, and are there without scripts', async (t) => {
  const narrow = { viewport: { width: 320, height: 600 } };
  const page = await openPage(t, 'teachers.html?lang=en', { context: narrow });
  await shown(page, 'en');
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  assert.equal(wide, 0, 'pixels too wide');
  const plain = await openPage(t, 'teachers.html', { context: { javaScriptEnabled: false } });
  assert.equal(await plain.locator('.note-exercise').count(), EXERCISES.length);
});
