/**
 * A button that copies the lesson's link. If the page may not write to the clipboard, it shows the link,
 * selected.
 *
 * @module
 */

import { toClipboard } from '../lesson/clipboard.js';
import { make, write } from '../lesson/dom.js';

/** @import {Context} from '../figures/figure.js' */

/** How long it says that it copied, in milliseconds. */
const SAID = 2000;

/** @param {Context} context */
export function copyLink({ host, text, signal }) {
  const button = make(
    'button',
    { part: 'copy-link', type: 'button', title: text('copy-link-hint'), onclick: copy },
    text('copy-link'),
  );
  const address = make('input', {
    part: 'link',
    type: 'text',
    readonly: '',
    hidden: true,
    'aria-label': text('copy-link'),
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  signal.addEventListener('abort', () => clearTimeout(timer));

  async function copy() {
    const { link } = host;
    address.hidden = await toClipboard(link);
    host.announce(text(address.hidden ? 'copied' : 'copy-link-selected'));
    if (address.hidden) {
      write(button, text('copied'));
      clearTimeout(timer);
      timer = setTimeout(() => write(button, text('copy-link')), SAID);
    } else {
      address.value = link;
      address.select();
      address.focus();
    }
  }

  return { button, address };
}
