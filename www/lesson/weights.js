/**
 * The weights, to keep and to bring back.
 *
 * @module
 */

import { make, section } from './dom.js';

/** @import {Context, Part} from './parts.js' */

/**
 * @param {Context} context
 * @returns {Part}
 */
export function weights({ host, lesson, text, attempt }) {
  const done = make('p', { class: 'note' }, text('weights-hint'));
  const file = make('input', {
    part: 'weights-file',
    type: 'file',
    accept: '.safetensors',
    hidden: true,
    onchange: () => attempt(load()),
  });
  const save = make(
    'button',
    { part: 'save', type: 'button', onclick: () => attempt(download()) },
    text('save'),
  );
  const choose = make(
    'button',
    { part: 'load', type: 'button', onclick: () => file.click() },
    text('load'),
  );

  async function download() {
    const bytes = await host.saveWeights();
    const url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (bytes)]));
    make('a', { href: url, download: `unroll-${lesson}.safetensors` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async function load() {
    const chosen = file.files?.[0];
    if (!chosen) return;
    file.value = '';
    await host.loadWeights(new Uint8Array(await chosen.arrayBuffer()));
    done.textContent = text('weights-loaded');
    host.announce(done.textContent);
  }

  return {
    element: section(
      'weights',
      text('weights'),
      make('div', { class: 'buttons' }, save, choose, file),
      done,
    ),
    fresh() {
      done.textContent = text('weights-hint');
    },
  };
}
