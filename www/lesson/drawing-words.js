/**
 * A drawing as a word that fits into a link: four characters a point, strokes parted by dots. Points that the
 * eye does not miss are left out.
 *
 * @module
 */

/** @import {Strokes} from '../worker/protocol.js' */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The pad's scale, and the steps that it is written in. */
const SIDE = 280;
const STEPS = LETTERS.length ** 2 - 1;
/** Of a point, and of a drawing, in characters. */
const POINT = 4;
const LONGEST = 4000;
/** How far a point may be from the line that replaces it, in the pad's scale: a thirtieth of the pen. */
const NEAR = 0.6;

/** @typedef {[number, number]} Point */

/** @param {Strokes} strokes */
export function writeDrawing(strokes) {
  for (let near = NEAR; ; near *= 2) {
    const word = strokes
      .map((stroke) => withoutNear(stroke, near).map(writePoint).join(''))
      .filter(Boolean)
      .join('.');
    if (word.length <= LONGEST) return word;
    if (near > SIDE) return word.slice(0, LONGEST - (LONGEST % POINT));
  }
}

/** @param {string} word @returns {Strokes | null} null if it is no drawing */
export function readDrawing(word) {
  if (word.length > LONGEST || !/^[\w-]+(\.[\w-]+)*$/.test(word)) return null;
  const strokes = word.split('.');
  if (strokes.some(({ length }) => length % POINT !== 0)) return null;
  return strokes.map((stroke) =>
    Array.from({ length: stroke.length / POINT }, (_, k) =>
      readPoint(stroke.slice(POINT * k, POINT * (k + 1))),
    ),
  );
}

/** @param {Point} point */
function writePoint(point) {
  return point
    .map((value) => {
      const step = Math.round((Math.max(0, Math.min(SIDE, value)) / SIDE) * STEPS);
      return `${LETTERS[Math.floor(step / LETTERS.length)]}${LETTERS[step % LETTERS.length]}`;
    })
    .join('');
}

/** @param {string} letters @returns {Point} */
function readPoint(letters) {
  const [a, b, c, d] = [...letters].map((letter) => LETTERS.indexOf(letter));
  const value = (/** @type {number} */ high, /** @type {number} */ low) =>
    ((high * LETTERS.length + low) / STEPS) * SIDE;
  return [value(a ?? 0, b ?? 0), value(c ?? 0, d ?? 0)];
}

/**
 * Ramer, Douglas and Peucker: a stretch of a stroke becomes a line if no point of it is far from that line.
 *
 * @param {Point[]} stroke
 * @param {number} near
 * @returns {Point[]}
 */
function withoutNear(stroke, near) {
  const kept = new Set([0, stroke.length - 1]);
  /** @type {Array<[number, number]>} */
  const stretches = [[0, stroke.length - 1]];
  for (const [first, last] of stretches) {
    let [far, at] = [near, -1];
    for (let k = first + 1; k < last; k += 1) {
      const distance = distanceOf(stroke, k, first, last);
      if (distance > far) [far, at] = [distance, k];
    }
    if (at < 0) continue;
    kept.add(at);
    stretches.push([first, at], [at, last]);
  }
  return stroke.filter((_, k) => kept.has(k));
}

/** Of point `k` from the line between two others. @param {Point[]} stroke @param {number} k @param {number} first @param {number} last */
function distanceOf(stroke, k, first, last) {
  const [[px, py], [ax, ay], [bx, by]] = /** @type {[Point, Point, Point]} */ ([
    stroke[k],
    stroke[first],
    stroke[last],
  ]);
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((px - ax) * dx + (py - ay) * dy) / length;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}
