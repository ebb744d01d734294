/**
 * Ten digits as pen strokes, in several hands, and a mouse that draws them.
 *
 * @module
 */

import assert from 'node:assert/strict';

/** @import {Lesson} from './harness.js' */
/** @typedef {Array<Array<[number, number]>>} Strokes */

/** How far the mouse goes between two of its events, in CSS pixels. */
const STRIDE = 30;

/**
 * An arc of an ellipse; angles in turns, clockwise on a screen, 0 at the right.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} rx
 * @param {number} ry
 * @param {number} from
 * @param {number} to
 * @returns {Array<[number, number]>}
 */
function arc(x, y, rx, ry, from, to) {
  const count = Math.ceil(24 * Math.abs(to - from)) + 2;
  return Array.from({ length: count }, (_, k) => {
    const angle = 2 * Math.PI * (from + ((to - from) * k) / (count - 1));
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
}

/** In the unit square, y down. @type {Strokes[]} */
const DIGITS = [
  [arc(0.5, 0.5, 0.27, 0.42, -0.25, 0.77)],
  [
    [
      [0.52, 0.08],
      [0.5, 0.5],
      [0.48, 0.92],
    ],
  ],
  [[...arc(0.48, 0.3, 0.26, 0.22, -0.5, 0.08), [0.5, 0.62], [0.22, 0.9], [0.8, 0.9]]],
  [[...arc(0.45, 0.28, 0.25, 0.2, -0.42, 0.25), ...arc(0.45, 0.7, 0.28, 0.22, -0.25, 0.4)]],
  [
    [
      [0.35, 0.08],
      [0.24, 0.55],
      [0.8, 0.55],
    ],
    [
      [0.66, 0.12],
      [0.62, 0.94],
    ],
  ],
  [
    [[0.32, 0.1], [0.28, 0.45], ...arc(0.46, 0.66, 0.27, 0.25, -0.3, 0.38)],
    [
      [0.32, 0.1],
      [0.76, 0.1],
    ],
  ],
  [[[0.64, 0.06], [0.4, 0.32], ...arc(0.5, 0.69, 0.23, 0.23, -0.5, 0.52)]],
  [
    [
      [0.2, 0.12],
      [0.78, 0.12],
      [0.6, 0.45],
      [0.42, 0.92],
    ],
  ],
  [[...arc(0.5, 0.28, 0.2, 0.2, 0.25, -0.75), ...arc(0.5, 0.7, 0.24, 0.22, -0.25, 0.77)]],
  [[...arc(0.48, 0.32, 0.22, 0.22, -0.02, -1.0), [0.69, 0.5], [0.6, 0.94]]],
];

/** Slant, width, and a turn in radians. */
const HANDS = [
  { slant: 0, width: 1, turn: 0 },
  { slant: 0.18, width: 0.85, turn: 0.03 },
  { slant: -0.08, width: 1.1, turn: -0.05 },
];

/** How many hands write. */
export const hands = HANDS.length;

/**
 * @param {number} digit
 * @param {number} hand
 * @returns {Strokes} in the unit square
 */
export function strokes(digit, hand) {
  const { slant, width, turn } = HANDS[hand];
  return DIGITS[digit].map((stroke) =>
    stroke.map(([x, y]) => {
      const [u, v] = [(x - 0.5) * width - slant * (y - 0.5), y - 0.5];
      const [c, s] = [Math.cos(turn), Math.sin(turn)];
      return [0.5 + 0.95 * (c * u - s * v), 0.5 + 0.95 * (s * u + c * v)];
    }),
  );
}

/** Draws with the mouse. @param {Lesson} lesson @param {Strokes} drawing in the unit square */
export async function draw(lesson, drawing) {
  const { mouse } = lesson.page;
  const pad = lesson.part('drawing-pad');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  assert(box);
  for (const stroke of drawing) {
    const points = stroke.map(
      ([x, y]) => /** @type {const} */ ([box.x + x * box.width, box.y + y * box.height]),
    );
    let [x, y] = points[0];
    await mouse.move(x, y);
    await mouse.down();
    for (const point of points) {
      const way = Math.hypot(point[0] - x, point[1] - y);
      [x, y] = point;
      await mouse.move(x, y, { steps: Math.ceil(way / STRIDE) || 1 });
    }
    await mouse.up();
  }
}
