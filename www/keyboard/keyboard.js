/**
 * Single keys that press the page's buttons: for whoever stands before a class and does not want to aim.
 *
 * They are silent while somebody writes, while a dialog is open, and with a modifier. Who speaks to the computer, or needs letters
 * for something else, turns them off in their list (WCAG 2.1.4); this browser remembers that.
 *
 * @module
 */

import { memory } from '../lesson/small-memory.js';
import { KeyList } from './list.js';
import { press } from './press.js';
import { goOn } from './stops.js';

/** @import {Language, TextKey} from '../texts/index.js' */

/** A key, what it does in words, and what it does. @typedef {{key: string, says: TextKey, act: () => void}} Shortcut */

/** Where letters are written, or choose. */
const WRITTEN =
  'textarea, select, [contenteditable], input:not([type="checkbox"], [type="radio"], [type="range"], [type="button"])';

/** Whether they are on. @type {ReturnType<typeof memory<boolean>>} */
const kept = memory('keys', (value) => typeof value === 'boolean', true);

/**
 * @param {object} page
 * @param {() => void} page.large     turns large type on or off
 * @param {() => void} page.language  turns to the other language
 * @param {Element | null} page.link  opens the list
 */
export function listenForKeys({ large, language, link }) {
  /** @type {Shortcut[]} */
  const shortcuts = [
    { key: 'p', says: 'key-play', act: () => press('play', 'pause') },
    { key: 's', says: 'key-step', act: () => press('step') },
    { key: 'r', says: 'key-reset', act: () => press('reset') },
    { key: 'n', says: 'key-next', act: () => goOn(1) },
    { key: 'b', says: 'key-back', act: () => goOn(-1) },
    { key: 'l', says: 'key-large', act: large },
    { key: 't', says: 'key-language', act: language },
    { key: '?', says: 'key-list', act: () => list.open() },
  ];
  const list = new KeyList(shortcuts, kept);
  link?.addEventListener('click', () => list.open());
  addEventListener('keydown', (event) => {
    if (!kept.value || isSpokenFor(event)) return;
    const found = shortcuts.find(({ key }) => key === event.key.toLowerCase());
    if (!found) return;
    event.preventDefault();
    found.act();
  });
  return {
    /** @param {Language} language */
    speak: (language) => list.speak(language),
  };
}

/** Whether a press means something else. @param {KeyboardEvent} event */
function isSpokenFor(event) {
  const { ctrlKey, altKey, metaKey, shiftKey, key, repeat, isComposing, defaultPrevented } = event;
  if (ctrlKey || altKey || metaKey || repeat || isComposing || defaultPrevented) return true;
  // A question mark may need it.
  if (shiftKey && key !== '?') return true;
  const [target] = event.composedPath();
  if (target instanceof Element && target.closest(WRITTEN)) return true;
  const roots = [document, ...document.querySelectorAll('unroll-lesson, unroll-reader')];
  return roots.some((root) =>
    (root instanceof Element ? root.shadowRoot : root)?.querySelector('dialog[open]'),
  );
}
