/**
 * A button that copies the lesson's link. If the page may not write to the clipboard, it shows the link,
 * selected.
 *
 * @module
 */

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
    try {
      await navigator.clipboard.writeText(link);
      address.hidden = true;
      write(button, text('copied'));
      host.announce(text('copied'));
      clearTimeout(timer);
      timer = setTimeout(() => write(button, text('copy-link')), SAID);
    } catch {
      // Not everywhere may a page write there: not over http, not in another site's frame.
      address.hidden = false;
      address.value = link;
      address.select();
      address.focus();
      host.announce(text('copy-link-selected'));
    }
  }

  return { button, address };
}
