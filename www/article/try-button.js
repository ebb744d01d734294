/**
 * A button of an article, and what became of pressing it. It outlives the language: a text in another
 * one shows the same button, which may be at work.
 *
 * At most one button of a lesson is at work; another that is pressed stops it first.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';
import { isLoaded } from '../lesson/loaded.js';
import { faultText, textsOf } from '../texts/index.js';
import { UnrollError, asUnrollError, wasEnded } from '../worker/fault.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Language} from '../texts/index.js' */
/** @import {Fault} from '../worker/protocol.js' */
/** @import {Try} from './types.js' */

/** Members whose effect is a trained run. */
const TRAINING = ['pause', 'set', 'reset', 'step'];
/** Between two looks at whether the run still plays, in milliseconds. */
const LOOK = 50;

/** @typedef {Try['actions']} Actions */

/** What belongs to a lesson. @type {WeakMap<UnrollLesson, Tries>} */
const allTries = new WeakMap();

/**
 * @typedef {object} Tries
 * @property {Map<string, TryButton>} buttons
 * @property {TryButton | null} working
 * @property {{training: string, standing: string} | null} trained  the last training that a button did, and the state it left the run in
 */

/** @param {UnrollLesson} lesson @returns {Tries} */
function triesOf(lesson) {
  const tries = allTries.get(lesson) ?? { buttons: new Map(), working: null, trained: null };
  allTries.set(lesson, tries);
  return tries;
}

export class TryButton {
  /** @type {'untried' | 'working' | 'shown' | 'stopped' | 'failed'} */
  #status = 'untried';
  /** @type {Fault | null} */
  #fault = null;
  #lesson;
  #press = make('button', { type: 'button', onclick: () => this.#pressed() });
  #says = make('p');
  element = make('li', {}, this.#press, this.#says);
  /** @type {Try} */
  #what = { label: '', actions: [] };
  /** @type {Language} */
  #language = 'en';
  /** What it shows something in. @type {string | undefined} */
  #figure;

  /** @param {UnrollLesson} lesson */
  constructor(lesson) {
    this.#lesson = lesson;
  }

  /** A lesson's button, the same at every call. @param {UnrollLesson} lesson @param {string} key */
  static of(lesson, key) {
    const { buttons } = triesOf(lesson);
    const button = buttons.get(key) ?? new TryButton(lesson);
    buttons.set(key, button);
    return button;
  }

  /** @param {Try} what @param {Language} language @param {string} [figure]  what it shows something in */
  build(what, language, figure) {
    this.#what = what;
    this.#figure = figure;
    this.#language = language;
    write(this.#press, what.label);
    this.#tell();
    return this;
  }

  #tell() {
    const text = textsOf(this.#language);
    const words = {
      untried: this.#what.claim ?? '',
      working: text('try-running'),
      shown: this.#what.claim ?? '',
      stopped: text('try-stopped'),
      failed: this.#fault ? faultText(this.#language, this.#fault) : '',
    };
    write(this.#says, words[this.#status]);
    if (this.#status === 'working') this.#press.setAttribute('aria-disabled', 'true');
    else this.#press.removeAttribute('aria-disabled');
  }

  async #pressed() {
    const tries = triesOf(this.#lesson);
    if (this.#status === 'working') return;
    const before = tries.working;
    tries.working = this;
    this.#become('working');
    try {
      if (before) await stop(this.#lesson);
      await this.#do(tries, this.#what.actions);
      this.#become('shown');
    } catch (error) {
      this.#fault = asUnrollError(error).fault;
      // What somebody stopped is no fault, and no claim either.
      this.#become(wasEnded(error) ? 'stopped' : 'failed');
    } finally {
      if (tries.working === this) tries.working = null;
      this.#lesson.announce(this.#says.textContent ?? '');
    }
  }

  /** @param {TryButton['status']} status */
  #become(status) {
    this.#status = status;
    this.#tell();
  }

  get status() {
    return this.#status;
  }

  /**
   * The same training ends in the same state, so a run that still stands where this training left it is
   * not trained again.
   *
   * @param {Tries} tries
   * @param {Actions} actions
   */
  async #do(tries, actions) {
    const lesson = this.#lesson;
    await lesson.ready;
    const steps = actions.filter(([member]) => TRAINING.includes(member));
    // What is there to be watched is done every time.
    const repeats = actions.some(([member]) => member === 'watch');
    const begins = steps.some(([member]) => member === 'reset');
    const training = begins && !repeats ? JSON.stringify(steps) : '';
    const { trained } = tries;
    const stands =
      training !== '' && trained?.training === training && trained.standing === standing(lesson);
    // What follows is to be seen, if no action brings it into view.
    if (this.#figure && !actions.some(([member]) => member === 'figure'))
      await lesson.figure(this.#figure, {});
    for (const action of actions) {
      const [member, ...args] = action;
      // Another button was pressed: what this one was for is not shown.
      if (tries.working !== this) throw superseded();
      if (stands && TRAINING.includes(member)) continue;
      if (member === 'watch') await this.#watch(tries, Number(args[0]));
      else if (member === 'trained') await haveTrained(lesson);
      else await /** @type {any} */ (lesson)[member](...args);
    }
    if (tries.working !== this) throw superseded();
    if (training) tries.trained = { training, standing: standing(lesson) };
  }

  /**
   * Plays to the end of the epoch at a pace that can be followed; whoever pauses ends it.
   *
   * @param {Tries} tries
   * @param {number} speed  steps a second
   */
  async #watch(tries, speed) {
    const lesson = this.#lesson;
    const before = lesson.state.options.speed;
    await lesson.set({ speed });
    try {
      await lesson.play();
      while (lesson.state.running && tries.working === this)
        await new Promise((resolve) => setTimeout(resolve, LOOK));
      if (!lesson.state.finished) throw cutShort('stopped', 'It was stopped before it was done.');
    } finally {
      await lesson.set({ speed: before });
    }
  }
}

/** @param {string} code @param {string} message */
function cutShort(code, message) {
  return new UnrollError({ code, message, detail: {} });
}

function superseded() {
  return cutShort('superseded', 'Another button was pressed.');
}

/** The weights that came with the page are there again, if somebody trained or forgot them. @param {UnrollLesson} lesson */
async function haveTrained(lesson) {
  if (isLoaded(lesson.state)) return;
  await lesson.forget();
  await lesson.ready;
}

/** Ends what another button began. @param {UnrollLesson} lesson */
async function stop(lesson) {
  await Promise.allSettled([lesson.pause(), lesson.stopComparison()]);
}

/** @param {UnrollLesson} lesson */
function standing({ state, losses }) {
  return JSON.stringify([state.options, state.seed, state.run, state.step, losses.at(-1)]);
}
