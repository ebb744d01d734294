/**
 * What every part of a lesson is given, and what it gives back.
 *
 * A part builds its elements once and is told what happened; it asks nothing but through `host`.
 *
 * @module
 */

/** @import {UnrollLesson} from './unroll-lesson.js' */
/** @import {Texts, Language} from '../texts/index.js' */
/** @import {Choice, Comparison, DrawingPrediction, Evaluation, Fault, Lesson, Metrics, State} from '../worker/protocol.js' */

/** What the network makes of what is on the pad; `name` where that is no drawing. @typedef {DrawingPrediction & {name?: string}} Reading */

/**
 * @typedef {object} Context
 * @property {UnrollLesson} host
 * @property {Lesson} lesson
 * @property {Language} language
 * @property {Texts} text
 * @property {(work: Promise<unknown>) => void} attempt  shows the fault of what was asked for, if any
 * @property {(reading: Reading | null) => void} drawingRead  tells every part what the network makes of the drawing; null: there is none
 */

/**
 * @typedef {object} Part
 * @property {HTMLElement} element
 * @property {(state: State) => void} [state]              the core's state changed
 * @property {(metrics: Metrics) => void} [metrics]        steps were done
 * @property {(evaluation: Evaluation, state: State) => void} [evaluation]
 * @property {(comparison: Comparison) => void} [comparison]  runs side by side did steps
 * @property {(choice: Choice) => void} [backend]
 * @property {() => void} [fresh]                          another run began
 * @property {() => void} [ready]                          the worker serves
 * @property {(what: Record<string, unknown>) => void} [figure]  shows what a text is about
 * @property {(reading: Reading | null) => void} [drawingRead]  as the context's
 * @property {() => void} [draw]                           a frame is due; called only while the part is in or near the view
 */

export {};
