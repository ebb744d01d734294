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

let hidden = false;
Object.defineProperty(globalThis, 'document', {
  value: {
    get hidden() {
      return hidden;
    },
  },
});

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

/** Everything is on the screen, and has been for long. */
function rest() {
  while (frame());
  pass(1000);
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
  rest();
});

test('what training brings waits sixteen times as long as it took', () => {
  drawn = [];
  askForFrame(slow, true);
  pass(0);
  assert.deepEqual(drawn, ['slow'], 'nothing to wait for');
  frame();
  askForFrame(slow, true);
  pass(159);
  assert.deepEqual(drawn, ['slow']);
  pass(1);
  assert.deepEqual(drawn, ['slow', 'slow']);
  rest();
});

test('what is painted in the frame counts', () => {
  drawn = [];
  askForFrame(quick, true);
  pass(0);
  requestAnimationFrame(() => {
    clock += 10;
  });
  frame();
  askForFrame(quick, true);
  pass(159);
  assert.deepEqual(drawn, ['quick']);
  pass(1);
  assert.deepEqual(drawn, ['quick', 'quick']);
  rest();
});

test('and no longer than a fifth of a second', () => {
  takes = 100;
  drawn = [];
  askForFrame(slow);
  while (frame());
  askForFrame(slow, true);
  pass(199);
  assert.deepEqual(drawn, ['slow']);
  pass(1);
  assert.deepEqual(drawn, ['slow', 'slow']);
  takes = 10;
  rest();
});

test('it also waits for what is not on the screen yet', () => {
  drawn = [];
  askForFrame(slow, true);
  pass(0);
  askForFrame(quick, true);
  pass(1000);
  assert.deepEqual(drawn, ['slow']);
  frame();
  pass(160);
  assert.deepEqual(drawn, ['slow', 'quick']);
  rest();
});

test('what somebody waits for is drawn at once, and what waited with it', () => {
  drawn = [];
  askForFrame(slow);
  while (frame());
  askForFrame(slow, true);
  askForFrame(quick);
  frame();
  frame();
  assert.deepEqual(drawn, ['slow', 'slow', 'quick']);
  rest();
  assert.deepEqual(drawn, ['slow', 'slow', 'quick'], 'and not once more');
});

test('what is forgotten is not drawn, whatever waits for it', () => {
  drawn = [];
  askForFrame(slow);
  while (frame());
  askForFrame(quick, true);
  forgetFrame(quick);
  rest();
  assert.deepEqual(drawn, ['slow']);
});

test('a page that nobody sees draws in its next frame, whenever that is', () => {
  drawn = [];
  hidden = true;
  askForFrame(quick, true);
  pass(1000);
  assert.deepEqual(drawn, []);
  hidden = false;
  frame();
  assert.deepEqual(drawn, ['quick']);
  rest();
});
