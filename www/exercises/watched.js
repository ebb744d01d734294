/**
 * What was seen of a lesson's run since its first step: goals are about whole runs, and a run that began before
 * the page looked, or from weights of a file, is not one.
 *
 * Knows a lesson by its documented members and events.
 *
 * @module
 */

import { PACE } from '../lessons/manifest.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {TapeShown} from '../lesson/run.js' */
/** @import {Options, State} from '../worker/protocol.js' */

/** So many losses are kept: no goal asks for more. */
const MOST = 1000;

export class Watched {
  /** The latest state. @type {State | null} */
  state = null;
  /** The options of the first step; null: that was not seen. @type {Options | null} */
  began = null;
  /** Options that changed on the way. @type {Set<string>} */
  changed = new Set();
  /** The losses of a run that was seen whole, its first ones. @type {number[]} */
  losses = [];
  /** Evaluations of this run. @type {Array<{step: number, accuracy: number}>} */
  evaluations = [];
  /** @type {TapeShown | null} */
  tape = null;
  /** Answers of goals' looks into this run, by exercise. @type {Map<string, {step: number, value: number}>} */
  looked = new Map();
  #run = -1;
  /** The run whose weights were seen before their first step, untrained. */
  #untrained = -1;

  /**
   * @param {UnrollLesson} lesson
   * @param {() => void} changed  called after everything that was seen
   */
  constructor(lesson, changed) {
    const see = () => {
      const { state } = lesson;
      if (state.run !== undefined) this.#see(state);
    };
    lesson.addEventListener('unroll-ready', () => {
      see();
      changed();
    });
    lesson.addEventListener('unroll-state', ({ detail }) => {
      this.#see(detail);
      changed();
    });
    lesson.addEventListener('unroll-metrics', ({ detail }) => {
      if (detail.firstStep === 1) this.#begin(detail.state);
      this.#see(detail.state);
      this.#take(detail.firstStep - 1, detail.losses);
      changed();
    });
    lesson.addEventListener('unroll-evaluation', ({ detail }) => {
      if (detail.counts) this.evaluations.push({ step: detail.step, accuracy: detail.accuracy });
      changed();
    });
    lesson.addEventListener('unroll-tape', ({ detail }) => {
      this.tape = detail;
      changed();
    });
    this.tape = lesson.tape;
    see();
  }

  /** Whether the run was seen from its first step on. */
  get whole() {
    return this.began !== null;
  }

  /** @param {State} state  after the first steps */
  #begin(state) {
    this.#fresh(state);
    // Weights of a file are trained, whatever the number of the step.
    this.began = this.#untrained === state.run ? { ...state.options } : null;
  }

  /** @param {State} state */
  #see(state) {
    if (state.run !== this.#run) this.#fresh(state);
    if (state.step === 0 && state.untrained) this.#untrained = state.run;
    this.state = state;
    if (!this.began || state.step === 0) return;
    for (const [name, value] of Object.entries(this.began))
      if (!PACE.has(name) && state.options[/** @type {keyof Options} */ (name)] !== value)
        this.changed.add(name);
  }

  /** @param {number} before  steps before the first of them @param {Float32Array} losses */
  #take(before, losses) {
    if (!this.began || before >= MOST) return;
    // After a recovery steps come again.
    this.losses.length = Math.min(this.losses.length, before);
    while (this.losses.length < before) this.losses.push(Number.NaN);
    for (const loss of losses) if (this.losses.length < MOST) this.losses.push(loss);
  }

  /** @param {State} state */
  #fresh(state) {
    this.#run = state.run;
    this.began = null;
    this.changed = new Set();
    this.losses = [];
    this.evaluations = [];
    this.looked = new Map();
  }
}
