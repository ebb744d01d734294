/**
 * A program as it is shown: in colours, and with what differs from another one marked.
 *
 * @module
 */

import { make } from '../../lesson/dom.js';
import { changes } from './changes.js';
import { LANGUAGES } from './program.js';

/** @import {ProgramLanguage} from './program.js' */

/**
 * @param {ProgramLanguage} language
 * @param {string} program
 * @param {string} original  what it is held against
 * @returns {Array<Node | string>}
 */
export function listing(language, program, original) {
  return changes(program, original).flatMap(({ line, from, to }, k, all) => {
    const mark = from < to ? [make('mark', {}, line.slice(from, to))] : [];
    const end = k < all.length - 1 ? ['\n'] : [];
    return [
      ...coloured(language, line.slice(0, from)),
      ...mark,
      ...coloured(language, line.slice(to)),
      ...end,
    ];
  });
}

/**
 * @param {ProgramLanguage} language
 * @param {string} text
 */
function coloured(language, text) {
  /** @type {Array<Node | string>} */
  const nodes = [];
  let done = 0;
  for (const { 0: word, index, groups } of text.matchAll(LANGUAGES[language].coloured)) {
    nodes.push(
      text.slice(done, index),
      make('span', { class: groups?.comment ? 'comment' : 'keyword' }, word),
    );
    done = index + word.length;
  }
  return [...nodes, text.slice(done)];
}
