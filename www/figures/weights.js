/**
 * The weights, to keep and to bring back.
 *
 * @module
 */

import { download } from '../lesson/download.js';
import { make, section, write } from '../lesson/dom.js';

/** @import {Context, Figure} from './figure.js' */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function weights({ host, run, lesson, text, attempt }) {
  /** The number of the run that began from a file. */
  const view = run.view('weights', { loaded: /** @type {number | null} */ (null) });
  const hint = make('p', { class: 'note' });
  const file = make('input', {
    part: 'weights-file',
    type: 'file',
    accept: '.safetensors',
    hidden: true,
    onchange: () => attempt(load()),
  });
  const save = make(
    'button',
    { part: 'save', type: 'button', onclick: () => attempt(hand()) },
    text('save'),
  );
  const choose = make(
    'button',
    { part: 'load', type: 'button', onclick: () => file.click() },
    text('load'),
  );

  async function hand() {
    const bytes = await host.saveWeights();
    download(/** @type {BlobPart} */ (bytes), `unroll-${lesson}.safetensors`);
  }

  async function load() {
    const chosen = file.files?.[0];
    if (!chosen) return;
    file.value = '';
    await host.loadWeights(new Uint8Array(await chosen.arrayBuffer()));
    view.loaded = run.state?.run ?? null;
    host.needsFrame();
    host.announce(text('weights-loaded'));
  }

  return {
    element: section(
      'weights',
      text('weights'),
      make('div', { class: 'buttons' }, save, choose, file),
      hint,
    ),
    draw() {
      const loaded = view.loaded !== null && view.loaded === run.state?.run;
      write(hint, text(loaded ? 'weights-loaded' : 'weights-hint'));
    },
  };
}
