/**
 * Which parts of a stage are there, and what stands around them: no column without a figure in it, no controls where
 * nothing trains, and the article's text where it is wanted.
 *
 * @module
 */

import { isElsewhere } from './address.js';
import { Folds } from './folds.js';
import { AROUND, namesIn, readShown } from './shown.js';

import { NAMES } from '../figures/names.js';

/** @import {Told} from '../article/article.js' */
/** @import {Context, Figure} from '../figures/figure.js' */

/** @param {Element} element */
function nameOf(element) {
  return /** @type {HTMLElement} */ (element).dataset.group ?? '';
}

export class Arrangement {
  #context;
  #frame;
  #figures;
  /** Everything that has a name. */
  #parts;
  /** What is there. @type {Set<string>} */
  #names = new Set();
  /** Whether the article's text is wanted. */
  #hasText = false;
  #folds;

  /**
   * @param {Pick<Context, 'host' | 'run' | 'language' | 'attempt' | 'signal'>} context
   * @param {HTMLElement} frame  of the stage
   * @param {Figure[]} figures
   * @param {(figure: Figure) => void} opened  one was folded, or is no more
   */
  constructor(context, frame, figures, opened) {
    this.#context = context;
    this.#frame = frame;
    this.#figures = new Map(figures.map((figure) => [nameOf(figure.element), figure]));
    const view = context.run.view('folds', { open: /** @type {string[]} */ ([]) });
    this.#folds = new Folds(view, (name) => {
      const figure = this.#figures.get(name);
      figure?.unfold?.();
      if (figure) opened(figure);
    });
    // The settings stand before the figures, and are named after them.
    const parts = [...frame.querySelectorAll('[data-group]')];
    const isAside = (/** @type {Element} */ part) => Number(part.closest('.side') !== null);
    this.#parts = parts.toSorted((one, other) => isAside(one) - isAside(other));
  }

  /** The names that there are. */
  get known() {
    return this.#parts.map(nameOf);
  }

  /**
   * @param {string | null} show  as `readShown` takes them
   * @param {string | null} hide
   * @param {string | null} fold  names, separated by commas
   * @returns {string[]} names of nothing
   */
  set(show, hide, fold) {
    // Away from its own page a lesson says where that is.
    const said = isElsewhere() ? `${show ?? ''},credit` : show;
    const all = this.known.map((name) => ({ ...this.#figures.get(name), name }));
    const { names, chosen, brief, still, text, unknown } = readShown(said, hide, all);
    this.#names = names;
    for (const part of this.#parts) part.classList.toggle('hidden', !names.has(nameOf(part)));
    const columns = [...this.#frame.querySelectorAll('.main, .side')].filter((column) => {
      const isEmpty = ![...column.children].some((part) => names.has(nameOf(part)));
      column.classList.toggle('hidden', isEmpty);
      return !isEmpty;
    });
    this.#frame.classList.toggle('single', columns.length < 2);
    this.#frame.classList.toggle('brief', brief);
    this.#frame.classList.toggle('still', still);
    // The pad and what is read from it, and nothing else: side by side.
    const figures = [...names].filter((name) => this.#figures.has(name) && !AROUND.includes(name));
    const pair = !text && String(figures.toSorted()) === 'belief-tape,drawing';
    this.#frame.classList.toggle('pair', pair);
    for (const name of chosen) this.#figures.get(name)?.unfold?.();
    const folded = namesIn(fold);
    const foldable = [...this.#figures].filter(
      ([name, { element }]) => folded.includes(name) && element.querySelector(':scope > .figure'),
    );
    this.#folds.set(new Map(foldable.map(([name, { element }]) => [name, element])));
    this.#hasText = text;
    this.#context.attempt(this.#tell());
    return [...unknown, ...folded.filter((name) => !NAMES.includes(name))];
  }

  /** Unfolds a figure, if it is folded. @param {string} name */
  open(name) {
    this.#folds.open(name);
  }

  /** Whether it is for paper. @param {boolean} on */
  print(on) {
    this.#folds.print(on);
  }

  /** Puts the article's text below each figure, or takes it away. What the page itself says there goes before it. */
  async #tell() {
    const { host, language, signal } = this.#context;
    /** @type {Told[]} */
    let sections = [];
    if (this.#hasText) {
      const { sectionsOf } = await import('../article/article.js');
      sections = await sectionsOf(host, language);
      if (!this.#hasText || signal.aborted) return;
    }
    for (const [name, { element }] of this.#figures) {
      /** @type {HTMLSlotElement | null} */
      const slot = element.querySelector('.words slot');
      if (!slot || slot.assignedNodes().length > 0) continue;
      const told = sections.filter(
        ({ figure, needs }) => figure === name && (!needs || this.#names.has(needs)),
      );
      slot.replaceChildren(...told.map(({ element }) => element));
      const captions = told.flatMap(({ caption }) => caption ?? []);
      element.querySelector('.figure > slot')?.replaceChildren(...captions);
      // Browsers tell of what comes from outside alone.
      slot.dispatchEvent(new Event('slotchange', { bubbles: true }));
    }
  }
}
