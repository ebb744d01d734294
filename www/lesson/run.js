/**
 * What came of a run, and what a person did with it: losses, segments, evaluations, comparisons, the
 * pad, kept runs, and what each figure was told to show.
 *
 * An element owns one Run for as long as its lesson stays. Figures read it and can be thrown away and
 * built again at any moment; only the element, and the pad's reader, write to it. A fresh run clears
 * what belongs to the run before: losses, segments, accuracies, log, evaluation. Comparisons, the pad,
 * kept runs and views outlive it. There is no DOM in this file.
 *
 * @module
 */

import { Kept } from './kept.js';
import { Losses } from './losses.js';
import { SegmentHistory } from './segment-history.js';

/** @import {Trained} from '../lessons/manifest.js' */
/** @import {Kind} from './kept.js' */
/** @import {Choice, Comparison, Digit, DrawingPrediction, Evaluation, Fault, Metrics, Options, Prediction, State, Strokes, WorkerEvent} from '../worker/protocol.js' */

/** What can change, as `watch` names it. @typedef {'state' | 'losses' | 'accuracies' | 'evaluation' | 'comparison' | 'reading' | 'pad' | 'kept' | 'backend' | 'serves' | 'progress' | 'notice' | 'fresh' | 'data' | 'remembered'} Topic */

/**
 * An evaluation of the run by itself, as the curve shows it.
 *
 * @typedef {{step: number, accuracy: number, loss: number, images: number, synthetic: boolean}} Accuracy
 */

/** A line of the tutorial's log: `loss` is the training loss of that step. @typedef {{step: number, epoch: number, loss: number | null, accuracy: number}} LogLine */

/**
 * Runs side by side. `norms` are the gradient norms that were looked at, each after so many steps.
 *
 * @typedef {object} Compared
 * @property {Array<Partial<Options>>} variants  in what each run differs from the lesson's own
 * @property {number} steps                      that each run is to do
 * @property {number} step                       that each run has done
 * @property {Array<{losses: number[], norms: Array<{step: number, norms: Float32Array}>, accuracy?: number | null}>} runs  `accuracy` on test images, at the end
 * @property {'running' | 'done' | 'stopped' | 'failed'} status
 * @property {number} seed                       of all of them
 * @property {Partial<Options>} options          of all of them, except for the variants
 */

/** What the network makes of what is on the pad; `image` if that is a test image. @typedef {DrawingPrediction & {image?: Digit}} Reading */

/**
 * What the belief tape shows: a digit, perhaps with blank rows, and what the network makes of it.
 *
 * @typedef {object} TapeShown
 * @property {number | null} index  the test image, if it is one
 * @property {number | null} label  which digit it is, if it is a test image
 * @property {number[]} blank       rows that are blank, from 1
 * @property {Prediction} reading   of what is shown
 * @property {Prediction} whole     of the same digit with all its rows
 */

/** What lies on the pad: strokes, or an image in their place. @typedef {{strokes: Strokes, image: Digit | null}} Pad */

/** What a person has to be told, and what it is about: `notice.js` shows it. @typedef {{fault: Fault, cause: 'start' | 'run' | 'recovery' | 'data' | 'backend' | 'request'}} Notice */

/**
 * What is remembered of a Run from one visit to the next: plain data.
 *
 * @typedef {object} Memory
 * @property {Float32Array} losses
 * @property {number} stride                   steps of each loss
 * @property {Accuracy[]} accuracies
 * @property {LogLine[]} log
 * @property {Evaluation | null} evaluation
 * @property {Pad} pad
 * @property {import('./kept.js').KeptRun[]} kept
 * @property {{first: number, segments: import('../worker/protocol.js').Segments} | null} segments  the last ones
 * @property {Array<[string, Compared]>} comparisons
 */

/** Whether the run is remembered: `restored`, from the last visit; or why it is not. @typedef {{status: 'restored' | 'unavailable' | 'elsewhere' | 'full', step: number}} Remembered */

/** Segments that are remembered. */
const REMEMBERED = 200;
/** Lines of the log that are kept. */
const LINES = 200;

export class Run {
  /** The last state that came. @type {State | null} */
  state = null;
  /** The backend that serves, and why. @type {Choice | null} */
  choice = null;
  /** Whether a worker answers. */
  serves = false;
  /** The weights that came with the page, while the run is as it began with them. @type {Trained | null} */
  trained = null;
  /** What is being loaded while the lesson starts. @type {Extract<WorkerEvent, {event: 'progress'}> | null} */
  progress = null;
  /** @type {Notice | null} */
  notice = null;
  /** @type {Remembered | null} */
  remembered = null;
  /** sin-cos: the segments that training went through. */
  segments = new SegmentHistory();
  /** Every evaluation of the run by itself: the curve. @type {Accuracy[]} */
  accuracies = [];
  /** The latest evaluation: confusion, mistakes, the first ten. @type {Evaluation | null} */
  evaluation = null;
  /** The last lines of the log. @type {LogLine[]} */
  log = [];
  /** The name of the comparison under way. @type {string | null} */
  comparing = null;
  /** @type {Pad} */
  pad = { strokes: [], image: null };
  /** What the network makes of what is on the pad. @type {Reading | null} */
  reading = null;
  /** What lay on the pad when it was read. @type {Pad | null} */
  padRead = null;
  /** What the belief tape shows. @type {TapeShown | null} */
  tape = null;

  #losses = new Losses();
  #runs = new Kept();
  /** @type {Map<string, Compared>} */
  #comparisons = new Map();
  /** Comparisons that are not answered yet, by the id of their request. @type {Map<number, {name: string, compared: Compared}>} */
  #underWay = new Map();
  /** @type {Map<string, Record<string, unknown>>} */
  #views = new Map();
  /** How often each topic has changed. @type {Map<Topic, number>} */
  #changes = new Map();

  // For figures

  /** Every step's loss so far; after a million steps the means of `stride` steps. A view: not to be kept. */
  get losses() {
    return this.#losses.losses;
  }

  /** Steps of each loss. */
  get stride() {
    return this.#losses.stride;
  }

  /**
   * The latest comparison of that name, perhaps under way.
   *
   * @param {string} name
   * @returns {Compared | null}
   */
  comparison(name) {
    return this.#comparisons.get(name) ?? null;
  }

  /** Runs that somebody kept, at most `MOST` of kept.js. */
  get kept() {
    return this.#runs.all;
  }

  /** What this run is like: what differs from the kept ones is its name. @returns {Kind | null} null before the first state */
  get kind() {
    return this.state && this.#runs.kindOf(this.state);
  }

  /** Keeps the losses of this run, to be held against later ones. @returns {boolean} whether there was room, and a loss to keep */
  keep() {
    const kept = this.state !== null && this.#runs.keep(this.state, this);
    if (kept) this.#changed('kept');
    return kept;
  }

  /** @param {import('./kept.js').KeptRun} run one of `kept` */
  removeKept(run) {
    this.#runs.remove(run);
    this.#changed('kept');
  }

  /**
   * What a figure was told to show. The same object at every call, for as long as the Run lives; the
   * figure changes it in place.
   *
   * @template {Record<string, unknown>} T
   * @param {string} name the figure's
   * @param {T} defaults  what it shows before anybody chose anything
   * @returns {T}
   */
  view(name, defaults) {
    const view = this.#views.get(name) ?? {};
    this.#views.set(name, view);
    for (const [key, value] of Object.entries(defaults)) if (!(key in view)) view[key] = value;
    return /** @type {T} */ (view);
  }

  /**
   * Whether any of these changed since the returned function was last called; true at its first call.
   *
   * @param {...Topic} topics
   * @returns {() => boolean}
   */
  watch(...topics) {
    let seen = -1;
    return () => {
      const now = topics.reduce((sum, topic) => sum + (this.#changes.get(topic) ?? 0), 0);
      const changed = now !== seen;
      seen = now;
      return changed;
    };
  }

  // For the element

  /**
   * Takes the core's state. One of a later run clears what belongs to the run before, one that has gone
   * back (a recovery from a checkpoint) forgets what came after it.
   *
   * @param {State} state
   * @returns {boolean} false if it is late, from a run that is over: then nothing changes
   */
  takeState(state) {
    if (this.state && state.run < this.state.run) return false;
    const before = this.state;
    this.state = state;
    this.#runs.note(state, before);
    if (before && state.run > before.run) this.#fresh();
    this.#cut(state.step);
    this.#changed('state');
    if (JSON.stringify(before?.data) === JSON.stringify(state.data)) return true;
    if (before?.data && state.data && !sameDigits(before.data, state.data)) this.otherDigits();
    else this.#changed('data');
    return true;
  }

  /** @param {Metrics} metrics @returns {boolean} as `takeState` */
  takeMetrics({ firstStep, losses, segments, state }) {
    if (!this.takeState(state)) return false;
    this.#cutLosses(firstStep - 1);
    this.#losses.add(firstStep - 1, losses);
    if (segments && segments.lengths.length > 0) this.segments.add(firstStep, segments);
    this.#changed('losses');
    return true;
  }

  /**
   * The latest is what the figures show, whoever asked; a point of the curve and a line of the log are only those that
   * count.
   *
   * @param {Pick<Extract<WorkerEvent, {event: 'evaluation'}>, 'evaluation' | 'state' | 'counts'>} event
   * @returns {boolean} as `takeState`
   */
  takeEvaluation({ evaluation, state, counts }) {
    if (!this.takeState(state)) return false;
    this.evaluation = evaluation;
    this.#changed('evaluation');
    if (!counts) return true;
    const { step, accuracy, loss, images, epoch, trainLoss } = evaluation;
    const synthetic = state.data?.synthetic ?? false;
    this.accuracies = this.accuracies.filter((other) => other.step < step);
    this.accuracies.push({ step, accuracy, loss, images, synthetic });
    this.log = [
      ...this.log.filter((line) => line.step < step),
      { step, epoch, loss: trainLoss, accuracy },
    ].slice(-LINES);
    this.#changed('accuracies');
    return true;
  }

  /**
   * A comparison was asked for. If another one is under way, the core ends and answers that.
   *
   * @param {number} id of its request
   * @param {string} name
   * @param {{variants: Array<Partial<Options>>, steps: number}} what
   */
  beginComparison(id, name, { variants, steps }) {
    /** @type {Compared} */
    const compared = {
      variants,
      steps,
      step: 0,
      runs: variants.map(() => ({ losses: [], norms: [] })),
      status: 'running',
      seed: this.state?.seed ?? 0,
      options: { ...this.state?.options },
    };
    this.#comparisons.set(name, compared);
    this.#underWay.set(id, { name, compared });
    this.comparing = name;
    this.#changed('comparison');
  }

  /**
   * What came of a comparison. One that was asked again on another worker begins again at its first step.
   *
   * @param {Comparison} event
   */
  takeComparison({ id, first, step, runs }) {
    const compared = this.#underWay.get(id)?.compared;
    if (!compared) return;
    compared.step = step;
    for (const [k, { losses, norms, accuracy }] of runs.entries()) {
      const run = compared.runs[k];
      if (!run) continue;
      run.losses.length = Math.min(run.losses.length, first - 1);
      for (const loss of losses) run.losses.push(loss);
      run.accuracy = accuracy;
      if (!norms) continue;
      const from = Math.min(first, step);
      run.norms = [...run.norms.filter((other) => other.step < from), { step, norms }];
    }
    this.#changed('comparison');
  }

  /**
   * @param {number} id of its request
   * @param {'done' | 'stopped' | 'failed'} status
   */
  endComparison(id, status) {
    const ended = this.#underWay.get(id);
    if (!ended) return;
    this.#underWay.delete(id);
    if (ended.compared.status === 'running') ended.compared.status = status;
    const [next] = [...this.#underWay.values()].filter(
      ({ compared }) => compared.status === 'running',
    );
    this.comparing = next?.name ?? null;
    this.#changed('comparison');
  }

  /** Other digits are read from now on: what showed the ones before is out of date. */
  otherDigits() {
    this.evaluation = null;
    this.accuracies = [];
    this.log = [];
    if (this.pad.image) this.placeOnPad({ strokes: [], image: null });
    this.#changed('data', 'evaluation', 'accuracies');
  }

  /** @param {Pad} pad */
  placeOnPad(pad) {
    this.pad = pad;
    this.#changed('pad');
  }

  /** @param {Reading | null} reading @param {Pad} pad  what was read */
  takeReading(reading, pad) {
    this.reading = reading;
    this.padRead = pad;
    this.#changed('reading');
  }

  /** @param {Choice | null} choice */
  takeChoice(choice) {
    this.choice = choice;
    this.#changed('backend');
  }

  /** @param {boolean} serves */
  setServes(serves) {
    if (serves === this.serves) return;
    this.serves = serves;
    this.#changed('serves');
  }

  /** @param {Run['progress']} progress */
  setProgress(progress) {
    this.progress = progress;
    this.#changed('progress');
  }

  /** @param {Notice | null} notice */
  setNotice(notice) {
    this.notice = notice;
    this.#changed('notice');
  }

  /** @param {Remembered | null} remembered */
  setRemembered(remembered) {
    this.remembered = remembered;
    this.#changed('remembered');
  }

  /** @returns {Memory} */
  remember() {
    const { accuracies, log, evaluation, pad } = this;
    return {
      losses: this.losses.slice(),
      stride: this.stride,
      accuracies,
      log,
      evaluation,
      pad,
      kept: this.kept,
      segments: this.segments.tail(REMEMBERED),
      comparisons: [...this.#comparisons],
    };
  }

  /**
   * Takes what was remembered, before the first state comes; that one says how far it holds.
   *
   * @param {Memory} memory
   */
  recall({ losses, stride, accuracies, log, evaluation, pad, kept, segments, comparisons }) {
    const history = new SegmentHistory();
    if (segments) history.add(segments.first, segments.segments);
    const compared = new Map(comparisons);
    // What was under way ended with the page.
    for (const one of compared.values()) if (one.status === 'running') one.status = 'stopped';
    this.#losses.recall({ losses, stride });
    Object.assign(this, { accuracies, log, evaluation, segments: history });
    // What somebody put there meanwhile stays.
    if (this.pad.strokes.length === 0 && !this.pad.image) this.pad = pad;
    this.#runs.all = kept;
    this.#comparisons = compared;
    this.#changed('losses', 'accuracies', 'evaluation', 'pad', 'kept', 'comparison');
  }

  #fresh() {
    this.#losses.clear();
    this.segments = new SegmentHistory();
    this.accuracies = [];
    this.log = [];
    this.evaluation = null;
    if (this.remembered?.status === 'restored') this.setRemembered(null);
    this.#changed('fresh', 'losses', 'accuracies', 'evaluation');
  }

  /** Forgets what came after `step`. @param {number} step */
  #cut(step) {
    this.#cutLosses(step);
    if (this.accuracies.some((point) => point.step > step)) {
      this.accuracies = this.accuracies.filter((point) => point.step <= step);
      this.log = this.log.filter((line) => line.step <= step);
      this.#changed('accuracies');
    }
    if (this.evaluation && this.evaluation.step > step) {
      this.evaluation = null;
      this.#changed('evaluation');
    }
  }

  /** @param {number} step */
  #cutLosses(step) {
    if (this.#losses.steps <= step && this.segments.last <= step) return;
    this.#losses.cut(step);
    this.segments.keep(step);
    this.#changed('losses');
  }

  /** @param {...Topic} topics */
  #changed(...topics) {
    for (const topic of topics) this.#changes.set(topic, (this.#changes.get(topic) ?? 0) + 1);
  }
}

/** @param {NonNullable<State['data']>} a @param {NonNullable<State['data']>} b */
function sameDigits(a, b) {
  return a.synthetic === b.synthetic && a.train === b.train && a.test === b.test;
}
