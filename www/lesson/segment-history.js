/**
 * The segments that a sin-cos run has been through, for whoever wants to look back.
 *
 * They are kept as they arrived, in chunks, because a fast run does thousands a second.
 *
 * @module
 */

import { join } from './join.js';

/** @import {Segments} from '../worker/protocol.js' */

/** A segment: `hidden` is points x hiddenSize. @typedef {{step: number, times: Float32Array, inputs: Float32Array, targets: Float32Array, predictions: Float32Array, hidden: Float32Array}} Segment */

/** Values that are kept at most; the oldest go first. */
const MOST = 12_000_000;

export class SegmentHistory {
  /** @type {Array<{first: number, starts: Uint32Array, segments: Segments}>} */
  #chunks = [];
  #values = 0;

  /** The step of the oldest segment that is kept; 0: there is none. */
  get first() {
    return this.#chunks[0]?.first ?? 0;
  }

  /** The step of the newest one. */
  get last() {
    const newest = this.#chunks.at(-1);
    return newest ? newest.first + newest.segments.lengths.length - 1 : 0;
  }

  /** @param {number} first  the step of the first of them @param {Segments} segments */
  add(first, segments) {
    const starts = new Uint32Array(segments.lengths.length + 1);
    let end = 0;
    segments.lengths.forEach((length, k) => {
      end += length;
      starts[k + 1] = end;
    });
    this.#chunks.push({ first, starts, segments });
    this.#values += size(segments);
    while (this.#values > MOST && this.#chunks.length > 1) {
      const oldest = this.#chunks.shift();
      if (oldest) this.#values -= size(oldest.segments);
    }
  }

  /** Forgets what came after `step`: a run goes back to its beginning, or to a checkpoint. @param {number} step */
  keep(step) {
    while (this.last > step) {
      const newest = this.#chunks.pop();
      if (!newest) return;
      this.#values -= size(newest.segments);
      const count = step - newest.first + 1;
      if (count > 0) this.add(newest.first, cut(newest.segments, count));
    }
  }

  /** @param {number} step @returns {Segment | null} null where it is not kept */
  at(step) {
    let [low, high] = [0, this.#chunks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunks[middle]?.first ?? Infinity) <= step) low = middle;
      else high = middle - 1;
    }
    const chunk = this.#chunks[low];
    const k = step - (chunk?.first ?? 0);
    if (!chunk || k < 0 || k >= chunk.segments.lengths.length) return null;
    const { starts, segments } = chunk;
    const part = (/** @type {Float32Array} */ values, size = 1) =>
      values.subarray(size * (starts[k] ?? 0), size * (starts[k + 1] ?? 0));
    const { times, inputs, targets, predictions, hidden } = segments;
    return {
      step,
      times: part(times),
      inputs: part(inputs),
      targets: part(targets),
      predictions: part(predictions),
      hidden: part(hidden, hidden.length / times.length),
    };
  }

  /** The last `count` of them, as `add` takes them. @param {number} count @returns {{first: number, segments: Segments} | null} */
  tail(count) {
    const found = this.upTo(this.last, count);
    const [oldest] = found;
    if (!oldest) return null;
    const all = (/** @type {(segment: Segment) => Float32Array} */ of) => join(found.map(of));
    return {
      first: oldest.step,
      segments: {
        lengths: Uint32Array.from(found, ({ times }) => times.length),
        times: all(({ times }) => times),
        inputs: all(({ inputs }) => inputs),
        targets: all(({ targets }) => targets),
        predictions: all(({ predictions }) => predictions),
        hidden: all(({ hidden }) => hidden),
      },
    };
  }

  /** The last `count` of them up to `step`, the oldest first. @param {number} step @param {number} count */
  upTo(step, count) {
    /** @type {Segment[]} */
    const found = [];
    for (let at = step; at > step - count; at -= 1) {
      const segment = this.at(at);
      if (segment) found.unshift(segment);
    }
    return found;
  }
}

/** The first of them. @param {Segments} segments @param {number} count @returns {Segments} */
function cut({ lengths, times, inputs, targets, predictions, hidden }, count) {
  const kept = lengths.slice(0, count);
  const points = kept.reduce((sum, length) => sum + length, 0);
  const units = hidden.length / times.length;
  return {
    lengths: kept,
    times: times.slice(0, points),
    inputs: inputs.slice(0, points),
    targets: targets.slice(0, points),
    predictions: predictions.slice(0, points),
    hidden: hidden.slice(0, points * units),
  };
}

/** @param {Segments} segments */
function size({ times, hidden }) {
  return 4 * times.length + hidden.length;
}
