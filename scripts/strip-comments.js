/**
 * Takes the comments out of a release's JavaScript, but for licences: types and reasons are for those who read
 * the source.
 *   node scripts/strip-comments.js FOLDER
 *
 * @module
 */

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const [, , folder] = process.argv;
if (!folder) throw new Error('Which folder?');
for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.js')) continue;
  const file = join(folder, name);
  const source = readFileSync(file, 'utf8');
  const [first = ''] = /^\s*\/\*[\s\S]*?\*\/\n?/.exec(source) ?? [];
  const { outputText } = ts.transpileModule(source, {
    fileName: file,
    compilerOptions: {
      allowJs: true,
      removeComments: true,
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
    },
  });
  // A library's licence stays with it.
  writeFileSync(file, first.includes('Copyright') ? first + outputText : outputText);
}
