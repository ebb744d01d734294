/**
 * MNIST is read once for all lessons of a page: the next one takes it from a worker that has it, packed, which is
 * sooner than fetching, unpacking and verifying 55 MB again.
 *
 * Knows no lesson; asks nothing of a worker by itself.
 *
 * @module
 */

/** @import {DataSource, SharedDigits} from './protocol.js' */

/**
 * One worker.
 *
 * @typedef {object} Reader
 * @property {() => Promise<SharedDigits>} share  rejects if it has none to share
 * @property {(digits: SharedDigits) => Promise<DataSource>} take
 * @property {() => Promise<DataSource>} read     where they come from
 * @property {() => boolean} ended
 */

/** Those that have it. @type {Set<Reader>} */
const holders = new Set();
/** One after the other: who comes second takes what the first has read. @type {Promise<unknown>} */
let turns = Promise.resolve();

/** What holds digits that are shared: 17 MB, which are handed on and not copied. @param {SharedDigits} digits @returns {ArrayBuffer[]} */
export function buffersOf({ trainImages, trainLabels, testImages, testLabels }) {
  const arrays = [trainImages, trainLabels, testImages, testLabels];
  return arrays.map(({ buffer }) => /** @type {ArrayBuffer} */ (buffer));
}

/** Gives a worker its digits. @param {Reader} reader @returns {Promise<DataSource>} */
export function giveDigits(reader) {
  const given = turns.then(async () => {
    const source = (await taken(reader)) ?? (await reader.read());
    if (source.verified) holders.add(reader);
    return source;
  });
  turns = given.catch(() => {});
  return given;
}

/** @param {Reader} reader @returns {Promise<DataSource | null>} null if nobody shares */
async function taken(reader) {
  for (const holder of holders) if (holder.ended()) holders.delete(holder);
  for (const holder of holders) {
    const digits = await holder.share().catch(() => null);
    if (digits) return reader.take(digits);
    // It has others by now.
    holders.delete(holder);
  }
  return null;
}
