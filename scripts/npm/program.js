/**
 * The element's sources, as TypeScript understands them.
 *
 * @module
 */

import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const www = fileURLToPath(new URL('../../www/', import.meta.url));
/** The element's file: in www/, in a built site and in the package. */
export const ELEMENT = 'lesson/unroll-lesson.js';
/** Says that a document's `unroll-lesson` is one. */
export const GLOBAL = 'lesson/global.d.ts';

export function openProgram() {
  return ts.createProgram([www + ELEMENT, www + GLOBAL], {
    allowJs: true,
    checkJs: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: www,
    outDir: '/types',
  });
}

/** @param {readonly ts.Diagnostic[]} diagnostics */
export function explain(diagnostics) {
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => www,
    getNewLine: () => '\n',
  });
}

/** Arrays as everybody writes them, without their buffer. @param {string} text */
export function plainArrays(text) {
  return text.replaceAll(/\b(\w+Array)<ArrayBuffer(?:Like)?>/g, '$1');
}
