/**
 * Arrays of numbers, one behind the other.
 *
 * @module
 */

/** @param {Float32Array[]} parts */
export function join(parts) {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
