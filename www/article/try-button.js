/**
 * A button of an article, and what became of pressing it. It outlives the language: a text in another
 * one shows the same button, which may be at work.
 *
 * At most one button of a lesson is at work; another that is pressed stops it first.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';
import { faultText, textsOf } from '../texts/index.js';
import { UnrollError, asUnrollError } from '../worker/fault.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Language} from '../texts/index.js' */
/** @import {Fault} from '../worker/protocol.js' */
/** @import {Try} from './types.js' */

/** Members whose effect is a trained run. */
const TRAINING = ['pause', 'set', 'reset', 'step'];
/** What somebody stopped: no fault, and no claim either. */
const STOPPED = ['stopped', 'superseded', 'closed', 'not-connected'];

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

  /** @param {Try} what @param {Language} language */
  build(what, language) {
    this.#what = what;
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
      const { code, fault } = asUnrollError(error);
      this.#fault = fault;
      this.#become(STOPPED.includes(code) ? 'stopped' : 'failed');
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
    const training = steps.some(([member]) => member === 'reset') ? JSON.stringify(steps) : '';
    const { trained } = tries;
    const stands =
      training !== '' && trained?.training === training && trained.standing === standing(lesson);
    for (const action of actions) {
      const [member, ...args] = action;
      // Another button was pressed: what this one was for is not shown.
      if (tries.working !== this) throw superseded();
      if (stands && TRAINING.includes(member)) continue;
      await /** @type {any} */ (lesson)[member](...args);
    }
    if (tries.working !== this) throw superseded();
    if (training) tries.trained = { training, standing: standing(lesson) };
  }
}

function superseded() {
  const message = 'Another button was pressed.';
  return new UnrollError({ code: 'superseded', message, detail: {} });
}

/** Ends what another button began. @param {UnrollLesson} lesson */
async function stop(lesson) {
  await Promise.allSettled([lesson.pause(), lesson.stopComparison()]);
}

/** @param {UnrollLesson} lesson */
function standing({ state, losses }) {
  return JSON.stringify([state.options, state.seed, state.run, state.step, losses.at(-1)]);
}
