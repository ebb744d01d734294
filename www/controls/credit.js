/**
 * A line that says where a lesson comes from: for pages of others.
 *
 * @module
 */

import { SITE } from '../lesson/address.js';
import { make } from '../lesson/dom.js';

/** @import {Texts} from '../texts/index.js' */
/** @import {Lesson} from '../worker/protocol.js' */

/** @param {Texts} text @param {Lesson} lesson */
export function credit(text, lesson) {
  const href = new URL(`#lesson=${lesson}`, SITE).href;
  const link = make('a', { href, target: '_blank', rel: 'noopener' }, text('credit'));
  return make('p', { class: 'credit', part: 'credit', 'data-group': 'credit' }, link);
}
