/**
 * What a figure offers in its corner: its picture as a file, and the whole screen.
 *
 * @module
 */

import { make } from './dom.js';
import { fullScreen } from './full-screen.js';
import { savePicture } from './save-picture.js';

/** @import {Context} from '../figures/figure.js' */

/**
 * @param {HTMLElement} section  a figure's
 * @param {Pick<Context, 'host' | 'run' | 'text' | 'manifest' | 'theme' | 'attempt'>} context
 */
export function offerCorner(section, context) {
  const figure = section.querySelector(':scope > .figure');
  const title = figure?.querySelector('h3')?.textContent;
  if (!figure || !title) return;
  const called = { name: section.dataset.group ?? '', title };
  const buttons = [
    savePicture(figure, called, context),
    fullScreen(figure, called, context.text),
  ].filter((button) => button !== null);
  if (buttons.length > 0) figure.append(make('div', { class: 'corner' }, ...buttons));
}
