/**
 * A lesson on a page in whichever engine, by its documented members and parts.
 *
 * @module
 */

/** @import {State} from '../../../www/worker/protocol.js' */
/** @import {Strokes} from '../pen.js' */
/** @import {openPage} from './page.js' */

/** The element, as a page's script sees it; its members are the README's. @typedef {any} Element */

export class Lesson {
  #page;
  #selector;

  /**
   * @param {Awaited<ReturnType<typeof openPage>>} page
   * @param {'sin-cos' | 'mnist'} name
   */
  constructor(page, name) {
    this.#page = page;
    this.#selector = `unroll-lesson[lesson="${name}"]`;
  }

  /**
   * Runs a function in the page.
   *
   * @template {any[]} A
   * @template R
   * @param {(element: Element, ...args: A) => R | Promise<R>} body
   * @param {A} args
   * @returns {Promise<R>}
   */
  run(body, ...args) {
    return this.#page.run(this.#onElement(body), ...args);
  }

  /**
   * Waits until `condition` holds in the page.
   *
   * @template {any[]} A
   * @param {(element: Element, ...args: A) => unknown} condition
   * @param {A} args
   */
  until(condition, ...args) {
    return this.#page.until(this.#onElement(condition), ...args);
  }

  /** @param {Function} body @returns {string} a function of the other arguments */
  #onElement(body) {
    const element = `document.querySelector(${JSON.stringify(this.#selector)})`;
    return `(...args) => (${body})(${element}, ...args)`;
  }

  /** What `ready` resolves with. @returns {Promise<any>} */
  async ready() {
    await this.until((element) => element && customElements.get('unroll-lesson'));
    return this.run((element) => {
      // A lesson that is far out of view does not start.
      element.scrollIntoView();
      return element.ready;
    });
  }

  /**
   * Trains, and answers with the losses of all steps so far.
   *
   * @param {number} count
   * @returns {Promise<number[]>}
   */
  step(count) {
    return this.run(async (element, count) => {
      await element.step(count);
      return [...element.losses];
    }, count);
  }

  /** @returns {Promise<State>} */
  state() {
    return this.run((element) => element.state);
  }

  /** What a part says. @param {string} part @returns {Promise<string>} */
  text(part) {
    return this.run(
      (element, part) => element.shadowRoot.querySelector(`[part~="${part}"]`).textContent,
      part,
    );
  }

  /** @param {string} part */
  click(part) {
    return this.#page.click(this.#selector, part);
  }

  /** Draws on the pad. @param {Strokes} strokes in the unit square */
  draw(strokes) {
    return this.#page.draw(this.#selector, 'drawing-pad', strokes);
  }

  /**
   * The digit that the page says it reads, null for none, once that is about the whole drawing: the
   * pad asks in a frame, one question at a time, and the worker answers in order, so after three
   * questions of ours both the one that was under way and the last one are answered, and another
   * frame shows it.
   *
   * @returns {Promise<number | null>}
   */
  async prediction() {
    await this.run(async (element) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      // A frame's callbacks run in turn: at the second one, all that the first had to do is done.
      for (let k = 0; k < 2; k += 1) await frame();
      for (let k = 0; k < 3; k += 1) await element.predict(new Uint8Array(784));
      for (let k = 0; k < 2; k += 1) await frame();
    });
    const text = await this.text('prediction');
    return /^[0-9]$/.test(text) ? Number(text) : null;
  }
}
