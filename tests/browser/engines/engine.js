/**
 * What the tests ask of a browser engine. Both are driven by a protocol of the W3C's, and both
 * protocols take the same lists of input actions: little more than the way to the browser differs.
 *
 * @module
 */

/**
 * A tab with storage of its own.
 *
 * @typedef {object} Tab
 * @property {(url: string) => Promise<void>} navigate  resolves after `load`
 * @property {() => Promise<void>} reload               resolves after `load`
 * @property {(expression: string) => Promise<string>} evaluate
 *   evaluates it among the page's own scripts: a promise of a string, which never rejects
 * @property {(sources: InputSource[]) => Promise<void>} perform
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {() => string | null} missing  what this machine lacks to run it
 * @property {(publish: Publish) => Promise<Tab>} open  starts the browser, the first time
 * @property {() => Promise<void>} close
 */

/**
 * Puts a script beside the page and tells its URL.
 *
 * @callback Publish
 * @param {string} script
 * @returns {string}
 */

/**
 * A device and what it does, as WebDriver's "perform actions" has it; x and y in CSS pixels of the
 * viewport.
 *
 * @typedef {object} InputSource
 * @property {'pointer'} type
 * @property {string} id
 * @property {{pointerType: 'mouse'}} parameters
 * @property {PointerAction[]} actions
 *
 * @typedef {{type: 'pointerMove', x: number, y: number, duration: number}
 *   | {type: 'pointerDown' | 'pointerUp', button: number}} PointerAction
 */

/** Of the viewport, in CSS pixels: a desk's. */
export const SIZE = { width: 1200, height: 900 };
