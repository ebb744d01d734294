/**
 * What the network makes of what lies on the pad: asked when that changes, now and then while the
 * network trains, when training stops, when it is read in another order, and when another run begins.
 *
 * One question at a time; the last one always gets its answer.
 *
 * @module
 */

/** @import {Pad, Reading, Run} from './run.js' */
/** @import {DrawingPrediction, Prediction, Strokes} from '../worker/protocol.js' */

/** While the network trains, the pad is read again this often, in milliseconds. */
const AGAIN = 300;

/** Those members of the element that it asks. @typedef {{classifyDrawing: (drawing: Strokes) => Promise<DrawingPrediction>, predict: (pixels: Uint8Array) => Promise<Prediction>}} Reader */

export class PadReader {
  #run;
  #reader;
  #changed;
  #other;
  #asking = false;
  #stale = false;
  #asked = 0;
  #running = false;
  /** The order in which pixels are read. @type {string | undefined} */
  #scan;

  /**
   * @param {Run} run
   * @param {Reader} reader
   * @param {() => void} changed  called when there is another reading
   */
  constructor(run, reader, changed) {
    this.#run = run;
    this.#reader = reader;
    this.#changed = changed;
    this.#other = run.watch('pad', 'fresh', 'serves', 'data');
  }

  /** Asks, if it is time to. Called whenever anything has changed. */
  look() {
    const { state, serves, pad } = this.#run;
    const stopped = this.#running && !state?.running;
    const due = state?.running === true && performance.now() - this.#asked > AGAIN;
    this.#running = state?.running ?? false;
    const scan = state?.options.scan;
    const reordered = scan !== this.#scan;
    this.#scan = scan;
    if (!this.#other() && !reordered && !stopped && !due) return;
    if (isEmpty(pad)) return this.#take(null, pad);
    if (!serves) return;
    this.#stale = true;
    if (!this.#asking) this.#ask();
  }

  async #ask() {
    this.#asking = true;
    while (this.#stale) {
      this.#stale = false;
      this.#asked = performance.now();
      const { pad } = this.#run;
      if (isEmpty(pad)) break;
      try {
        const reading = await this.#read(pad);
        // Strokes grow while they are read; another image, or none, is another thing.
        if (!isEmpty(this.#run.pad) && this.#run.pad.image === pad.image) this.#take(reading, pad);
      } catch {
        // The lesson says why it does not answer; what lies on the pad stays there.
        break;
      }
    }
    this.#asking = false;
  }

  /** @param {Pad} pad @returns {Promise<Reading>} */
  async #read({ strokes, image }) {
    if (!image) return this.#reader.classifyDrawing(strokes);
    return { ...(await this.#reader.predict(image.pixels)), pixels: image.pixels, image };
  }

  /** @param {Reading | null} reading @param {Pad} pad */
  #take(reading, pad) {
    if (reading === null && this.#run.reading === null) return;
    this.#run.takeReading(reading, pad);
    this.#changed();
  }
}

/** @param {Pad} pad */
function isEmpty({ strokes, image }) {
  return strokes.length === 0 && image === null;
}
