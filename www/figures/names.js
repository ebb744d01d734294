/**
 * What figures are called, and what they were called before. Former names go on working: in `show` and `hide`, in
 * `figure()`, as parts and as slots.
 *
 * @module
 */

/** What `show` and `hide` can name, in all lessons together. */
export const NAMES = [
  'controls',
  'backend',
  'status',
  'credit',
  'settings',
  'unrolled',
  'wave',
  'loss',
  'accuracy',
  'architecture',
  'log',
  'sample',
  'first-ten',
  'drawing',
  'belief-tape',
  'inside',
  'gates',
  'gradient-flow',
  'mistakes',
  'scan-order',
  'memory',
  'state-modes',
  'free-run',
  'output-layer',
  'code',
  'weights',
];

/** @type {Readonly<Record<string, string>>} former name to name */
const FORMER = {
  chart: 'wave',
  modes: 'state-modes',
  free: 'free-run',
  output: 'output-layer',
  tape: 'belief-tape',
  cells: 'gradient-flow',
  examples: 'first-ten',
  scan: 'scan-order',
};

const CURRENT = Object.entries(FORMER);
/** Figures whose parts have one name: those of the belief tape are called after its picture, the tape. */
const SAME_PARTS = ['wave', 'first-ten', 'belief-tape'];

/** A figure's name, whatever it is called by. @param {string} name */
export function figureName(name) {
  return Object.hasOwn(FORMER, name) ? (FORMER[name] ?? name) : name;
}

/** A figure's name and, after it, its former one. @param {string} name */
export function allNames(name) {
  return [name, ...CURRENT.filter(([, now]) => now === name).map(([former]) => former)];
}

/**
 * The `part` attribute of something in a figure: `gradient-flow-stop` is also `cells-stop`.
 *
 * @param {string} part
 */
export function partNames(part) {
  const former = CURRENT.filter(
    ([, now]) => part === now || (!SAME_PARTS.includes(now) && part.startsWith(`${now}-`)),
  );
  return [part, ...former.map(([name, now]) => name + part.slice(now.length))].join(' ');
}
