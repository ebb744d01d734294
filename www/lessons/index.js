/**
 * The lessons by name.
 *
 * @module
 */

import { UnrollError } from '../worker/fault.js';
import { mnist } from './mnist.js';
import { sinCos } from './sin-cos.js';

/** @import {Manifest} from './manifest.js' */
/** @import {Lesson} from '../worker/protocol.js' */

/** @type {Record<Lesson, Manifest>} */
const MANIFESTS = { 'sin-cos': sinCos, mnist };

export const LESSONS = /** @type {Lesson[]} */ (Object.keys(MANIFESTS));

/**
 * @param {string | null | undefined} name
 * @returns {Manifest}
 * @throws {UnrollError} `option-value`, with the names that there are
 */
export function manifestOf(name) {
  const found = LESSONS.find((lesson) => lesson === name);
  if (found) return MANIFESTS[found];
  const expected = `one of ${LESSONS.join(', ')}`;
  throw new UnrollError({
    code: 'option-value',
    message: `lesson cannot be "${name}": it must be ${expected}.`,
    detail: { name: 'lesson', value: String(name), expected },
  });
}
