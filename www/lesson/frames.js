/**
 * The frames in which the lessons of a page draw: one lesson in each. Two that train at once hold up the page for as
 * long as one of them takes, each half as often.
 *
 * @module
 */

/** In the order in which they asked. @type {Set<() => void>} */
const waiting = new Set();
let isAsked = false;

/** Calls `draw` in a frame to come, once, however often it was asked for before. @param {() => void} draw */
export function askForFrame(draw) {
  waiting.add(draw);
  ask();
}

/** @param {() => void} draw  which need not be called any more */
export function forgetFrame(draw) {
  waiting.delete(draw);
}

function ask() {
  if (isAsked || waiting.size === 0) return;
  isAsked = true;
  requestAnimationFrame(next);
}

function next() {
  isAsked = false;
  const [draw] = waiting;
  if (!draw) return;
  waiting.delete(draw);
  ask();
  draw();
}
