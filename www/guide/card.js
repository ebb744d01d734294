/**
 * A small card at the edge of the window that goes with the reader through the page: a stop of the tour, or the
 * exercise at hand. There is one at a time. It is not modal, and what it says leaves the page as it is.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';

/** Around the card, in pixels. */
const EDGE = 24;

/** @type {Card | null} */
let shown = null;

/** Leaves room at the lower edge, for the end of the page and for a lesson's settings. @param {number} height */
function room(height) {
  const { style } = document.documentElement;
  if (height > 0) style.setProperty('--unroll-below', `${height}px`);
  else style.removeProperty('--unroll-below');
}

export class Card {
  #heading = make('p', { class: 'guide-heading' });
  #title = make('span', { class: 'guide-title' });
  #where = make('span', { class: 'guide-where' });
  #words = make('p', { class: 'guide-words' });
  #said = make('div', { class: 'guide-said' }, this.#heading, this.#words);
  #buttons = make('div', { class: 'guide-buttons' });
  #closed;
  /** What lies at the window's lower edge comes to lie above the card. */
  #size = new ResizeObserver(() => room(this.element.offsetHeight + EDGE));
  element = make('aside', { class: 'guide' }, this.#said, this.#buttons);

  /**
   * @param {object} how
   * @param {boolean} how.spoken  whether its words change only when the reader asks for it: then they are said aloud
   * @param {HTMLButtonElement[]} how.buttons
   * @param {(byReader: boolean) => void} how.closed  by the reader, or because another card takes its place
   */
  constructor({ spoken, buttons, closed }) {
    this.#closed = closed;
    this.#heading.append(this.#title, ' ', this.#where);
    this.#buttons.append(...buttons);
    if (spoken) this.#said.setAttribute('aria-live', 'polite');
    this.element.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') this.close();
    });
  }

  /** @param {{label: string, title: string, where: string, words: string}} what */
  say({ label, title, where, words }) {
    this.element.setAttribute('aria-label', label);
    write(this.#title, title);
    write(this.#where, where);
    write(this.#words, words);
  }

  open() {
    if (shown === this) return;
    if (shown) shown.#end(false);
    shown = this;
    document.body.append(this.element);
    this.#size.observe(this.element);
    room(this.element.offsetHeight + EDGE);
  }

  close() {
    if (shown === this) this.#end(true);
  }

  /** @param {boolean} byReader */
  #end(byReader) {
    shown = null;
    this.#size.disconnect();
    room(0);
    this.element.remove();
    this.#closed(byReader);
  }
}
