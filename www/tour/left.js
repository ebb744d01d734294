/**
 * Where the tour was left: known to the page before the tour itself is loaded.
 *
 * @module
 */

import { memory } from '../lesson/small-memory.js';

/** More stops than a tour has. */
const MOST = 100;

/** @type {(value: unknown) => value is number} */
const isStop = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < MOST;

/** The stop, from 0; 0: it was not begun, or is over. */
export const left = memory('tour', isStop, 0);
