/**
 * The notes for teachers as HTML: in the browser, and when the page is built.
 *
 * @module
 */

/** @import {ExerciseTexts} from '../exercises/types.js' */

/**
 * Texts are HTML with `<em>`, `<strong>`, `<code>` and `<a href>`.
 *
 * @typedef {object} Notes
 * @property {string} title
 * @property {string} lead
 * @property {string} lang
 * @property {Array<{id: string, title: string, blocks: Block[]}>} sections
 * @property {Record<string, string>} wrong  what pupils usually get wrong, by exercise
 * @property {{solution: string, wrong: string, minutes: string, what: string, open: string}} words
 */

/** A paragraph, a list, a plan with minutes, code, or the exercises. @typedef {string | {list: string[]} | {plan: Array<[minutes: string, what: string]>} | {code: string} | {exercises: true}} Block */

/** The address of the page, where nobody knows it. */
export const PLACEHOLDER = 'https://your.host/unroll/';

/** @param {Notes} notes @param {ExerciseTexts} texts @returns {string} */
export function htmlOf(notes, texts) {
  const sections = notes.sections.map(
    ({ id, title, blocks }) =>
      `<section id="${id}"><h2>${title}</h2>${blocks.map((block) => blockOf(block, notes, texts)).join('')}</section>`,
  );
  const contents = notes.sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`);
  return `<h1>${notes.title}</h1><p class="lead">${notes.lead}</p><ul class="contents">${contents.join('')}</ul>${sections.join('')}`;
}

/** @param {Block} block @param {Notes} notes @param {ExerciseTexts} texts */
function blockOf(block, notes, texts) {
  if (typeof block === 'string') return `<p>${block}</p>`;
  if ('list' in block) return `<ul>${block.list.map((one) => `<li>${one}</li>`).join('')}</ul>`;
  if ('code' in block) return `<pre tabindex="0"><code>${escaped(block.code)}</code></pre>`;
  if ('plan' in block) {
    const { minutes, what } = notes.words;
    const rows = block.plan.map(
      ([when, words]) => `<tr><th scope="row">${when}</th><td>${words}</td></tr>`,
    );
    const head = `<thead><tr><th scope="col">${minutes}</th><th scope="col">${what}</th></tr></thead>`;
    return `<table class="plan">${head}<tbody>${rows.join('')}</tbody></table>`;
  }
  const { solution, wrong, open } = notes.words;
  const all = Object.entries(texts.exercises).map(
    ([id, told]) =>
      `<section class="note-exercise" id="${id}"><h3>${told.title}</h3><p>${told.task} <a href="./?lang=${notes.lang}#exercise-${id}">${open}</a></p>` +
      `<p><strong>${solution}</strong> ${told.solution}</p><p><strong>${wrong}</strong> ${notes.wrong[id] ?? ''}</p></section>`,
  );
  return all.join('');
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
