/**
 * The code that shows a lesson in a page of somebody's, as HTML. There is no DOM in this file.
 *
 * @module
 */

/** @import {Language} from '../texts/index.js' */
/** @import {Lesson} from '../worker/protocol.js' */

/** An iframe is as high as what is in it. Where a page allows no scripts, it keeps its height. */
const HEIGHT = 600;
const RESIZE = `<script>
  addEventListener('message', ({ source, data }) => {
    if (data?.unroll !== 1 || data.event !== 'resize') return;
    for (const frame of document.querySelectorAll('iframe'))
      if (frame.contentWindow === source) frame.height = data.detail.height;
  });
</script>`;

/**
 * @param {object} what
 * @param {'element' | 'iframe'} what.as
 * @param {string} what.site  the address of the lesson's page
 * @param {Lesson} what.lesson
 * @param {Language} what.language
 * @param {string} what.title
 * @param {string[]} what.show  as the attribute `show` takes them; none: the whole lesson
 * @param {URLSearchParams} what.words  of a link
 */
export function embedCode({ as, site, lesson, language, title, show, words }) {
  const said = { lesson, lang: language, ...(show.length > 0 ? { show: show.join(',') } : {}) };
  if (as === 'element') {
    const options = written(words);
    const attributes = attributesOf({ ...said, ...(options ? { options } : {}) });
    const script = attributesOf({ type: 'module', src: new URL('lesson/unroll-lesson.js', site) });
    return `<script ${script}></script>\n<unroll-lesson ${attributes}></unroll-lesson>`;
  }
  const address = new URL('embed.html', site);
  address.search = written(new URLSearchParams([...Object.entries(said), ...words]));
  const look = { width: '100%', height: HEIGHT, style: 'border: 0', allow: 'clipboard-write' };
  return `<iframe ${attributesOf({ src: address, title, ...look })}></iframe>\n${RESIZE}`;
}

/** For people too: commas need not be escaped. @param {URLSearchParams} words */
function written(words) {
  return words.toString().replaceAll('%2C', ',');
}

/** @param {Record<string, {toString(): string}>} attributes */
function attributesOf(attributes) {
  const escaped = (/** @type {string} */ value) =>
    value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return Object.entries(attributes)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ');
}
