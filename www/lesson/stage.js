/**
 * What an element shows: its controls and figures, from their building to their end.
 *
 * A stage is built for one lesson and one language and thrown away for another; everything that must
 * outlive it is in the Run. A figure is drawn at most once a frame, and only while it is in or near the
 * view: what is out of view asks nothing either. When a comparison begins or ends, and when a stage takes
 * another's place, all figures are drawn once, one a frame: their buttons are to be right before anybody
 * sees them. So are those out of view once all has been still for a moment: paper shows them, and no answer
 * comes between the wish to print and the paper.
 *
 * @module
 */

import { drawAsked } from '../canvas/canvas.js';
import { Theme } from '../canvas/theme.js';
import { controls } from '../controls/controls.js';
import { credit } from '../controls/credit.js';
import { notice } from '../controls/notice.js';
import { remembered } from '../controls/remembered.js';
import { status } from '../controls/status.js';
import { LESSONS, manifestOf } from '../lessons/index.js';
import { UnrollError } from '../worker/fault.js';
import { Arrangement } from './arrangement.js';
import { offerCorner } from './corner.js';
import { make } from './dom.js';
import { askForFrame, forgetFrame } from './frames.js';
import { keepInView, letGo } from './keep-in-view.js';
import { adoptStyles } from './styles.js';

/** @import {Context, Figure, MakeFigure} from '../figures/figure.js' */
/** @import {Language, Texts} from '../texts/index.js' */
/** @import {Run} from './run.js' */
/** @import {UnrollLesson} from './unroll-lesson.js' */

/** How near the view a figure is when it is drawn. */
const DRAWN = '100%';
/** The share of a figure, or of the window, that has to be in view. */
const SEEN = 0.9;
/** How long nothing has happened when what is out of view is drawn, in milliseconds. */
const REST = 500;

export class Stage {
  #run;
  /** The comparison under way when all figures were drawn last. @type {string | null} */
  #comparing;
  /** Those that are to be drawn once, in view or not. @type {Set<Figure>} */
  #due = new Set();
  /** Ends with the stage: listeners, observers and timers of every figure. */
  #control = new AbortController();
  /** @type {Figure[]} */
  #figures;
  #notice;
  #arrangement;
  #theme;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;
  #manifest;
  /** @type {ResizeObserver} */
  #barSize;
  /** Whether the element is in view. */
  #visible = false;
  /** The elements of the figures in or near the view. @type {Set<Element>} */
  #inView = new Set();
  #seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting } of entries) this.#visible = isIntersecting;
    this.needsFrame();
  });
  #drawn = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.#inView.add(target);
        else this.#inView.delete(target);
      }
      this.needsFrame();
    },
    { rootMargin: DRAWN },
  );

  /**
   * @param {object} how
   * @param {UnrollLesson} how.host
   * @param {ShadowRoot} how.root
   * @param {Run} how.run
   * @param {string} how.lesson  its name, known or not
   * @param {Language} how.language
   * @param {Texts} how.text
   * @param {Context['attempt']} how.attempt
   * @param {HTMLElement} how.live  the lesson's live region
   */
  constructor({ host, root, run, lesson, language, text, attempt, live }) {
    this.#run = run;
    this.#comparing = run.comparing;
    const { signal } = this.#control;
    const theme = new Theme({ signal, changed: () => this.needsFrame() });
    this.#theme = theme;
    const shared = { host, run, language, text, theme, attempt, signal };
    this.#notice = notice(shared);
    // A lesson that there is not has nothing to show but that.
    const name = LESSONS.find((known) => known === lesson);
    const manifest = name && manifestOf(name);
    this.#manifest = manifest;
    const build = (/** @type {MakeFigure[]} */ figures = []) =>
      manifest ? figures.map((figure) => figure({ ...shared, lesson: name, manifest })) : [];
    const elements = (/** @type {Figure[]} */ figures) => figures.map(({ element }) => element);
    const within = build([controls, status]);
    const said = build([remembered]);
    const figures = manifest && host.figuresOf(manifest);
    const main = build(figures?.main);
    const side = build(figures?.side);
    this.#figures = [...within, ...said, ...side, ...main];
    const bar = make('div', { class: 'bar' }, ...elements(within));

    const frame = make(
      'div',
      // The texts and time run from left to right, whatever the page around does.
      { class: `lesson ${name ?? ''}`, lang: language, dir: 'ltr' },
      bar,
      ...elements(said),
      this.#notice.element,
      make('div', { class: 'side' }, ...elements(side)),
      make('div', { class: 'main' }, ...elements(main)),
      ...(name ? [credit(text, name)] : []),
      live,
      theme.element,
    );
    if (manifest) for (const { element } of main) offerCorner(element, { ...shared, manifest });
    root.replaceChildren(frame);
    this.#arrangement = new Arrangement(shared, frame, this.#figures, (figure) => {
      this.#due.add(figure);
      this.#ask();
    });
    this.#dress(root, frame, attempt);
    this.#readyForPaper(frame, signal);
    // What is brought into view comes to stand below the bar.
    const measured = () => frame.style.setProperty('--bar', `${bar.offsetHeight}px`);
    // Not within the observer's own turn: it would have to look again.
    this.#barSize = new ResizeObserver(() => requestAnimationFrame(measured));
    this.#barSize.observe(bar);

    this.#seen.observe(host);
    for (const { element } of this.#figures) this.#drawn.observe(element);
    this.#notice.draw?.();
    this.#drawAll();
  }

  /**
   * What is shown without its styles is not to be looked at, unless they do not come.
   *
   * @param {ShadowRoot} root
   * @param {HTMLElement} frame
   * @param {Context['attempt']} attempt
   */
  #dress(root, frame, attempt) {
    frame.hidden = root.adoptedStyleSheets.length === 0;
    const dressed = adoptStyles(root).catch(() => adoptStyles(root));
    attempt(
      dressed.finally(() => {
        frame.hidden = false;
        this.needsFrame();
      }),
    );
  }

  /**
   * Paper is light, and shows what is out of view too. No frame comes while it is printed: canvases are drawn
   * before.
   *
   * @param {HTMLElement} frame
   * @param {AbortSignal} signal
   */
  #readyForPaper(frame, signal) {
    const print = (/** @type {boolean} */ on) => {
      frame.classList.toggle('printed', on);
      this.#arrangement.print(on);
      this.#theme.refresh();
      for (const figure of this.#figures) if (isThere(figure)) this.#draw(figure);
      drawAsked();
    };
    addEventListener('beforeprint', () => print(true), { signal });
    addEventListener('afterprint', () => print(false), { signal });
    matchMedia('print').addEventListener('change', ({ matches }) => print(matches), { signal });
  }

  /** Asks for one frame of drawing. @param {boolean} [patient] nobody waits for it */
  needsFrame(patient = false) {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#drawUnseen(), REST);
    if (this.#run.comparing !== this.#comparing) return this.#drawAll();
    if (this.#visible || this.#due.size > 0) this.#ask(patient);
  }

  #drawAll() {
    this.#comparing = this.#run.comparing;
    this.#due = new Set(this.#figures);
    this.#ask();
  }

  /** Brings up to date what is out of view, while nothing trains. Nobody looks at it: it is no reason to load digits. */
  #drawUnseen() {
    const { serves, state } = this.#run;
    if (!serves || !state || state.running || (this.#manifest?.digits && !state.data)) return;
    for (const figure of this.#figures)
      if (!this.#inView.has(figure.element)) this.#due.add(figure);
    this.#ask();
  }

  /** @param {boolean} [patient] */
  #ask(patient) {
    if (!this.#control.signal.aborted) askForFrame(this.#frame, patient);
  }

  #frame = () => {
    const still = !this.#run.state?.running;
    for (const figure of this.#figures)
      if ((this.#inView.has(figure.element) || (still && figure.quiet)) && isThere(figure))
        this.#draw(figure);
    const [next] = this.#due;
    if (!next) return;
    if (isThere(next)) this.#draw(next);
    this.#due.delete(next);
    if (this.#due.size > 0) this.#ask();
  };

  /** @param {Figure} figure */
  #draw(figure) {
    this.#due.delete(figure);
    try {
      figure.draw?.();
    } catch (error) {
      // One figure that fails leaves the others as they are.
      reportError(error);
    }
  }

  /** All is drawn at another size. */
  resized() {
    this.#theme.refresh();
  }

  /** There is something else to be told, seen or not. */
  notify() {
    this.#notice.draw?.();
  }

  /**
   * Leaves there what the attributes `show`, `hide` and `fold` say.
   *
   * @param {string | null} show
   * @param {string | null} hide
   * @param {string | null} fold
   * @returns {UnrollError | null} what names nothing
   */
  arrange(show, hide, fold) {
    const unknown = this.#arrangement.set(show, hide, fold);
    return unknown.length > 0 ? unknownFigure(unknown.join(', '), this.#arrangement.known) : null;
  }

  /**
   * Brings a figure into view, and tells it what to show, if anything.
   *
   * @param {string} name
   * @param {Record<string, unknown> | null} what
   */
  async show(name, what) {
    const found = this.#figure(name);
    this.#arrangement.open(found.element.dataset.group ?? '');
    const behavior = this.#theme.calm ? 'auto' : 'smooth';
    letGo();
    bringIntoView(found.element, behavior);
    if (!what) return;
    if (found.show) {
      await found.show(what);
      // It may have grown meanwhile.
      return bringIntoView(found.element, behavior);
    }
    const [unknown] = Object.keys(what);
    if (unknown === undefined) return;
    throw new UnrollError({
      code: 'option-unknown',
      message: `The figure ${name} cannot show "${unknown.slice(0, 40)}": there is nothing to choose in it.`,
      detail: { name: unknown, known: '', figure: name },
    });
  }

  /** Brings a figure into view while the page is still being built. @param {string} name @returns {boolean} whether there is one */
  bring(name) {
    const found = this.#find(name);
    this.#arrangement.open(name);
    if (found) keepInView(found.element);
    return found !== undefined;
  }

  /** @param {string} name */
  #find(name) {
    return this.#figures.find(({ element }) => element.dataset.group === name);
  }

  /** @param {string} name @returns {Figure} @throws {UnrollError} `figure-unknown` */
  #figure(name) {
    const found = this.#find(name);
    if (!found) {
      const names = this.#figures.map(({ element }) => element.dataset.group ?? '');
      throw unknownFigure(name, names.filter(Boolean));
    }
    return found;
  }

  /** The figure in the middle of the window, if any. @returns {string | null} */
  get current() {
    const middle = innerHeight / 2;
    const found = this.#figures.find(({ element }) => {
      const { top, bottom, width } = element.getBoundingClientRect();
      return width > 0 && top <= middle && bottom >= middle;
    });
    return found?.element.dataset.group ?? null;
  }

  /** Ends all that was built. */
  dispose() {
    // A reason of one's own: the usual one would remember the stack, and with it this stage.
    this.#control.abort('The figures were built anew.');
    forgetFrame(this.#frame);
    clearTimeout(this.#rest);
    this.#seen.disconnect();
    this.#drawn.disconnect();
    this.#barSize.disconnect();
    this.#inView.clear();
    for (const figure of this.#figures) {
      figure.dispose?.();
      // If something keeps one node for a while, it does not keep all of them.
      for (const node of figure.element.querySelectorAll('*')) node.remove();
      figure.element.remove();
    }
    this.#figures = [];
    this.#due.clear();
  }
}

/**
 * Scrolls to a figure, unless most of it is in view already.
 *
 * @param {Element} section
 * @param {ScrollBehavior} behavior
 */
function bringIntoView(section, behavior) {
  const figure = section.querySelector('.figure') ?? section;
  const { top, bottom, height } = figure.getBoundingClientRect();
  const bar = Number.parseFloat(getComputedStyle(section).scrollMarginTop) || 0;
  const seen = Math.min(bottom, innerHeight) - Math.max(top, bar);
  const room = innerHeight - bar;
  if (seen >= SEEN * Math.min(height, room)) return;
  // Up no further than it takes: what was pressed beside it stays in view too.
  if (seen > 0 && top < bar && height <= room) scrollBy({ top: top - bar, behavior });
  else section.scrollIntoView({ block: 'start', behavior });
}

/** What is left out asks nothing. @param {Figure} figure */
function isThere({ element }) {
  return !element.classList.contains('hidden') && !element.classList.contains('folded');
}

/** @param {string} name @param {string[]} names  of those that there are */
function unknownFigure(name, names) {
  const known = names.join(', ');
  const message = `There is no figure "${name.slice(0, 80)}" here. There are: ${known}.`;
  return new UnrollError({ code: 'figure-unknown', message, detail: { name, known } });
}
