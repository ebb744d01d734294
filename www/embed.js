/**
 * One lesson in an empty page, for an iframe: its attributes come from the URL, its members are
 * called by `postMessage`.
 *
 * The parent sends `{unroll: 1, id, method, args}` and gets `{unroll: 1, id, ok, value | error}`;
 * `state` and `losses` are methods without arguments. Events arrive as `{unroll: 1, event, detail}`,
 * and so does `resize` with the page's height. Only the parent is answered.
 *
 * @module
 */

import './lesson/unroll-lesson.js';
import { languageOf, textsOf } from './texts/index.js';

const VERSION = 1;
const ATTRIBUTES = ['lesson', 'lang', 'backend', 'seed', 'data', 'hide', 'autoplay'];
const METHODS = [
  'play',
  'pause',
  'step',
  'reset',
  'set',
  'evaluate',
  'predict',
  'inspect',
  'rowGradients',
  'scanOrder',
  'gradientReach',
  'outputLayer',
  'portrait',
  'compare',
  'follow',
  'classifyDrawing',
  'digit',
  'loadData',
  'saveWeights',
  'loadWeights',
];
const VALUES = ['ready', 'state', 'losses'];
const EVENTS = [
  'unroll-ready',
  'unroll-metrics',
  'unroll-evaluation',
  'unroll-comparison',
  'unroll-progress',
  'unroll-error',
];

const parameters = new URL(location.href).searchParams;
const lesson = /** @type {any} */ (document.createElement('unroll-lesson'));
for (const name of ATTRIBUTES) {
  const value = parameters.get(name);
  if (value !== null) lesson.setAttribute(name, value);
}
const language = languageOf(parameters.get('lang') ?? navigator.language);
lesson.setAttribute('lang', language);
document.documentElement.lang = language;
const title = textsOf(language)(
  parameters.get('lesson') === 'mnist' ? 'mnist-title' : 'sin-cos-title',
);
document.title = `${title} \u2013 Unroll`;
const heading = document.querySelector('h2');
if (heading) heading.textContent = title;
document.querySelector('main')?.append(lesson);

/** @param {object} message */
function tell(message) {
  if (parent !== window) parent.postMessage({ unroll: VERSION, ...message }, '*');
}

addEventListener('message', async ({ source, origin, data }) => {
  if (source !== parent || parent === window || data?.unroll !== VERSION) return;
  const { id, method, args = [] } = data;
  const answer = (/** @type {object} */ message) =>
    parent.postMessage({ unroll: VERSION, id, ...message }, origin === 'null' ? '*' : origin);
  try {
    if (VALUES.includes(method)) return answer({ ok: true, value: await lesson[method] });
    if (!METHODS.includes(method))
      throw Object.assign(new Error(`There is no method ${method}.`), { code: 'bad-request' });
    answer({ ok: true, value: await lesson[method](...args) });
  } catch (error) {
    const { code = 'crashed', message, detail = {} } = /** @type {any} */ (error);
    answer({ ok: false, error: { code, message, detail } });
  }
});

for (const event of EVENTS) {
  lesson.addEventListener(event, (/** @type {CustomEvent} */ { detail }) =>
    tell({ event, detail }),
  );
}
new ResizeObserver(() => {
  tell({ event: 'resize', detail: { height: Math.ceil(document.documentElement.scrollHeight) } });
}).observe(document.body);
