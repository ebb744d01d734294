/**
 * The digit that a figure looks at: what lies on the pad, or a test image.
 *
 * A figure follows the pad as soon as something else lies on it, and can be turned to test images instead.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';
import { testCount, testImageName } from './figure.js';

/** @import {Context} from './figure.js' */
/** @import {Pad, Reading} from '../lesson/run.js' */
/** @import {Digit} from '../worker/protocol.js' */

/** `test` says which test image it is, if it is one; `reading` is what the network made of it already, if it lies on the pad. @typedef {{pixels: Uint8Array, test: Digit | null, reading: Reading | null}} LookedAtImage */

export class LookedAt {
  /** What it is called. */
  name;
  previous;
  next;
  /** Back to the pad. */
  back;

  #context;
  #changed;
  #view;
  #digits;

  /**
   * @param {Context} context
   * @param {string} figure      what its parts are called after
   * @param {() => void} changed  it looks at another digit from now on
   */
  constructor(context, figure, changed) {
    const { run, text } = context;
    this.#context = context;
    this.#changed = changed;
    this.#view = run.view(`${figure} looks at`, {
      index: 0,
      followsPad: false,
      pad: /** @type {Pad | null} */ (null),
      /** What is shown. */
      shown: /** @type {LookedAtImage | null} */ (null),
    });
    this.#digits = run.watch('data');
    this.#digits();
    const arrow = (
      /** @type {'previous' | 'next'} */ which,
      /** @type {number} */ by,
      /** @type {string} */ sign,
    ) => {
      const words = text(`${which}-image`);
      const attributes = { part: `${figure}-${which}`, 'aria-label': words, title: words };
      const onclick = () => this.#turn(by);
      return make('button', { type: 'button', ...attributes, onclick }, sign);
    };
    this.name = make('p', { part: `${figure}-name` });
    if (this.#view.shown) this.label(this.#view.shown);
    this.previous = arrow('previous', -1, '\u2039');
    this.next = arrow('next', 1, '\u203a');
    this.back = make(
      'button',
      {
        part: `${figure}-drawing`,
        type: 'button',
        hidden: true,
        onclick: () => {
          // The button goes.
          this.next.focus();
          this.#look({ followsPad: true });
        },
      },
      text('back-to-drawing'),
    );
  }

  /** Whether it is what lies on the pad. */
  get followsPad() {
    return this.#view.followsPad && !isEmpty(this.#context.run.pad);
  }

  /** Notices what was put on the pad, and other digits. Called before every drawing and showing. */
  notice() {
    const { pad } = this.#context.run;
    const other = this.#digits();
    if (pad !== this.#view.pad) {
      const was = this.#view.pad;
      this.#view.pad = pad;
      // Nothing was there, and nothing is: it goes on looking at its test image.
      if (!isEmpty(pad) || (was && !isEmpty(was))) this.#look({ followsPad: !isEmpty(pad) });
    } else if (other) {
      this.#look({});
    }
    this.back.hidden = isEmpty(pad) || this.#view.followsPad;
  }

  /** Looks at a test image. @param {number} index */
  choose(index) {
    this.#look({ followsPad: false, index });
  }

  /** @returns {Promise<LookedAtImage | null>} null where it lies on the pad, and is not read yet */
  async image() {
    const { host, run } = this.#context;
    if (this.followsPad) {
      const { reading } = run;
      return reading && { pixels: reading.pixels, test: reading.image ?? null, reading };
    }
    const test = await host.digit('test', this.#view.index % testCount(run));
    return { pixels: test.pixels, test, reading: null };
  }

  /** What tells one look from another, to know an answer that comes too late. */
  get key() {
    const { index } = this.#view;
    return this.followsPad ? this.#context.run.pad : index;
  }

  /** What is shown now. @param {LookedAtImage} image */
  label(image) {
    const { run, text } = this.#context;
    this.#view.shown = image;
    write(this.name, image.test ? testImageName(text, run, image.test) : text('own-drawing'));
  }

  /** @param {number} by */
  #turn(by) {
    const count = testCount(this.#context.run);
    // From a drawing, the test image that was looked at last comes first; from a test image on the pad, its neighbour.
    const lies = this.followsPad ? this.#context.run.pad.image?.index : undefined;
    const from = this.followsPad && lies === undefined ? -by : 0;
    const index = ((lies ?? this.#view.index) + from + by + count) % count;
    this.#look({ followsPad: false, index });
  }

  /** @param {{followsPad?: boolean, index?: number}} what */
  #look(what) {
    Object.assign(this.#view, what);
    this.#changed();
  }
}

/** @param {Pad} pad */
function isEmpty({ strokes, image }) {
  return strokes.length === 0 && !image;
}
