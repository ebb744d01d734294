/**
 * A button and its dialog: which figures of the lesson, in which state, as an element or an iframe; and the code for
 * that, to copy.
 *
 * @module
 */

import { SITE, hasSite } from '../lesson/address.js';
import { toClipboard } from '../lesson/clipboard.js';
import { make, write } from '../lesson/dom.js';
import { embedCode } from './embed-code.js';

/** @import {Context} from '../figures/figure.js' */

/**
 * @param {Context} context
 * @returns {HTMLElement[]} a button; none where the code would lead nowhere
 */
export function embedDialog({ host, lesson, manifest, language, text, signal }) {
  if (!hasSite) return [];
  const title = text(manifest.title);
  const choice = (/** @type {Record<string, unknown>} */ attributes, /** @type {string} */ words) =>
    make('label', { class: 'choice' }, make('input', attributes), words);
  const radio = (
    /** @type {string} */ name,
    /** @type {string} */ value,
    /** @type {string} */ words,
    checked = false,
  ) => choice({ type: 'radio', name, value, checked, autofocus: checked && name === 'as' }, words);
  const group = (/** @type {string} */ legend, /** @type {Node[]} */ ...children) =>
    make('fieldset', {}, make('legend', {}, legend), ...children);

  const figures = make('div', { class: 'choices' });
  const code = make('textarea', { part: 'embed-code', readonly: true, spellcheck: 'false' });
  const said = make('p', { class: 'said', role: 'status' });
  const copyButton = make(
    'button',
    { part: 'embed-copy', type: 'submit', class: 'primary' },
    text('copy'),
  );
  const mark = (/** @type {boolean} */ checked) => () => {
    for (const { input } of boxes()) input.checked = checked;
    update();
  };
  const form = make(
    'form',
    { oninput: update, onsubmit: copy },
    make(
      'div',
      { class: 'head' },
      make('h3', { id: 'embed-title' }, text('embed-title', { title })),
      make(
        'button',
        {
          type: 'button',
          class: 'plain',
          'aria-label': text('dismiss'),
          onclick: () => dialog.close(),
        },
        '\u00d7',
      ),
    ),
    group(
      text('embed-as'),
      radio('as', 'element', text('embed-element'), true),
      radio('as', 'iframe', text('embed-iframe')),
    ),
    group(
      text('embed-figures'),
      make(
        'div',
        { class: 'buttons' },
        make(
          'button',
          { part: 'embed-all', type: 'button', class: 'plain', onclick: mark(true) },
          text('embed-all'),
        ),
        make(
          'button',
          { part: 'embed-none', type: 'button', class: 'plain', onclick: mark(false) },
          text('embed-none'),
        ),
      ),
      figures,
      choice({ type: 'checkbox', name: 'text' }, text('embed-text')),
    ),
    group(
      text('embed-state'),
      radio('state', 'now', text('embed-now'), true),
      radio('state', 'fresh', text('embed-fresh')),
      make('p', { class: 'note' }, text('embed-untrained')),
    ),
    make('label', { class: 'code' }, text('embed-code'), code),
    make('div', { class: 'actions' }, copyButton, said),
  );
  const dialog = make(
    'dialog',
    { part: 'embed-dialog', class: 'embed-dialog', 'aria-labelledby': 'embed-title' },
    form,
  );
  const button = make(
    'button',
    {
      part: 'embed',
      type: 'button',
      title: text('embed-hint'),
      'aria-haspopup': 'dialog',
      onclick: open,
    },
    text('embed'),
  );
  // Chromium keeps radio buttons that were removed in the group of their name, and all that hangs on them.
  signal.addEventListener('abort', () => {
    for (const input of form.querySelectorAll('[type="radio"]')) input.removeAttribute('name');
  });

  /** The figures of the lesson as it stands here, with the titles that they have here. */
  function sections() {
    const root = /** @type {ShadowRoot} */ (button.getRootNode());
    const all = ['.main', '.side'].flatMap((column) => [
      ...root.querySelectorAll(`${column} > section`),
    ]);
    return /** @type {HTMLElement[]} */ (all).map((section) => ({
      name: section.dataset.group ?? '',
      title: section.querySelector('h3')?.textContent ?? '',
      isHere: !section.classList.contains('hidden'),
    }));
  }

  function boxes() {
    return [...figures.querySelectorAll('input')].map((input) => ({ input, name: input.value }));
  }

  function open() {
    // Not among the controls: what these look like is not for a dialog.
    if (!dialog.isConnected) button.closest('.lesson')?.append(dialog);
    if (boxes().length === 0)
      figures.append(
        ...sections().map(({ name, title, isHere }) =>
          choice({ type: 'checkbox', name: 'figure', value: name, checked: isHere }, title),
        ),
      );
    update();
    dialog.showModal();
  }

  function update() {
    const chosen = new FormData(form);
    const names = chosen.getAll('figure').map(String);
    copyButton.disabled = names.length === 0;
    write(said, names.length === 0 ? text('embed-nothing') : '');
    if (names.length === 0) {
      code.value = '';
      return;
    }
    const words = new URLSearchParams(
      chosen.get('state') === 'now' ? new URL(host.link).hash.slice(1) : '',
    );
    // What is in view here is nothing to scroll to there.
    for (const name of ['lesson', 'figure']) words.delete(name);
    code.value = embedCode({
      as: chosen.get('as') === 'iframe' ? 'iframe' : 'element',
      site: SITE,
      lesson,
      language,
      title: `${title} \u2013 Unroll`,
      show: [
        ...(names.length < boxes().length ? names : []),
        ...(chosen.has('text') ? ['text'] : []),
      ],
      words,
    });
  }

  /** @param {SubmitEvent} event */
  async function copy(event) {
    event.preventDefault();
    const isCopied = await toClipboard(code.value);
    if (!isCopied) {
      code.focus();
      code.select();
    }
    write(said, text(isCopied ? 'copied' : 'embed-selected'));
  }

  return [button];
}
