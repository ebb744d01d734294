/**
 * How the figures look: a markdown table, and its place in a file.
 *
 * @module
 */

/**
 * A figure, or words.
 *
 * @typedef {object} Cell
 * @property {number} [ms]
 * @property {{raw: number, brotli: number}} [bytes]
 * @property {string} [text]
 * @property {string} [remark]
 */
/** Cells by contender. @typedef {{what: string, cells: Record<string, Cell>}} Row */

/** @param {number} value */
const digits = (value) =>
  value.toLocaleString('en', { maximumSignificantDigits: value < 1000 ? 3 : 4 });

/** @param {number} ms */
const time = (ms) => (ms < 1000 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`);

/** @param {number} bytes */
const size = (bytes) => (bytes < 1e6 ? `${digits(bytes / 1e3)} kB` : `${digits(bytes / 1e6)} MB`);

/** @param {Cell | undefined} cell @param {Cell | undefined} ours */
function show(cell, ours) {
  if (!cell) return '–';
  const remarks = [];
  if (cell.ms && ours?.ms && cell !== ours) remarks.push(`${digits(cell.ms / ours.ms)}×`);
  if (cell.remark) remarks.push(cell.remark);
  if (cell.bytes) remarks.push(size(cell.bytes.raw));
  const figure = cell.text ?? (cell.bytes ? size(cell.bytes.brotli) : time(cell.ms ?? NaN));
  return remarks.length > 0 ? `${figure} (${remarks.join(', ')})` : figure;
}

/**
 * @param {Record<string, string>} titles by contender, ours first
 * @param {Row[]} rows
 */
export function table(titles, rows) {
  const [ours] = Object.keys(titles);
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...Object.values(titles)]),
    line(['---', ...Object.keys(titles).map(() => '---:')]),
    ...rows.map(({ what, cells }) =>
      line([what, ...Object.keys(titles).map((who) => show(cells[who], cells[ours]))]),
    ),
  ].join('\n');
}

/**
 * A text with something else between the markers of a place.
 *
 * @param {string} text
 * @param {string} content
 * @param {string} place
 * @param {string} name of the file, for the error
 */
export function between(text, content, place, name) {
  const [first, last] = [`<!-- ${place} -->`, `<!-- /${place} -->`];
  const [start, end] = [text.indexOf(first), text.indexOf(last)];
  if (start < 0 || end < start) {
    console.error(
      `${name} has no ${first} with a ${last} after it: there is no place for the figures.`,
    );
    process.exit(1);
  }
  return `${text.slice(0, start + first.length)}\n${content}\n${text.slice(end)}`;
}
