/**
 * One lesson in an empty page, for an iframe: its attributes come from the URL, its members are
 * called by `postMessage`.
 *
 * The parent sends `{unroll: 1, id, method, args}` and gets `{unroll: 1, id, ok, value | error}`;
 * `ready`, `state` and `losses` are methods without arguments. Events arrive as
 * `{unroll: 1, event, detail}`, and so does `resize` with the height of what is shown. Only the parent
 * is answered.
 *
 * @module
 */

import { credit } from './controls/credit.js';
import { MEMBERS } from './lesson/commands.js';
import { EVENTS } from './lesson/events.js';
import { UnrollLesson } from './lesson/unroll-lesson.js';
import { LESSONS, manifestOf } from './lessons/index.js';
import './page-styles.js';
import { languageOf, textsOf } from './texts/index.js';
import { UnrollError, asUnrollError } from './worker/fault.js';

const VERSION = 1;
const VALUES = ['ready', 'state', 'losses'];
const METHODS = [...Object.keys(MEMBERS), 'retry'];
/** No member takes more. A list that says it has four billion ends the page when it is spread. */
const ARGUMENTS = 4;

document.querySelector('.late')?.remove();
const parameters = new URL(location.href).searchParams;
const lesson = document.createElement('unroll-lesson');
const attributes = [...UnrollLesson.observedAttributes, 'autoplay'];
for (const name of attributes) {
  const value = parameters.get(name);
  if (value !== null) lesson.setAttribute(name, value);
}
// What is no attribute is a word of a link.
const words = new URLSearchParams(parameters.get('options') ?? '');
for (const [name, value] of parameters) if (!attributes.includes(name)) words.append(name, value);
if (words.size > 0) lesson.setAttribute('options', words.toString());
const language = languageOf(parameters.get('lang') ?? navigator.language);
lesson.setAttribute('lang', language);
document.documentElement.lang = language;
const name = LESSONS.find((known) => known === lesson.lesson);
if (name) {
  const title = textsOf(language)(manifestOf(name).title);
  document.title = `${title} \u2013 Unroll`;
  const heading = document.querySelector('h2');
  if (heading) heading.textContent = title;
}
document.querySelector('main')?.append(lesson);
if (name) lesson.after(credit(textsOf(language), name));

/** @param {object} message */
function post(message) {
  if (parent !== window) parent.postMessage({ unroll: VERSION, ...message }, '*');
}

/**
 * @param {unknown} method
 * @param {unknown} args
 * @returns {Promise<unknown>}
 */
async function call(method, args) {
  if (typeof method === 'string' && VALUES.includes(method))
    return lesson[/** @type {'ready'} */ (method)];
  if (typeof method !== 'string' || !METHODS.includes(method))
    throw refusal(
      `There is no method ${typeof method === 'string' ? method.slice(0, 40) : 'like that'}.`,
    );
  if (!Array.isArray(args) || args.length > ARGUMENTS)
    throw refusal(`${method}: its arguments must be a list of at most ${ARGUMENTS}.`);
  return /** @type {any} */ (lesson)[method](...args);
}

/** @param {string} message */
function refusal(message) {
  return new UnrollError({ code: 'bad-request', message, detail: {} });
}

addEventListener('message', async ({ source, origin, data }) => {
  if (source !== parent || parent === window || data?.unroll !== VERSION) return;
  const { id, method, args = [] } = data;
  const answer = (/** @type {object} */ message) =>
    parent.postMessage({ unroll: VERSION, id, ...message }, origin === 'null' ? '*' : origin);
  try {
    answer({ ok: true, value: await call(method, args) });
  } catch (error) {
    answer({ ok: false, error: asUnrollError(error).fault });
  }
});

for (const name of EVENTS) {
  const event = /** @type {const} */ (`unroll-${name}`);
  lesson.addEventListener(event, ({ detail }) => post({ event, detail }));
}

/** The height of what is shown: the document's own is never less than the frame's. */
function height() {
  const { marginTop, marginBottom } = getComputedStyle(document.body);
  const margins = Number.parseFloat(marginTop) + Number.parseFloat(marginBottom);
  return Math.ceil(document.body.getBoundingClientRect().height + margins);
}

new ResizeObserver(() => post({ event: 'resize', detail: { height: height() } })).observe(
  document.body,
);
