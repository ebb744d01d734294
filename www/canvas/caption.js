/**
 * What stands around a saved picture: its title above it, and below it a line that says where it comes from. As wide as
 * the picture, in as many lines as they need.
 *
 * @module
 */

/** What a picture is called, and where it comes from. @typedef {{title: string, credit: string}} Caption */
/** `baseline` is from the top of its block. @typedef {{words: string, baseline: number}} Line */

export const FAMILY = 'system-ui, sans-serif';
/** Around the picture, and between it and the words. */
export const EDGE = 20;
export const TITLE = { size: 18, weight: 600, line: 26 };
export const CREDIT = { size: 12, weight: 400, line: 17 };

/** The same, so many times as large. @param {typeof TITLE} how @param {number} zoom */
export function scaled({ size, weight, line }, zoom) {
  return { size: size * zoom, weight, line: line * zoom };
}

/** Text that is no word of its neighbour: a word of Latin letters, or any other letter. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}，。：；、]|[^\s\p{Script=Han}，。：；、]+|\s+/gu;

/**
 * The lines of title or credit.
 *
 * @param {CanvasRenderingContext2D} pen  to measure with
 * @param {string} words
 * @param {typeof TITLE} how
 * @param {number} width
 */
export function linesOf(pen, words, { size, weight, line }, width) {
  pen.font = `${weight} ${size}px ${FAMILY}`;
  /** @type {string[]} */
  const lines = [''];
  for (const word of words.match(WORD) ?? []) {
    const longer = (lines.at(-1) ?? '') + word;
    if (lines.at(-1)?.trim() && pen.measureText(longer.trim()).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return {
    height: lines.length * line,
    lines: lines.map((one, k) => ({ words: one.trim(), baseline: k * line + size })),
  };
}
