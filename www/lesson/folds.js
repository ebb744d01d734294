/**
 * Sections that are folded until somebody asks for them: a heading that opens them, and behind it nothing that asks the
 * network. The browser's own search looks behind them too, where it can.
 *
 * @module
 */

import { make } from './dom.js';

/** What is found by the browser's search. */
const UNTIL_FOUND = 'until-found';

/** A section that can be folded. @typedef {{element: HTMLElement, button: HTMLButtonElement}} Fold */

export class Folds {
  /** @type {Map<string, Fold>} */
  #folds = new Map();
  #view;
  #changed;

  /**
   * @param {{open: string[]}} view  the names of those that are open
   * @param {(name: string) => void} changed  one was opened or folded
   */
  constructor(view, changed) {
    this.#view = view;
    this.#changed = changed;
  }

  /** Which can be folded; all others are as they are. @param {Map<string, HTMLElement>} sections */
  set(sections) {
    for (const [name, { element, button }] of this.#folds) {
      if (sections.has(name)) continue;
      button.parentElement?.remove();
      element.classList.remove('foldable');
      show(element, true);
      this.#folds.delete(name);
    }
    for (const [name, element] of sections) {
      if (this.#folds.has(name)) continue;
      const title = element.querySelector('h3')?.textContent ?? name;
      const button = make(
        'button',
        {
          part: `${name}-fold`,
          type: 'button',
          onclick: () => this.#turn(name, !this.#isOpen(name)),
        },
        title,
      );
      element.prepend(make('h3', { class: 'fold' }, button));
      element.classList.add('foldable');
      element.addEventListener('beforematch', () => this.open(name));
      this.#folds.set(name, { element, button });
      this.#update(name);
    }
  }

  /** @param {string} name of any section */
  open(name) {
    if (this.#folds.has(name) && !this.#isOpen(name)) this.#turn(name, true);
  }

  /** Paper shows what is folded, too. @param {boolean} on */
  print(on) {
    for (const [name, { element }] of this.#folds) show(element, on || this.#isOpen(name));
  }

  /** @param {string} name */
  #isOpen(name) {
    return this.#view.open.includes(name);
  }

  /** @param {string} name @param {boolean} open */
  #turn(name, open) {
    const others = this.#view.open.filter((one) => one !== name);
    this.#view.open = open ? [...others, name] : others;
    this.#update(name);
    this.#changed(name);
  }

  /** @param {string} name */
  #update(name) {
    const fold = this.#folds.get(name);
    if (!fold) return;
    fold.button.setAttribute('aria-expanded', String(this.#isOpen(name)));
    show(fold.element, this.#isOpen(name));
  }
}

/** @param {HTMLElement} section @param {boolean} open */
function show(section, open) {
  section.classList.toggle('folded', !open);
  for (const part of section.querySelectorAll(':scope > .figure, :scope > .words')) {
    if (open) part.removeAttribute('hidden');
    else part.setAttribute('hidden', UNTIL_FOUND);
  }
}
