/**
 * The tour: a card that goes from stop to stop through the page, can be left at any of them, and be taken up again
 * there, also at the next visit.
 *
 * @module
 */

import { Card } from '../guide/card.js';
import { make, write } from '../lesson/dom.js';
import { left } from './left.js';
import { STOPS } from './stops.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Language} from '../texts/index.js' */
/** @import {TourTexts} from './stops.js' */

const CALM = '(prefers-reduced-motion: reduce)';

/** @param {Language} language @returns {Promise<{texts: TourTexts}>} */
const load = (language) => (language === 'zh' ? import('./zh.js') : import('./en.js'));

export class Tour {
  #back = make('button', { type: 'button', onclick: () => this.#go(left.value - 1) });
  #next = make('button', { type: 'button', class: 'main', onclick: () => this.#forward() });
  #leave = make('button', { type: 'button', onclick: () => this.#card.close() });
  #card;
  /** @type {TourTexts | null} */
  #texts = null;
  /** @type {Language} */
  #language = 'en';

  /** @param {(byReader: boolean) => void} ended  it is left, over, or another card took its place */
  constructor(ended) {
    this.#card = new Card({
      spoken: true,
      buttons: [this.#back, this.#next, this.#leave],
      closed: ended,
    });
  }

  /** @param {Language} language */
  async speak(language) {
    this.#language = language;
    const { texts } = await load(language);
    if (this.#language !== language) return;
    this.#texts = texts;
    this.#tell();
  }

  /** Begins, or goes on where it was left. */
  open() {
    this.#card.open();
    this.#go(Math.min(left.value, STOPS.length - 1));
    this.#next.focus({ preventScroll: true });
  }

  #forward() {
    const next = left.value + 1;
    if (next < STOPS.length) return this.#go(next);
    left.forget();
    this.#card.close();
  }

  /** @param {number} stop */
  #go(stop) {
    if (stop < 0) return;
    left.keep(stop);
    this.#tell();
    show(stop);
  }

  #tell() {
    if (!this.#texts) return;
    const { stops, words } = this.#texts;
    const stop = left.value;
    const { title = '', words: said = '' } = stops[STOPS[stop]?.id ?? ''] ?? {};
    const where = (words.where ?? '')
      .replace('{stop}', String(stop + 1))
      .replace('{count}', String(STOPS.length));
    this.#card.say({ label: words.label ?? '', title, where, words: said });
    write(this.#back, words.back ?? '');
    write(this.#next, (stop < STOPS.length - 1 ? words.next : words.finish) ?? '');
    write(this.#leave, words.leave ?? '');
    // Not disabled: a button that is would lose the focus.
    this.#back.setAttribute('aria-disabled', String(stop === 0));
    this.#leave.hidden = stop === STOPS.length - 1;
  }
}

/** Brings a stop into view. @param {number} stop */
function show(stop) {
  const { lesson, figure, section } = STOPS[stop] ?? {};
  if (section) {
    const behavior = matchMedia(CALM).matches ? 'auto' : 'smooth';
    document.querySelector(section)?.scrollIntoView({ block: 'start', behavior });
  } else if (lesson && figure) {
    const element = /** @type {UnrollLesson | null} */ (
      document.querySelector(`unroll-lesson[lesson="${lesson}"]`)
    );
    // It goes there as everything else does; a figure that is not there is no stop.
    element?.figure(figure).catch(() => {});
  }
}
