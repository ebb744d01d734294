/**
 * The package's typings: what tsc declares of the element, and of what the element's declaration names.
 *
 * @module
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ELEMENT, GLOBAL, explain, plainArrays, www } from './program.js';

const ELEMENT_TYPES = ELEMENT.replace(/\.js$/, '.d.ts');

/** What `import type {...} from 'unroll-lesson'` may name, besides the element. */
const INDEX = `export * from './lesson/unroll-lesson.js';
export type * from './lesson/events.js';
export type * from './worker/protocol.js';
import './lesson/global.js';
`;

/**
 * @param {ts.Program} program
 * @returns {Map<string, string>} text by path, relative to the package's `types/`
 */
export function typings(program) {
  /** @type {Map<string, string>} */
  const declared = new Map();
  const { diagnostics } = program.emit(undefined, (path, text) => {
    declared.set(path.replace('/types/', ''), text);
  });
  if (diagnostics.length > 0) throw new Error(explain(diagnostics));
  /** @type {Map<string, string>} */
  const needed = new Map([['index.d.ts', INDEX]]);
  const names = new Set([ELEMENT_TYPES, 'lesson/events.d.ts', GLOBAL]);
  for (const name of names) {
    // What is a declaration already is not emitted.
    const text = declared.get(name) ?? readFileSync(www + name, 'utf8');
    needed.set(name, plainArrays(text));
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles)
      names.add(join(name, '..', fileName.replace(/\.js$/, '.d.ts')));
  }
  return needed;
}
