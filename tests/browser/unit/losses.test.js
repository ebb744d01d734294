/** The loss of every step, in bounded memory. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Losses, lossAt, stepsOf } from '../../../www/lesson/losses.js';

/** @param {number} first @param {number} last */
const steps = (first, last) => Float32Array.from({ length: last - first + 1 }, (_, k) => first + k);
/** @param {{losses: Float32Array, stride: number}} series */
const plain = ({ losses, stride }) => ({ losses: [...losses], stride });

test('each step, until there are too many', () => {
  const losses = new Losses(8);
  losses.add(0, steps(1, 7));
  assert.deepEqual(plain(losses), { losses: [1, 2, 3, 4, 5, 6, 7], stride: 1 });
  losses.add(7, steps(8, 11));
  assert.deepEqual(plain(losses), { losses: [1.5, 3.5, 5.5, 7.5, 9.5], stride: 2 });
  assert.equal(losses.steps, 11);
  assert.deepEqual(
    [1, 2, 3, 10, 11].map((step) => lossAt(losses, step)),
    [1.5, 1.5, 3.5, 9.5, NaN],
  );
  assert.equal(stepsOf(losses), 10);
  losses.add(11, steps(12, 1000));
  assert.equal(losses.stride, 128);
  assert.equal(losses.steps, 1000);
  assert.deepEqual([...losses.losses], [64.5, 192.5, 320.5, 448.5, 576.5, 704.5, 832.5]);
});

test('what comes in pieces is what comes at once', () => {
  const [whole, pieces] = [new Losses(16), new Losses(16)];
  whole.add(0, steps(1, 300));
  for (let first = 1; first <= 300; first += 7)
    pieces.add(first - 1, steps(first, Math.min(300, first + 6)));
  assert.deepEqual(plain(pieces), plain(whole));
});

test('what came after a step is forgotten', () => {
  const losses = new Losses(8);
  losses.add(0, steps(1, 7));
  losses.cut(9);
  assert.equal(losses.steps, 7);
  losses.cut(3);
  losses.add(3, steps(4, 4));
  assert.deepEqual(plain(losses), { losses: [1, 2, 3, 4], stride: 1 });
  losses.add(4, steps(5, 20));
  assert.deepEqual(plain(losses), { losses: [2.5, 6.5, 10.5, 14.5, 18.5], stride: 4 });
  // In the middle of a value: what is left of it is not known better than its mean.
  losses.cut(6);
  assert.equal(losses.steps, 6);
  losses.add(6, steps(7, 8));
  assert.deepEqual([...losses.losses], [2.5, (6.5 * 2 + 7 + 8) / 4]);
  losses.cut(7);
  losses.cut(0);
  assert.deepEqual([losses.steps, losses.losses.length], [0, 0]);
});

test('steps that nobody told of have no loss', () => {
  const losses = new Losses(8);
  losses.add(0, steps(1, 2));
  losses.add(4, steps(5, 5));
  assert.deepEqual([...losses.losses], [1, 2, NaN, NaN, 5]);
});

test('what was kept goes on in another place', () => {
  const [first, second] = [new Losses(8), new Losses(8)];
  first.add(0, steps(1, 20));
  second.add(0, steps(1, 3));
  second.recall(first);
  assert.deepEqual(plain(second), plain(first));
  second.add(second.steps, steps(21, 40));
  assert.equal(second.stride, 8);
  second.clear();
  second.add(0, steps(1, 2));
  assert.deepEqual(plain(second), { losses: [1, 2], stride: 1 });
});
