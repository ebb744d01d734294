/**
 * The tour's stops, in the order of the page. Their words are in `en.js` and `zh.js`.
 *
 * @module
 */

/**
 * `lesson` with `figure`: a figure of a lesson; `section`: anything else on the page.
 *
 * @typedef {{id: string, lesson?: 'sin-cos' | 'mnist', figure?: string, section?: string}} Stop
 */

/** @type {Stop[]} */
export const STOPS = [
  { id: 'reader', section: '.hero' },
  { id: 'unrolled', lesson: 'sin-cos', figure: 'unrolled' },
  { id: 'wave', lesson: 'sin-cos', figure: 'wave' },
  { id: 'memory', lesson: 'sin-cos', figure: 'memory' },
  { id: 'state-modes', lesson: 'sin-cos', figure: 'state-modes' },
  { id: 'free-run', lesson: 'sin-cos', figure: 'free-run' },
  { id: 'belief-tape', lesson: 'mnist', figure: 'belief-tape' },
  { id: 'inside', lesson: 'mnist', figure: 'inside' },
  { id: 'gates', lesson: 'mnist', figure: 'gates' },
  { id: 'gradient-flow', lesson: 'mnist', figure: 'gradient-flow' },
  { id: 'mistakes', lesson: 'mnist', figure: 'mistakes' },
  { id: 'exercises', section: '#exercises' },
];

/** @typedef {{stops: Record<string, {title: string, words: string}>, words: Record<string, string>}} TourTexts */
