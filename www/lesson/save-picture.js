/**
 * A button that hands out a figure as a picture: a drawing as SVG, what is painted on canvases as PNG.
 *
 * @module
 */

import { asPng } from '../canvas/as-png.js';
import { asSvg } from '../canvas/as-svg.js';
import { UnrollError } from '../worker/fault.js';
import { SITE, hasSite } from './address.js';
import { make } from './dom.js';
import { download } from './download.js';
import { isLoaded } from './loaded.js';

/** @import {Context} from '../figures/figure.js' */

/** What there is a picture of; digits of the data alone are none. */
const PICTURES = 'svg, canvas:not(.digit), .plot';

/**
 * @param {Element} figure
 * @param {{name: string, title: string}} called
 * @param {Pick<Context, 'host' | 'run' | 'text' | 'manifest' | 'theme' | 'attempt'>} context
 * @returns {HTMLButtonElement | null} null where there is no picture
 */
export function savePicture(figure, { name, title }, context) {
  if (!figure.querySelector(PICTURES)) return null;
  const { text, attempt, theme } = context;
  const words = text('save-picture', { title });

  async function save() {
    const how = { title, credit: creditOf(context), theme };
    const drawing = figure.querySelector('svg');
    if (drawing) return download(asSvg(drawing, how), `unroll-${name}.svg`, 'image/svg+xml');
    const picture = await asPng(figure, how);
    if (picture) return download(picture, `unroll-${name}.png`, 'image/png');
    const message = 'There is nothing to see in this figure yet.';
    throw new UnrollError({ code: 'picture-empty', message, detail: {} });
  }

  return make('button', {
    class: 'save-picture',
    part: `${name}-picture`,
    type: 'button',
    'aria-label': words,
    title: words,
    onclick: () => attempt(save()),
  });
}

/** Where a picture comes from, and of which run it is. @param {Pick<Context, 'host' | 'run' | 'text' | 'manifest'>} context */
function creditOf({ host, run, text, manifest }) {
  const { seed = 1, step = 0 } = run.state ?? {};
  const lesson = text(manifest.title);
  const cell = text(`cell-${host.state.options.cell}`);
  // Weights that learned elsewhere are not those of a seed.
  const loaded = run.trained ? 'picture-credit-trained' : 'picture-credit-file';
  const words = run.state && isLoaded(run.state) ? loaded : 'picture-credit';
  const said = text(words, { lesson, cell, seed, step });
  // An app that a bundler made has no address to come back to.
  if (!hasSite) return said;
  const { host: where, pathname } = new URL(SITE);
  return `${said}${text('sentence')}${where}${pathname}`;
}
