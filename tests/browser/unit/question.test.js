/** What a part keeps asking: one question at a time, the last one always, and seldom while it trains. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Question } from '../../../www/figures/question.js';

/** A minute: longer than any of these tests. */
const AGAIN = 60_000;

/** A question whose answers come when the test says so, and that is drawn whenever it asks for a frame. */
function asked() {
  /** @type {Array<{resolve: () => void, reject: (error: Error) => void}>} */
  const waiting = [];
  let count = 0;
  const frame = () => queueMicrotask(() => question.draw());
  const host = { needsFrame: frame, hasNews: frame };
  const run = { serves: false, state: /** @type {any} */ (null) };
  const question = new Question({ host, run }, AGAIN, () => {
    count += 1;
    return new Promise((resolve, reject) => waiting.push({ resolve: () => resolve(), reject }));
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  return {
    question,
    count: () => count,
    settled,
    ready() {
      run.serves = true;
      question.changed();
    },
    async answer() {
      waiting.shift()?.resolve();
      await settled();
    },
    async fail() {
      waiting.shift()?.reject(new Error('no answer'));
      await settled();
    },
    /** @param {boolean} running */
    async state(running) {
      run.state = { running };
      question.outdated();
      question.draw();
      await settled();
    },
  };
}

test('nothing is asked before there is somebody to ask', async () => {
  const { question, count, settled, ready } = asked();
  question.changed();
  await settled();
  assert.equal(count(), 0);
  ready();
  await settled();
  assert.equal(count(), 1);
});

test('what changes while an answer is under way is asked once more, when that has come', async () => {
  const { question, count, answer, settled, ready } = asked();
  ready();
  await settled();
  question.changed();
  question.changed();
  await settled();
  assert.equal(count(), 1);
  await answer();
  assert.equal(count(), 2);
  await answer();
  assert.equal(count(), 2);
});

test('while it trains answers are waited for, what changes is asked at once, and the end as well', async () => {
  const { question, count, answer, settled, state, ready } = asked();
  ready();
  await settled();
  await answer();
  await state(true);
  await state(true);
  assert.equal(count(), 1);
  question.changed();
  await settled();
  assert.equal(count(), 2);
  // A change during an answer does not wait for the next turn either.
  question.changed();
  await answer();
  assert.equal(count(), 3);
  await answer();
  await state(true);
  assert.equal(count(), 3);
  await state(false);
  assert.equal(count(), 4);
});

test('a question that failed is not asked again by itself, but when something changes', async () => {
  const { question, count, fail, settled, ready } = asked();
  ready();
  await settled();
  await fail();
  assert.equal(count(), 1);
  question.changed();
  await settled();
  assert.equal(count(), 2);
});
