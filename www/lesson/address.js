/**
 * Where the lesson's own page is. Its address stays; that of a build's folder, in which the element's files are, does
 * not.
 *
 * @module
 */

import { ADDRESS as STYLESHEET } from './styles.js';

// Beside the build's folder. A bundler rewrites what is relative to a script, but finds the stylesheet.
export const SITE = new URL('../', STYLESHEET).href;

/** Whether the element comes from a built site: an app that a bundler made has neither `embed.html` nor the page. */
export const hasSite = /\/build-\w+\/[^/]+$/.test(new URL(STYLESHEET).pathname);

/** Whether this page is on another host than the lesson's own. */
export function isElsewhere() {
  return hasSite && new URL(SITE).host !== location.host;
}
