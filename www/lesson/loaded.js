/**
 * Whether a run shows weights that did not come from its own training.
 *
 * @module
 */

/** @import {State} from '../worker/protocol.js' */

/** Whether a run has the weights of a file, or those that came with the page, and has not trained on. @param {State} state */
export function isLoaded({ step, untrained }) {
  return step === 0 && !untrained;
}
