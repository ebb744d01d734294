/** What figures compute without a browser: series, axes, beliefs, names, rows that keep their elements. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logarithmicRange, logarithmicTicks } from '../../../www/canvas/axis.js';
import { decidedRow, firstTwo, ranking } from '../../../www/canvas/beliefs.js';
import { decimals, powerOfTen, scientific, smallTick } from '../../../www/canvas/notation.js';
import { Thinned, extended, sampled, smoothed, spread } from '../../../www/canvas/series.js';
import { allNames, figureName, partNames } from '../../../www/figures/names.js';
import { keepRows } from '../../../www/figures/rows.js';
import { namesOf } from '../../../www/figures/run-names.js';
import { distances, sameInput } from '../../../www/figures/states.js';
import { join } from '../../../www/lesson/join.js';

/** 28 rows: the first digit is first up to a row, the second one from it on. @param {number} first @param {number} second @param {number} from */
function beliefs(first, second, from) {
  const values = new Float32Array(280).fill(0.01);
  for (let row = 0; row < 28; row += 1) values[10 * row + (row < from ? first : second)] = 0.9;
  return values;
}

test('a belief is ranked, and decided from the row on from which its answer stays first', () => {
  assert.deepEqual(firstTwo(beliefs(3, 5, 14), 0), [3, 0]);
  assert.equal(ranking(beliefs(3, 5, 14), 20)[0], 5);
  assert.equal(decidedRow({ beliefs: beliefs(3, 5, 14), digit: 5 }), 14);
  assert.equal(decidedRow({ beliefs: beliefs(5, 5, 0), digit: 5 }), 0);
  assert.equal(decidedRow({ beliefs: beliefs(3, 5, 27), digit: 5 }), 27);
});

test('a long series is thinned to means of equal length, whenever it is taken', () => {
  const series = Float32Array.from({ length: 10_000 }, (_, k) => Math.sin(k / 700) + (k % 2));
  const atOnce = new Thinned();
  atOnce.take(series);
  const byPieces = new Thinned();
  for (let end = 0; end <= series.length; end += 37) byPieces.take(series.subarray(0, end));
  byPieces.take(series);
  assert.deepEqual(byPieces.values, atOnce.values);
  assert.deepEqual(byPieces.steps, atOnce.steps);
  assert.equal(atOnce.stride, 8);
  assert(atOnce.steps.length <= 2048);
  assert.equal(atOnce.steps.at(-1), 10_000);
  atOnce.values.slice(0, -1).forEach((value, k) => {
    const part = series.subarray(8 * k, 8 * k + 8);
    assert(Math.abs(value - part.reduce((sum, one) => sum + one, 0) / 8) < 1e-6, `point ${k}`);
    assert.equal(atOnce.steps[k], 8 * k + 8);
  });
});

test('a series that became shorter is another one, and what is not a number is passed over', () => {
  const thinned = new Thinned();
  thinned.take([4, 3, 2]);
  thinned.take([8]);
  assert.deepEqual([thinned.steps, thinned.values], [[1], [8]]);
  thinned.take([8, Number.NaN, 6]);
  assert.deepEqual(
    [thinned.steps, thinned.values],
    [
      [1, 3],
      [8, 6],
    ],
  );
});

test('a smoothed series has no bias at its ends, and does not lag', () => {
  for (const value of smoothed([2, 2, Number.NaN, 2])) assert(Math.abs(value - 2) < 1e-12);
  const step = smoothed(Array.from({ length: 101 }, (_, k) => (k < 50 ? 0 : k > 50 ? 1 : 0.5)));
  assert(Math.abs((step[50] ?? 0) - 0.5) < 1e-12, 'a rise is where it is');
  for (let k = 0; k < 50; k += 1) {
    assert(Math.abs((step[50 - k] ?? 0) + (step[50 + k] ?? 0) - 1) < 1e-12);
    assert((step[50 - k] ?? 0) > (step[49 - k] ?? 0));
  }
  // By its definition.
  const values = [3, 1, 4, 1, 5];
  const weights = values.map((_, k) => 0.9 ** (2 * Math.abs(k - 1)));
  const sum = values.reduce((sum, value, k) => sum + value * (weights[k] ?? 0), 0);
  const mean = sum / weights.reduce((sum, weight) => sum + weight, 0);
  assert(Math.abs((smoothed(values, 2)[1] ?? 0) - mean) < 1e-12, 'values of two steps each');
  assert.deepEqual(smoothed([]), []);
});

test('several series lie on one axis', () => {
  assert.deepEqual(extended([2, 4], 2, 9), [2, 4, 6, 8]);
  assert.deepEqual(extended([], 1, 2), [1, 2]);
  assert.deepEqual(sampled([10, 20], [1, 2, 3]), [10, 20, null]);
  assert.deepEqual(spread(3, 100), [1, 51, 100]);
  assert.deepEqual(spread(20, 2), [1, 2]);
  assert.deepEqual(spread(20, 0), []);
});

test('a logarithmic axis holds its values tightly, and labels what there is room for', () => {
  const [low, high] = logarithmicRange(0.02, 3);
  assert(low < 0.02 && low > 0.01 && high > 3 && high < 4);
  const [from, to] = logarithmicRange(2, 2);
  assert(to / from > 2, 'one value has room about it');
  assert.deepEqual(logarithmicRange(Infinity, 0), [0.1, 1]);
  assert.deepEqual(logarithmicRange(0, 5), [0.1, 1]);
  assert.deepEqual(logarithmicTicks(0.001, 10), [0.001, 0.01, 0.1, 1, 10]);
  assert.deepEqual(logarithmicTicks(0.11, 8), [0.2, 0.5, 1, 2, 5]);
  assert.deepEqual(logarithmicTicks(1.22, 2.5), [1.5, 2]);
  assert.deepEqual(logarithmicTicks(0, 1), []);
  assert.deepEqual(logarithmicTicks(1, Infinity), []);
});

test('a negative number has a minus sign, and zero has none', () => {
  const two = decimals('en', 2);
  assert.deepEqual([-0.361, -0.001, 1234.5].map(two), ['\u22120.36', '0.00', '1,234.50']);
});

test('small numbers are written as formulas write them', () => {
  const two = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });
  assert.equal(powerOfTen(-12), '10\u207b\u00b9\u00b2');
  assert.equal(scientific(2.13e-6, two), '2.1 \u00b7 10\u207b\u2076');
  assert.equal(scientific(0.25, two), '0.25');
  assert.equal(scientific(0, two), '0');
  assert.deepEqual([1e-4, 2e-5].map(smallTick), ['10\u207b\u2074', '2e\u22125']);
});

test('a figure has one name, and what it was called before is still an address', () => {
  assert.equal(figureName('cells'), 'gradient-flow');
  assert.equal(figureName('gradient-flow'), 'gradient-flow');
  assert.equal(figureName('constructor'), 'constructor');
  assert.deepEqual(allNames('belief-tape'), ['belief-tape', 'tape']);
  assert.equal(partNames('gradient-flow-stop'), 'gradient-flow-stop cells-stop');
  assert.equal(partNames('wave'), 'wave chart');
  assert.equal(partNames('wave-step'), 'wave-step');
  assert.equal(partNames('play'), 'play');
});

test('runs are named by what they differ in', () => {
  const text = /** @type {any} */ (
    (/** @type {string} */ key, /** @type {any} */ values = {}) =>
      key === 'run-part'
        ? `${values.name} ${values.value}`
        : key === 'comma'
          ? ', '
          : [key, ...Object.values(values)].join(' ')
  );
  const settings = /** @type {any} */ ([
    { name: 'learningRate', kind: 'number' },
    { name: 'shuffle', kind: 'flag' },
  ]);
  const run = (/** @type {number} */ rate, more = {}) =>
    /** @type {any} */ ({
      options: { learningRate: rate, shuffle: true },
      seed: 1,
      backend: 'cpu',
      changed: false,
      ...more,
    });
  assert.deepEqual(namesOf([run(0.02), run(0.005)], settings, text, 'en'), [
    'run-own learningRate 0.02',
    'learningRate 0.005',
  ]);
  assert.deepEqual(namesOf([run(0.02), run(0.02), run(0.02)], settings, text, 'en'), [
    'run-this',
    'run-number 1',
    'run-number 2',
  ]);
  assert.deepEqual(namesOf([run(0.02), run(0.005), run(0.005)], settings, text, 'en'), [
    'run-own learningRate 0.02',
    'learningRate 0.005 (1)',
    'learningRate 0.005 (2)',
  ]);
  assert.deepEqual(
    namesOf([run(0.02, { seed: 2 }), run(0.02, { changed: true })], settings, text, 'en'),
    ['run-own seed 2', 'seed 1, run-changed'],
  );
});

test('two points have the same input, and their states are measured', () => {
  const wave = Float32Array.from({ length: 40 }, (_, k) => Math.sin((Math.PI * (k % 20)) / 10));
  const [a, b] = sameInput(wave, 10);
  assert(Math.abs((wave[a] ?? 0) - (wave[b] ?? 1)) < 0.2 && b > a);
  const { apart, size } = distances(Float32Array.from([0, 0, 3, 4]), 2, [0, 1]);
  assert.equal(apart, 5);
  assert.equal(size, 5);
  assert.deepEqual([...join([Float32Array.of(1), Float32Array.of(2, 3)])], [1, 2, 3]);
});

/** A list as `keepRows` needs it, without a browser. */
function fakeList() {
  /** @type {any[]} */
  const children = [];
  let moves = 0;
  return {
    children,
    moves: () => moves,
    querySelector: () => null,
    insertBefore(/** @type {any} */ element, /** @type {any} */ before) {
      moves += 1;
      const at = children.indexOf(element);
      if (at >= 0) children.splice(at, 1);
      children.splice(before ? children.indexOf(before) : children.length, 0, element);
    },
  };
}

test('rows are the same elements while their data changes', () => {
  const list = fakeList();
  /** @type {Map<unknown, {element: any, value: number}>} */
  const rows = new Map();
  const show = (/** @type {Array<[string, number]>} */ items) =>
    keepRows(/** @type {any} */ (list), rows, items, {
      key: ([name]) => name,
      make: ([name]) => {
        const element = {
          name,
          remove: () => list.children.splice(list.children.indexOf(element), 1),
        };
        return /** @type {any} */ ({ element, value: Number.NaN });
      },
      update(row, [, value]) {
        row.value = value;
      },
    });
  show([
    ['a', 1],
    ['b', 2],
  ]);
  const [a, b] = list.children;
  const before = list.moves();
  show([
    ['a', 3],
    ['b', 4],
  ]);
  assert.equal(list.moves(), before, 'nothing that is in its place is moved');
  assert.deepEqual(
    [...rows.values()].map(({ value }) => value),
    [3, 4],
  );
  show([
    ['c', 5],
    ['b', 6],
  ]);
  assert.equal(list.children[1], b);
  assert(!list.children.includes(a));
  assert.equal(list.children[0].name, 'c');
});
