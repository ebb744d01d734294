/**
 * What a page that holds a lesson has to allow, as a Content-Security-Policy: no inline script, no inline style but
 * the page's own, no eval but the compiling of WebAssembly. A release's page declares it, and a test serves the page with it.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import { MIRRORS } from '../www/worker/dataset.js';

/** Hosts that have MNIST, where no copy lies beside the page. */
const DIGITS = [...new Set(MIRRORS.map((mirror) => new URL(mirror).origin))];

/**
 * @param {string} [host] where the lesson's files are: `'self'`, or the origin of another host
 * @param {string} [styles] that stand in the page
 * @returns {string}
 */
export function policy(host = "'self'", styles = '') {
  const hash = createHash('sha256').update(styles).digest('base64');
  const directives = {
    'default-src': "'none'",
    'script-src': `${host} 'wasm-unsafe-eval'`,
    'style-src': styles ? `${host} 'sha256-${hash}'` : host,
    'img-src': `${host} data: blob:`,
    'connect-src': [host, ...DIGITS].join(' '),
    // A worker of another host starts through a blob, one of a page without an origin through data.
    'worker-src': host === "'self'" ? `${host} data:` : `${host} blob:`,
    'manifest-src': host,
    'base-uri': "'none'",
    'form-action': "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
