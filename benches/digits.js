/**
 * The digits that every contender trains on: MNIST, or where there is none, ten made-up pictures
 * with noise, as sparse as MNIST and as many.
 *
 * @module
 */

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const PIXELS = 784;
/** Of MNIST's pixels. */
const ZEROS = 0.81;

/** @typedef {{images: Uint8Array, labels: Uint8Array}} Digits */

/** @param {string[]} folders @returns {string | null} the first that holds the four files */
export function findMnist(folders) {
  const names = ['train', 't10k'].flatMap((set) => [`${set}-images-idx3`, `${set}-labels-idx1`]);
  const whole = (/** @type {string} */ folder) =>
    names.every((name) => existsSync(join(folder, `${name}-ubyte.gz`)));
  return folders.find((folder) => folder && whole(folder)) ?? null;
}

/** @param {string | null} folder @returns {{train: Digits, test: Digits}} */
export function readDigits(folder) {
  if (!folder) return { train: madeUp(60_000), test: madeUp(2_000) };
  const [train, test] = ['train', 't10k'].map((set) => {
    const read = (/** @type {string} */ name, /** @type {number} */ header) =>
      gunzipSync(readFileSync(join(folder, `${set}-${name}-ubyte.gz`))).subarray(header);
    return { images: read('images-idx3', 16), labels: read('labels-idx1', 8) };
  });
  return { train, test };
}

/** @param {number} count @returns {Digits} */
function madeUp(count) {
  // Numbers of our own, so that both sets show the same ten pictures.
  let seed = 1;
  const next = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  const pictures = Array.from({ length: 10 }, () =>
    Uint8Array.from({ length: PIXELS }, () => (next() < ZEROS ? 0 : 255)),
  );
  const images = new Uint8Array(count * PIXELS);
  const labels = Uint8Array.from({ length: count }, () => Math.floor(10 * next()));
  labels.forEach((label, k) => {
    pictures[label].forEach((pixel, at) => {
      if (pixel) images[k * PIXELS + at] = 128 + 127 * next();
    });
  });
  return { images, labels };
}

/** Plain files for a contender outside the browser. @param {{train: Digits, test: Digits}} digits */
export function writeDigits({ train, test }) {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-bench-'));
  const files = {
    images: train.images,
    labels: train.labels,
    'test-images': test.images,
    'test-labels': test.labels,
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}
