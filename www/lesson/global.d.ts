/** `document.querySelector('unroll-lesson')` is an UnrollLesson. */

import type { UnrollLesson } from './unroll-lesson.js';

declare global {
  interface HTMLElementTagNameMap {
    'unroll-lesson': UnrollLesson;
  }
}
