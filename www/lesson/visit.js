/**
 * Whether what a browser remembered of a visit is what this page remembers: another version of the page, or
 * anybody with a browser's tools, may have written it. Figures draw it without a further look.
 *
 * Whether a run can go on from its checkpoint is for the core to say.
 *
 * @module
 */

import { digitOf, strokesOf } from './arguments.js';
import { MOST } from './kept.js';

/** @import {Visit} from './remembering.js' */

/** @typedef {(value: any) => boolean} Check */

/** @type {Check} */
const isNumber = (value) => typeof value === 'number';
/** @type {Check} */
const isText = (value) => typeof value === 'string';
/** @type {Check} */
const isFlag = (value) => typeof value === 'boolean';
/** @type {Check} */
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
/** @type {Check} */
const isShare = (value) => value >= 0 && value <= 1;
/** @type {Check} */
const isFloats = (value) => value instanceof Float32Array;
/** @type {Check} */
const isBytes = (value) => value instanceof Uint8Array;

/** @param {Check} check @returns {Check} */
const orNull = (check) => (value) => value === null || check(value);

/** A list can say that it has four billion values. @param {Check} check @param {number} [most] @returns {Check} */
const listOf =
  (check, most = 1e6) =>
  (value) =>
    Array.isArray(value) && value.length <= most && Array.from(value).every(check);

/** An object with these, and perhaps with others. @param {Record<string, Check>} checks @returns {Check} */
const objectOf = (checks) => (value) =>
  value !== null &&
  typeof value === 'object' &&
  Object.entries(checks).every(([name, check]) => check(value[name]));

/** Options: whether a lesson has them, and what they may be, is for whoever shows them. @type {Check} */
const isOptions = (value) =>
  value !== null &&
  typeof value === 'object' &&
  Object.values(value).every((one) => one === null || isNumber(one) || isText(one) || isFlag(one));

/** @param {(value: any) => unknown} read  throws if it cannot @returns {Check} */
const readBy = (read) => (value) => {
  try {
    read(value);
    return true;
  } catch {
    return false;
  }
};

const isLogged = objectOf({ step: isCount, epoch: isCount, accuracy: isShare });
const isAccuracy = objectOf({ step: isCount, accuracy: isShare, loss: isNumber, images: isCount });

/** @type {Check} */
const isEvaluation = (value) =>
  objectOf({ step: isCount, images: isCount, loss: isNumber, accuracy: isShare })(value) &&
  isFloats(value.losses) &&
  value.confusion instanceof Uint32Array &&
  value.confusion.length === 100 &&
  [value.predictions, value.labels].every(
    (digits) => isBytes(digits) && digits.every((/** @type {number} */ digit) => digit < 10),
  ) &&
  [value.losses, value.predictions, value.labels].every(({ length }) => length === value.images);

/** @type {Check} */
const isSegments = ({ lengths, times, inputs, targets, predictions, hidden }) => {
  if (!(lengths instanceof Uint32Array)) return false;
  const each = [times, inputs, targets, predictions];
  if (![...each, hidden].every(isFloats)) return false;
  const points = lengths.reduce((sum, length) => sum + length, 0);
  return (
    points > 0 &&
    each.every(({ length }) => length === points) &&
    hidden.length > 0 &&
    hidden.length % points === 0
  );
};

const isCompared = objectOf({
  variants: listOf(isOptions),
  steps: isCount,
  step: isCount,
  runs: listOf(
    objectOf({
      losses: listOf(isNumber),
      norms: listOf(objectOf({ step: isCount, norms: isFloats })),
      // Records of older builds have none.
      accuracy: (accuracy) => accuracy == null || isShare(accuracy),
    }),
  ),
  status: (status) => ['running', 'done', 'stopped', 'failed'].includes(status),
  seed: isCount,
  options: isOptions,
});

/** @type {Check} */
const isStride = (value) => isCount(value) && value > 0;

const isMemory = objectOf({
  losses: isFloats,
  stride: isStride,
  accuracies: listOf(isAccuracy),
  log: listOf((line) => isLogged(line) && orNull(isNumber)(line.loss)),
  evaluation: orNull(isEvaluation),
  pad: objectOf({ strokes: readBy(strokesOf), image: readBy(digitOf) }),
  kept: listOf(
    objectOf({
      options: isOptions,
      seed: isCount,
      backend: isText,
      changed: isFlag,
      look: (look) => isCount(look) && look < MOST,
      losses: isFloats,
      stride: isStride,
    }),
    MOST,
  ),
  segments: orNull(
    objectOf({
      first: (first) => isCount(first) && first > 0,
      segments: (segments) => objectOf({})(segments) && isSegments(segments),
    }),
  ),
  comparisons: listOf(
    (pair) =>
      Array.isArray(pair) &&
      isText(pair[0]) &&
      isCompared(pair[1]) &&
      pair[1].runs.length === pair[1].variants.length,
  ),
});

const isContinuation = objectOf({
  bytes: isBytes,
  state: objectOf({
    options: isOptions,
    data: orNull(objectOf({ synthetic: isFlag, train: isCount, test: isCount })),
  }),
});

/** @param {any} value @returns {value is Visit} */
export function isVisit(value) {
  return objectOf({ memory: isMemory, continuation: orNull(isContinuation) })(value);
}
