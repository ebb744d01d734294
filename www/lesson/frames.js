/**
 * The frames in which the lessons of a page draw: one lesson in each. Two that train at once hold up the page for as
 * long as one of them takes, each half as often. What training brings waits until drawing is cheap: where every
 * processor trains, time that pictures take is time that training lacks.
 *
 * @module
 */

/** After a frame, what training brings waits for so many times as long as it took. */
const REST = 8;
/** And no longer, in milliseconds. */
const LONGEST = 200;

/** In the order in which they asked. @type {Set<() => void>} */
const waiting = new Set();
let isAsked = false;
/** When what training brings may be drawn. */
let free = 0;
/** Waits for it. @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Calls `draw` in a frame to come, once, however often it was asked for before.
 *
 * @param {() => void} draw
 * @param {boolean} [patient]  nobody waits for it: not before drawing is cheap
 */
export function askForFrame(draw, patient = false) {
  waiting.add(draw);
  const wait = patient ? free - performance.now() : 0;
  if (wait <= 0) ask();
  else if (!isAsked) timer ||= setTimeout(ask, wait);
}

/** @param {() => void} draw  which need not be called any more */
export function forgetFrame(draw) {
  waiting.delete(draw);
}

function ask() {
  clearTimeout(timer);
  timer = undefined;
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
  const began = performance.now();
  draw();
  // By then the frame is laid out, and its canvases are drawn, which have asked for their task before.
  setTimeout(() => {
    const ended = performance.now();
    free = ended + Math.min(LONGEST, REST * (ended - began));
  });
}
