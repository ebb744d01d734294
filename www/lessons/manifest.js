/**
 * What a lesson is on the page. A lesson is one file with a manifest, its texts, and a row in `index.js`.
 *
 * @module
 */

/** @import {MakeFigure} from '../figures/figure.js' */
/** @import {Program} from '../figures/code/program.js' */
/** @import {Article} from '../article/types.js' */
/** @import {Language, TextKey} from '../texts/index.js' */
/** @import {Lesson, Options} from '../worker/protocol.js' */

/**
 * An option that people see; what values it takes is in options.js.
 *
 * @typedef {object} Setting
 * @property {Exclude<keyof Options, 'speed'>} name
 * @property {TextKey} [hint]
 * @property {(options: Options) => boolean} [off]  whether other options leave it without effect
 */

/**
 * @typedef {object} Manifest
 * @property {Lesson} name
 * @property {TextKey} title
 * @property {boolean} digits  whether it reads digits, which have to be loaded
 * @property {TextKey} stepKey  where the run stands: `{step}` of `{total}`
 * @property {TextKey} stepsKey  what its steps are called
 * @property {{main: MakeFigure[], side: MakeFigure[]}} figures
 * @property {Setting[]} settings
 * @property {Array<number | null>} speeds  steps per second to choose from; null: as fast as possible
 * @property {number} seed                  of the tutorial's own program
 * @property {Program[]} programs           the lesson as programs, the first shown first
 * @property {() => Promise<{trained: Trained}>} [trained]  weights that come with the page
 * @property {(options: Options) => number} [memoryless]  the lowest loss that is possible without memory
 * @property {(language: Language) => Promise<{article: Article}>} article
 */

/**
 * Weights that come with the page, and how they came about.
 *
 * @typedef {object} Trained
 * @property {Partial<Options>} options
 * @property {number} epochs
 * @property {number} images    of each epoch
 * @property {number} accuracy  on MNIST's 10,000 test images
 * @property {string} weights   a safetensors file, in base64
 */

/** @type {Setting[]} */
export const COMMON = [
  { name: 'learningRate' },
  { name: 'hiddenSize', hint: 'hiddenSize-hint' },
  { name: 'cell', hint: 'hiddenSize-hint' },
  { name: 'clipNorm', hint: 'clipNorm-hint' },
];

/** Options that say how fast a run is, and nothing of what comes of it. @type {Set<string>} */
export const PACE = new Set(['speed', 'workers']);

/** @type {Manifest['speeds']} */
export const SPEEDS = [5, 20, 100, null];
