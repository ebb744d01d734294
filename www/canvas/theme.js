/**
 * What canvases are drawn with: colours, pixel density, how large, and whether things may move.
 *
 * The colours are the element's custom properties (`--unroll-ink` and so on), as the browser computes
 * them: any CSS colour will do. An invisible probe in the element has each of them as the `color` of two
 * elements. One of the two has a transition: that it starts says that the colour has changed, whoever
 * changed it: the system's scheme, the host page's `color-scheme`, or a property set on the element. The
 * other one has the new colour at once.
 *
 * @module
 */

import { make } from '../lesson/dom.js';

const NAMES = /** @type {const} */ ([
  'ink',
  'faint',
  'line',
  'paper',
  'target',
  'prediction',
  'run-1',
  'run-2',
  'run-3',
  'run-4',
  'run-5',
]);

/** A custom property's name without `--unroll-`. @typedef {typeof NAMES[number]} ColourName */
/** Red, green, blue and alpha, each from 0 to 255. @typedef {[number, number, number, number]} Channels */

const CALM = '(prefers-reduced-motion: reduce)';
const FORCED = '(forced-colors: active)';

export class Theme {
  /** To be put into the element. */
  element = make('span', { class: 'theme-probe', 'aria-hidden': 'true' });

  /** @type {Array<[ColourName, HTMLElement]>} */
  #probes = [];
  /** As the browser computes them; null: to be asked anew. @type {Record<ColourName, string> | null} */
  #colours = null;
  /** @type {Map<ColourName, Channels>} */
  #channels = new Map();
  #pen = pixelPen();
  /** @type {Set<() => void>} */
  #watchers = new Set();
  #density = 1;
  /** As the stylesheet has it; null: to be asked anew. @type {number | null} */
  #zoom = null;
  #signal;
  #changed;

  /**
   * @param {object} how
   * @param {AbortSignal} how.signal
   * @param {() => void} how.changed  called when anything has changed, after those who watch
   */
  constructor({ signal, changed }) {
    this.#signal = signal;
    this.#changed = changed;
    for (const name of NAMES) {
      const probe = make('span');
      const sensor = make('span', { class: 'sensor' }, probe);
      probe.style.color = sensor.style.color = `var(--unroll-${name})`;
      this.#probes.push([name, probe]);
      this.element.append(sensor);
    }
    const again = () => this.refresh();
    this.element.addEventListener('transitionrun', again, { signal });
    for (const query of ['(prefers-color-scheme: dark)', CALM, FORCED])
      matchMedia(query).addEventListener('change', again, { signal });
    this.#watchDensity();
    // Not every change of density reaches its query.
    addEventListener('resize', () => this.#isOtherDensity() && again(), { signal });
    signal.addEventListener('abort', () => this.#watchers.clear());
  }

  /** Device pixels to a CSS pixel of the lesson. */
  get density() {
    return (devicePixelRatio || 1) * this.zoom;
  }

  /** How large a CSS pixel of the lesson is: more than 1 where all is large, for a room. */
  get zoom() {
    this.#zoom ??= Number(getComputedStyle(this.element).getPropertyValue('--unroll-zoom')) || 1;
    return this.#zoom;
  }

  #isOtherDensity() {
    this.#zoom = null;
    return this.density !== this.#density;
  }

  /** Whether nothing should move by itself. */
  get calm() {
    return matchMedia(CALM).matches;
  }

  /** Whether the system chooses the colours: two of them may be hard to tell apart. */
  get forced() {
    return matchMedia(FORCED).matches;
  }

  /** Every colour, as a canvas takes it. @returns {Readonly<Record<ColourName, string>>} */
  get colours() {
    if (!this.#colours) {
      this.#channels.clear();
      this.#colours = /** @type {Record<ColourName, string>} */ (
        Object.fromEntries(
          this.#probes.map(([name, probe]) => [name, getComputedStyle(probe).color]),
        )
      );
    }
    return this.#colours;
  }

  /** A colour as numbers: the browser draws it, and what it drew is read. @param {ColourName} name @returns {Channels} */
  channels(name) {
    const colour = this.colours[name];
    let found = this.#channels.get(name);
    if (!found) {
      found = this.#channelsOf(colour);
      this.#channels.set(name, found);
    }
    return found;
  }

  /** Any CSS colour as programs that know little of CSS read it. @param {string} colour */
  plain(colour) {
    const [red, green, blue, alpha] = this.#channelsOf(colour);
    const channels = [red, green, blue].join(', ');
    return alpha === 255 ? `rgb(${channels})` : `rgba(${channels}, ${(alpha / 255).toFixed(3)})`;
  }

  /** @param {string} colour @returns {Channels} */
  #channelsOf(colour) {
    this.#pen.clearRect(0, 0, 1, 1);
    this.#pen.fillStyle = colour;
    this.#pen.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = this.#pen.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha];
  }

  /** A colour between two others, as a canvas takes it. @param {ColourName} from @param {ColourName} to @param {number} share of the way */
  between(from, to, share) {
    const [red, green, blue, alpha] = mix(this.channels(from), this.channels(to), share);
    return `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
  }

  /** Calls `changed` whenever a colour or the density has, until the theme ends. @param {() => void} changed */
  watch(changed) {
    this.#watchers.add(changed);
  }

  /** Asks for the colours anew, for instance when what was out of sight comes into it. */
  refresh() {
    this.#colours = this.#zoom = null;
    this.#density = this.density;
    for (const changed of this.#watchers) changed();
    this.#changed();
  }

  /** A media query knows one density: another is needed after each change. */
  #watchDensity() {
    this.#density = this.density;
    matchMedia(`(resolution: ${devicePixelRatio || 1}dppx)`).addEventListener(
      'change',
      () => {
        this.refresh();
        this.#watchDensity();
      },
      { once: true, signal: this.#signal },
    );
  }
}

/**
 * The colour between two others.
 *
 * @param {Readonly<Channels>} from
 * @param {Readonly<Channels>} to
 * @param {number} share of the way, from 0 to 1
 * @returns {Channels}
 */
export function mix(from, to, share) {
  const at = (/** @type {0 | 1 | 2 | 3} */ k) => Math.round(from[k] + share * (to[k] - from[k]));
  return [at(0), at(1), at(2), at(3)];
}

/** A canvas of one pixel, to be read from. */
function pixelPen() {
  const canvas = make('canvas', { width: 1, height: 1 });
  return /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext('2d', { willReadFrequently: true })
  );
}
