/**
 * What a lesson begins with: the tutorial's own options.
 *
 * @module
 */

import { OPTIONS } from './options.js';

/** @import {Lesson, Options} from '../worker/protocol.js' */

/** @param {Lesson} lesson @returns {Options} */
export function beginningOf(lesson) {
  const values = Object.entries(OPTIONS[lesson]).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(values);
}
