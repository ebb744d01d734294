/**
 * What differs between two programs, line by line and then within a line.
 *
 * @module
 */

/** A line, and the part of it that the other program has not: `[from, to]`. @typedef {{line: string, from: number, to: number}} Changed */

/**
 * The lines of `program`, held against those of `original` by their longest common subsequence.
 *
 * @param {string} program
 * @param {string} original
 * @returns {Changed[]}
 */
export function changes(program, original) {
  const [lines, others] = [program.split('\n'), original.split('\n')];
  const common = commonLines(lines, others);
  /** @type {Changed[]} */
  const changed = [];
  let [i, j] = [0, 0];
  while (i < lines.length) {
    if (lines[i] === others[j]) {
      changed.push({ line: lines[i] ?? '', from: 0, to: 0 });
      [i, j] = [i + 1, j + 1];
      continue;
    }
    // The lines up to the next common one, and those in their place.
    const [from, since] = [i, j];
    while (i < lines.length && lines[i] !== others[j]) {
      if (j < others.length && common(i, j + 1) >= common(i + 1, j)) j += 1;
      else i += 1;
    }
    const replaced = others.slice(since, j);
    lines.slice(from, i).forEach((line, k, all) => {
      const other = replaced[k];
      // As many lines as before: each is another form of the one in its place. Otherwise they are new.
      const [start, end] =
        all.length === replaced.length && other !== undefined
          ? differing(line, other)
          : [line.length - line.trimStart().length, line.length];
      changed.push({ line, from: start, to: end });
    });
  }
  return changed;
}

/**
 * How many lines two programs have in common, from line i of the one and line j of the other on.
 *
 * @param {string[]} lines
 * @param {string[]} others
 */
function commonLines(lines, others) {
  const width = others.length + 1;
  const counts = new Uint16Array((lines.length + 1) * width);
  const common = (/** @type {number} */ i, /** @type {number} */ j) => counts[i * width + j] ?? 0;
  for (let i = lines.length - 1; i >= 0; i -= 1)
    for (let j = others.length - 1; j >= 0; j -= 1)
      counts[i * width + j] =
        lines[i] === others[j]
          ? common(i + 1, j + 1) + 1
          : Math.max(common(i + 1, j), common(i, j + 1));
  return common;
}

/**
 * Where `line` differs from `original`, in whole words: `[from, to]`. Where something is only missing,
 * the word before it.
 *
 * @param {string} line
 * @param {string} original
 * @returns {[number, number]}
 */
export function differing(line, original) {
  if (line === original) return [0, 0];
  const wordsOf = (/** @type {string} */ text) => text.match(/[\w.]+|\s+|[^\w\s]/g) ?? [];
  const [words, others] = [wordsOf(line), wordsOf(original)];
  const most = Math.min(words.length, others.length);
  let before = 0;
  while (before < most && words[before] === others[before]) before += 1;
  let after = 0;
  while (after < most - before && words.at(-1 - after) === others.at(-1 - after)) after += 1;
  if (before + after === words.length) before -= 1;
  const length = (/** @type {string[]} */ some) => some.join('').length;
  return [
    length(words.slice(0, Math.max(0, before))),
    line.length - length(after ? words.slice(-after) : []),
  ];
}
