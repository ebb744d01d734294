/**
 * The frames in which the lessons of a page draw: one lesson in each. Two that train at once hold up the page for as
 * long as one of them takes, each half as often. What training brings waits until drawing is cheap: where every
 * processor trains, time that pictures take is time that training lacks.
 *
 * @module
 */

/** After a frame, what training brings waits for so many times as long as it took. */
const REST = 16;
/** And no longer, in milliseconds. */
const LONGEST = 200;

/** In the order in which they asked. @type {Set<() => void>} */
const waiting = new Set();
/** A frame was asked for, in which the next one draws. */
let isAsked = false;
/** What was drawn last is not on the screen yet: nobody knows how long it takes. */
let isOpen = false;
/** When what training brings may be drawn. */
let free = 0;
/** Waits for it. @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Calls `draw` soon, once, however often it was asked for before.
 *
 * @param {() => void} draw
 * @param {boolean} [patient]  nobody waits for it: not before drawing is cheap
 */
export function askForFrame(draw, patient = false) {
  waiting.add(draw);
  if (patient) wait();
  else ask();
}

/** @param {() => void} draw  which need not be called any more */
export function forgetFrame(draw) {
  waiting.delete(draw);
}

function wait() {
  if (isAsked || isOpen || waiting.size === 0) return;
  // A page that nobody sees has no frames, and is not drawn.
  if (document.hidden) ask();
  else timer ||= setTimeout(drawNext, Math.max(0, free - performance.now()));
}

function ask() {
  clearTimeout(timer);
  timer = undefined;
  if (isAsked || waiting.size === 0) return;
  isAsked = true;
  requestAnimationFrame(drawNext);
}

/** Words now, and canvases in the next frame: where this is a task before a frame, both are seen in one. */
function drawNext() {
  isAsked = false;
  timer = undefined;
  const [draw] = waiting;
  if (!draw) return;
  waiting.delete(draw);
  ask();
  isOpen = true;
  let words = 0;
  // Before what `draw` asks for in that frame.
  requestAnimationFrame(() => {
    const began = performance.now();
    // By then the frame is laid out and painted.
    setTimeout(() => {
      const ended = performance.now();
      free = ended + Math.min(LONGEST, REST * (words + ended - began));
      isOpen = false;
      wait();
    });
  });
  const began = performance.now();
  draw();
  words = performance.now() - began;
}
