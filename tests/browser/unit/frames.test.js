/** When the lessons of a page draw. */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

let clock = 1000;
mock.method(performance, 'now', () => clock);
mock.timers.enable({ apis: ['setTimeout'] });
/** @type {Array<() => void>} */
let frames = [];
globalThis.requestAnimationFrame = (/** @type {FrameRequestCallback} */ draw) =>
  frames.push(() => draw(clock));

const { askForFrame, forgetFrame } = await import('../../../www/lesson/frames.js');

/** @param {number} ms */
function pass(ms) {
  clock += ms;
  mock.timers.tick(ms);
}

/** The browser's next frame, and the tasks after it. @returns {boolean} whether somebody had asked */
function frame() {
  const now = frames;
  frames = [];
  for (const draw of now) draw();
  pass(0);
  return now.length > 0;
}

/** @type {string[]} */
let drawn = [];
const quick = () => void drawn.push('quick');
let takes = 10;
const slow = () => {
  drawn.push('slow');
  clock += takes;
};

test('one lesson in each frame, in the order in which they asked', () => {
  drawn = [];
  askForFrame(quick);
  askForFrame(slow);
  askForFrame(quick);
  frame();
  assert.deepEqual(drawn, ['quick']);
  frame();
  assert.deepEqual(drawn, ['quick', 'slow']);
  assert(!frame());
  pass(1000);
});

test('what training brings waits eight times as long as the last frame took', () => {
  drawn = [];
  askForFrame(slow, true);
  assert(frame(), 'nothing to wait for');
  askForFrame(slow, true);
  assert(!frame());
  pass(79);
  assert(!frame());
  pass(1);
  assert(frame());
  assert.deepEqual(drawn, ['slow', 'slow']);
  pass(1000);
});

test('and no longer than a fifth of a second', () => {
  takes = 100;
  askForFrame(slow);
  frame();
  askForFrame(slow, true);
  pass(199);
  assert(!frame());
  pass(1);
  assert(frame());
  takes = 10;
  pass(1000);
});

test('what somebody waits for is drawn at once, and what waited with it', () => {
  drawn = [];
  askForFrame(slow);
  frame();
  askForFrame(slow, true);
  askForFrame(quick);
  frame();
  frame();
  assert.deepEqual(drawn, ['slow', 'slow', 'quick']);
  pass(1000);
  assert(!frame(), 'and not once more');
});

test('what is forgotten is not drawn, whatever waits for it', () => {
  drawn = [];
  askForFrame(slow);
  frame();
  askForFrame(quick, true);
  forgetFrame(quick);
  pass(1000);
  assert(!frame());
  assert.deepEqual(drawn, ['slow']);
});
