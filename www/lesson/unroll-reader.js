/**
 * The element `<unroll-reader>`: a pad, and how a network that was trained here reads what is drawn on it, row by
 * row. It is lesson 2 as far as that goes, and has all its members and attributes.
 *
 * @module
 */

import { beliefTape } from '../figures/belief-tape.js';
import { drawing } from '../figures/drawing.js';
import { UnrollLesson } from './unroll-lesson.js';

/** What its attributes say, unless a page says otherwise. */
const SAID = { lesson: 'mnist', start: 'trained', show: 'drawing,belief-tape' };

export class UnrollReader extends UnrollLesson {
  figuresOf() {
    return { main: [drawing, beliefTape], side: [] };
  }

  connectedCallback() {
    for (const [name, value] of Object.entries(SAID))
      if (!this.hasAttribute(name)) this.setAttribute(name, value);
    super.connectedCallback();
  }
}

customElements.define('unroll-reader', UnrollReader);
