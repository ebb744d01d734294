/**
 * Which backend is faster on this machine: what was measured, for which network and adapter, and when there
 * is something to measure. Measures nothing itself, and knows no worker.
 *
 * @module
 */

/** @import {Measured, State} from './protocol.js' */

/**
 * What was measured, and of what.
 *
 * @typedef {Measured & {adapter: string, network: string}} Known
 */

/** Where it is kept from visit to visit. @typedef {{value: Known | null, keep(known: Known): void}} Memory */

/** Steps that are timed on the other backend. */
export const TIMED = 20;

/** What a step's time depends on. @param {Partial<State['options']>} options */
export function networkOf({ cell, hiddenSize, batchSize, trainOn, carryState, workers }) {
  return [cell, hiddenSize, batchSize, trainOn, carryState ? 'carried' : 'fresh', workers].join(
    ' ',
  );
}

/** @param {unknown} value @returns {value is Known} */
export function isKnown(value) {
  if (!value || typeof value !== 'object') return false;
  const { cpu, webgpu, adapter, network } = /** @type {Record<string, unknown>} */ (value);
  const isTime = (/** @type {unknown} */ ms) => typeof ms === 'number' && ms > 0 && ms < 1e6;
  return (
    isTime(cpu) && isTime(webgpu) && typeof adapter === 'string' && typeof network === 'string'
  );
}

/** Memory that holds no longer than the page. @returns {Memory} */
export function forgetful() {
  return {
    value: null,
    keep(known) {
      this.value = known;
    },
  };
}

/** Milliseconds that a step of the run takes, once that is known. @param {State | null} state */
export function pace(state) {
  return state?.running && state.options.speed === null ? state.stepTime : null;
}
