/**
 * A lesson as a program in a language.
 *
 * @module
 */

/** @import {Options} from '../../worker/protocol.js' */
/** @import {TextKey} from '../../texts/index.js' */

/** Writes the program of a run. @typedef {(options: Options, seed: number) => string} Write */

/** `note` says what it takes to run it. @typedef {{language: ProgramLanguage, note: TextKey, write: Write}} Program */

/** @typedef {keyof typeof LANGUAGES} ProgramLanguage */

/** What is a comment in it, and what a keyword. */
export const LANGUAGES = {
  pytorch: {
    title: 'PyTorch',
    coloured:
      /(?<comment>#.*)|\b(?<keyword>import|from|class|def|return|for|in|if|with|as|True|False|None)\b/g,
  },
  burn: {
    title: 'Burn',
    coloured:
      /(?<comment>\/\/.*)|\b(?<keyword>use|const|struct|impl|fn|let|mut|for|in|as|self|Self)\b/g,
  },
};
