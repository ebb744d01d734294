/**
 * Handing a file to whoever asked for it.
 *
 * @module
 */

import { make } from './dom.js';

/** How long a browser may take to begin, in milliseconds. */
const PATIENCE = 60_000;

/** @param {BlobPart} content @param {string} name @param {string} [type] */
export function download(content, name, type = 'application/octet-stream') {
  const url = URL.createObjectURL(new Blob([content], { type }));
  make('a', { href: url, download: name }).click();
  // The download goes on without what offered it.
  setTimeout(() => URL.revokeObjectURL(url), PATIENCE);
}
