/**
 * The events of a lesson and what each says, so that listeners know the type of `event.detail`.
 *
 * @module
 */

/** @import {Choice, Comparison, Evaluation, Fault, Metrics, State, WorkerEvent} from '../worker/protocol.js' */
/** @import {TapeShown} from './run.js' */

/** Steps were done; the state's numbers stand beside it as well. @typedef {Metrics & {step: number, epoch: number, loss: number | null, stepsPerSecond: number}} MetricsDetail */
/** `asked`: somebody asked for it; `counts`: it is a point of the accuracy curve. @typedef {Evaluation & {asked: boolean, counts: boolean}} EvaluationDetail */
/** `name` is what `compare` was given. @typedef {Comparison & {name: string | null}} ComparisonDetail */
/** @typedef {Extract<WorkerEvent, {event: 'progress'}>} ProgressDetail */

/**
 * What every event's `detail` is.
 *
 * @typedef {object} Details
 * @property {Choice} ready             a worker answers
 * @property {State} state              the state is another one: options, seed, a fresh run, a pause
 * @property {MetricsDetail} metrics    steps were done
 * @property {EvaluationDetail} evaluation
 * @property {ComparisonDetail} comparison
 * @property {TapeShown} tape            mnist: the belief tape shows another reading
 * @property {ProgressDetail} progress  something is being loaded
 * @property {Fault} error              something went wrong: once for every fault
 */

/** Without `unroll-`. @type {Array<keyof Details>} */
export const EVENTS = [
  'ready',
  'state',
  'metrics',
  'evaluation',
  'comparison',
  'tape',
  'progress',
  'error',
];

/** @typedef {{[K in keyof Details as `unroll-${K}`]: CustomEvent<Details[K]>}} LessonEventMap */

/**
 * @typedef {object} LessonEvents
 * @property {<K extends keyof LessonEventMap>(type: K, listener: (event: LessonEventMap[K]) => void, options?: boolean | AddEventListenerOptions) => void} addEventListener
 * @property {<K extends keyof LessonEventMap>(type: K, listener: (event: LessonEventMap[K]) => void, options?: boolean | EventListenerOptions) => void} removeEventListener
 */
