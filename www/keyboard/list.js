/**
 * The list of the page's keys, as a dialog, with the switch that turns them off.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';
import { textsOf } from '../texts/index.js';

/** @import {Language} from '../texts/index.js' */
/** @import {Shortcut} from './keyboard.js' */

/** Keys of what has the focus, which are no shortcuts. */
const OTHERS = /** @type {const} */ ([
  ['← →', 'key-arrows'],
  ['Esc', 'key-escape'],
]);

export class KeyList {
  #shortcuts;
  #title = make('h2', { id: 'keys-title' });
  #close = make('button', { type: 'button', class: 'close', onclick: () => this.#dialog.close() });
  #body = make('tbody');
  #words = make('p', { class: 'note' });
  #on = make('input', { type: 'checkbox' });
  #onWords = make('span');
  #dialog = make(
    'dialog',
    { class: 'keys', 'aria-labelledby': 'keys-title' },
    make('div', { class: 'head' }, this.#title, this.#close),
    make('table', { 'aria-labelledby': 'keys-title' }, this.#body),
    this.#words,
    make('label', {}, this.#on, this.#onWords),
  );

  /**
   * @param {Shortcut[]} shortcuts
   * @param {{value: boolean, keep: (on: boolean) => void}} kept
   */
  constructor(shortcuts, kept) {
    this.#shortcuts = shortcuts;
    this.#on.checked = kept.value;
    this.#on.addEventListener('change', () => kept.keep(this.#on.checked));
    this.#close.append('\u00d7');
  }

  /** @param {Language} language */
  speak(language) {
    const text = textsOf(language);
    write(this.#title, text('keys'));
    write(this.#words, text('keys-about'));
    write(this.#onWords, text('keys-on'));
    this.#close.setAttribute('aria-label', text('dismiss'));
    const row = (/** @type {string} */ key, /** @type {string} */ words) =>
      make('tr', {}, make('th', { scope: 'row' }, make('kbd', {}, key)), make('td', {}, words));
    this.#body.replaceChildren(
      ...this.#shortcuts.map(({ key, says }) => row(key.toUpperCase(), text(says))),
      ...OTHERS.map(([key, says]) => row(key, text(says))),
    );
  }

  open() {
    if (!this.#dialog.isConnected) document.body.append(this.#dialog);
    if (!this.#dialog.open) this.#dialog.showModal();
  }
}
