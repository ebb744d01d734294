/**
 * The shapes of exercises.
 *
 * @module
 */

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Actions} from '../article/try-button.js' */
/** @import {Watched} from './watched.js' */

/** @typedef {Record<string, number | string>} Values */

/**
 * What a goal says of a run. `says` and `because` are keys of the exercises' texts.
 *
 * @typedef {object} Verdict
 * @property {boolean} solved
 * @property {{key: string, values: Values} | null} says     how far it is
 * @property {{key: string, values: Values} | null} because  why it does not count
 */

/**
 * `look` asks the network something when the state alone does not tell; the answer is in `watched.looked`.
 *
 * @typedef {object} Goal
 * @property {(watched: Watched) => Verdict} judge
 * @property {(lesson: UnrollLesson) => Promise<number>} [look]
 */

/**
 * @typedef {object} Exercise
 * @property {string} id
 * @property {'sin-cos' | 'mnist' | 'reader'} where  which element of the page it is done with
 * @property {string} figure    what is in view at its start
 * @property {Actions} start    what Go there does
 * @property {Actions} solution what Do it for me does
 * @property {Goal} goal
 */

/** `task`, `hint` and `solution` are HTML with only `<em>`, `<strong>` and `<code>`. @typedef {{title: string, task: string, hint: string, solution: string}} Told */

/**
 * @typedef {object} ExerciseTexts
 * @property {Record<string, Told>} exercises  by id
 * @property {Record<string, string>} words
 */

export {};
