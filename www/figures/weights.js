/**
 * The weights, to keep and to bring back.
 *
 * @module
 */

import { download } from '../lesson/download.js';
import { make, section, write } from '../lesson/dom.js';
import { faultText } from '../texts/index.js';
import { asUnrollError, wasEnded } from '../worker/fault.js';

/** @import {Fault} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function weights({ host, run, lesson, language, text, attempt }) {
  const view = run.view('weights', {
    /** The number of the run that began from a file. */
    loaded: /** @type {number | null} */ (null),
    /** Why the file that was chosen last was of no use, and to which run. */
    refused: /** @type {{fault: Fault, run: number | undefined} | null} */ (null),
  });
  const message = make('p', { part: 'weights-error', class: 'field-error', role: 'alert' });
  const hint = make('p', { class: 'note' });
  const file = make('input', {
    part: 'weights-file',
    type: 'file',
    accept: '.safetensors',
    hidden: true,
    onchange: () => load(),
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
    view.refused = null;
    try {
      await host.loadWeights(new Uint8Array(await chosen.arrayBuffer()));
      view.loaded = run.state?.run ?? null;
      host.announce(text('weights-loaded'));
    } catch (error) {
      if (!wasEnded(error))
        view.refused = { fault: asUnrollError(error).fault, run: run.state?.run };
    }
    host.needsFrame();
  }

  return {
    element: section(
      'weights',
      text('weights'),
      make('div', { class: 'buttons' }, save, choose, file),
      message,
      hint,
    ),
    draw() {
      const loaded = view.loaded !== null && view.loaded === run.state?.run;
      const { refused } = view;
      const stands = refused !== null && refused.run === run.state?.run;
      write(message, stands ? faultText(language, refused.fault) : '');
      write(hint, text(loaded ? 'weights-loaded' : 'weights-hint'));
    },
  };
}
