/**
 * The package's custom-elements.json: the element in the words of the Custom Elements Manifest 2.1, for
 * editors and catalogues. Made of the sources: of members and events what TypeScript knows, attributes from the
 * table in the element's own comment, parts and slots from where elements are made, properties from theme.css.
 *
 * @module
 */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { MEMBERS } from '../../www/lesson/commands.js';
import { EVENTS } from '../../www/lesson/events.js';
import { ELEMENT, plainArrays, www } from './program.js';

/** What the browser calls, and what every element has. */
const HIDDEN = [
  'connectedCallback',
  'disconnectedCallback',
  'attributeChangedCallback',
  'addEventListener',
  'removeEventListener',
];

const { NoTruncation, UseAliasDefinedOutsideCurrentScope } = ts.NodeBuilderFlags;
const NODE_FLAGS =
  NoTruncation | UseAliasDefinedOutsideCurrentScope | ts.NodeBuilderFlags.IgnoreErrors;
const printer = ts.createPrinter({ removeComments: true });
const nowhere = ts.createSourceFile('type.ts', '', ts.ScriptTarget.ES2022);

/**
 * @param {ts.Program} program
 * @param {string} path  of the element in the package
 */
export function manifest(program, path) {
  const checker = program.getTypeChecker();
  const element = exportOf(program, ELEMENT, 'UnrollLesson');
  const { text, attributes } = comment(docOf(checker, element));
  checkAttributes(attributes.map(({ name }) => name));
  const sections = sectionNames();
  const declaration = { name: 'UnrollLesson', module: path };
  return {
    schemaVersion: '2.1.0',
    modules: [
      {
        kind: 'javascript-module',
        path,
        declarations: [
          {
            kind: 'class',
            customElement: true,
            name: 'UnrollLesson',
            tagName: 'unroll-lesson',
            superclass: { name: 'HTMLElement', package: 'global:' },
            summary: summary(),
            description: text,
            attributes,
            members: membersOf(program, element),
            events: eventsOf(program),
            slots: sections.map((name) => ({ name, description: `Under the figure ${name}.` })),
            cssParts: [...sections, ...partNames()].map((name) => ({ name })),
            cssProperties: properties(),
          },
        ],
        exports: [
          { kind: 'js', name: 'UnrollLesson', declaration },
          { kind: 'custom-element-definition', name: 'unroll-lesson', declaration },
        ],
      },
    ],
  };
}

/** @param {ts.Program} program @param {string} file @param {string} name */
function exportOf(program, file, name) {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(www + file);
  const module = source && checker.getSymbolAtLocation(source);
  const found = module && checker.getExportsOfModule(module).find((one) => one.name === name);
  if (!found) throw new Error(`www/${file} exports no ${name}.`);
  return found;
}

/** The first sentence of the element's file. */
function summary() {
  const first = /\* (.+?)\n \*\n/s.exec(readFileSync(www + ELEMENT, 'utf8'))?.[1] ?? '';
  return first.replaceAll('\n * ', ' ');
}

/** @param {ts.TypeChecker} checker @param {ts.Symbol} symbol */
function docOf(checker, symbol) {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}

/** The comment without its table, and the attributes that the table has. @param {string} doc */
function comment(doc) {
  const lines = doc.split('\n');
  const rows = lines.filter((line) => line.startsWith('| `'));
  const attributes = rows.map((row) => {
    const [, name = '', before, changed] = row.split('|').map((cell) => cell.trim());
    return { name: name.replaceAll('`', ''), description: `${before}. When changed: ${changed}.` };
  });
  const text = lines
    .filter((line) => !line.startsWith('|'))
    .join('\n')
    .replace(/^[^\n]*:\n\n/, '')
    .trim();
  return { text, attributes };
}

/** @param {string[]} named */
function checkAttributes(named) {
  const source = readFileSync(www + ELEMENT, 'utf8');
  const list = /observedAttributes = \[(.*?)\]/s.exec(source)?.[1] ?? '';
  const observed = [...list.matchAll(/'([\w-]+)'/g)].map(([, name]) => name ?? '');
  const missing = observed.filter((name) => !named.includes(name));
  if (observed.length === 0 || missing.length > 0)
    throw new Error(`The comment of UnrollLesson has no row for the attribute ${missing}.`);
}

/**
 * The members of the class itself, and those that it is given of the table in commands.js.
 *
 * @param {ts.Program} program
 * @param {ts.Symbol} element
 */
function membersOf(program, element) {
  const checker = program.getTypeChecker();
  const table = checker.getTypeOfSymbol(exportOf(program, 'lesson/commands.js', 'MEMBERS'));
  const isOwn = (/** @type {ts.Symbol} */ { name, declarations }) =>
    /^[a-z]/i.test(name) &&
    !HIDDEN.includes(name) &&
    declarations?.some((one) => one.getSourceFile().fileName.startsWith(www));
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(element))
    .filter((symbol) => Object.hasOwn(MEMBERS, symbol.name) || isOwn(symbol))
    .map((symbol) => member(checker, symbol, table.getProperty(symbol.name)));
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 * @param {ts.Symbol | undefined} row  of the table, which has the comment
 */
function member(checker, symbol, row) {
  const { name } = symbol;
  const description = docOf(checker, symbol) || (row ? docOf(checker, row) : '');
  const type = checker.getTypeOfSymbol(symbol);
  const [signature] = type.getCallSignatures();
  if (!signature)
    return { kind: 'field', name, description, readonly: true, type: typeText(checker, type) };
  // Written out, a tuple of arguments is a list of parameters.
  const written = checker.signatureToSignatureDeclaration(
    signature,
    ts.SyntaxKind.MethodSignature,
    undefined,
    NODE_FLAGS,
  );
  const parameters = (written?.parameters ?? []).map(({ name, questionToken, type }) => ({
    name: textOf(name),
    ...(questionToken ? { optional: true } : {}),
    type: { text: textOf(type) },
  }));
  return {
    kind: 'method',
    name,
    description,
    parameters,
    return: { type: { text: textOf(written?.type) } },
  };
}

/** A type, or a name, in one line. @param {ts.Node | undefined} node */
function textOf(node) {
  const text = node ? printer.printNode(ts.EmitHint.Unspecified, node, nowhere) : '';
  return plainArrays(text.replaceAll(/\s+/g, ' '));
}

/** @param {ts.TypeChecker} checker @param {ts.Type} type */
function typeText(checker, type) {
  return { text: textOf(checker.typeToTypeNode(type, undefined, NODE_FLAGS)) };
}

/** @param {ts.Program} program */
function eventsOf(program) {
  const checker = program.getTypeChecker();
  const details = checker.getDeclaredTypeOfSymbol(exportOf(program, 'lesson/events.js', 'Details'));
  return EVENTS.map((name) => {
    const detail = details.getProperty(name);
    if (!detail) throw new Error(`Details in www/lesson/events.js has no ${name}.`);
    const { text } = typeText(checker, checker.getTypeOfSymbol(detail));
    const description = docOf(checker, detail);
    return { name: `unroll-${name}`, type: { text: `CustomEvent<${text}>` }, description };
  });
}

/** Every script of these folders, joined. @param {string[]} folders */
function scripts(...folders) {
  return folders
    .flatMap((folder) => readdirSync(www + folder).map((file) => join(www, folder, file)))
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** Figures, by the name that `hide` gives them: each is a part and has a slot. */
function sectionNames() {
  const made = scripts('figures', 'controls').matchAll(/[sS]ection\(\s*'([\w-]+)'/g);
  return unique([...made].map(([, name]) => name ?? ''));
}

function partNames() {
  const made = scripts('figures', 'controls', 'canvas').matchAll(/\bpart: '([\w -]+)'/g);
  const sections = sectionNames();
  return unique([...made].flatMap(([, names]) => (names ?? '').split(' '))).filter(
    (name) => !sections.includes(name),
  );
}

/** @param {string[]} names */
function unique(names) {
  return [...new Set(names)].sort();
}

/** The custom properties, with the colours that they have unless somebody sets them. */
function properties() {
  const theme = readFileSync(`${www}lesson/styles/theme.css`, 'utf8');
  const block = /:host \{(.*?)\}/s.exec(theme)?.[1] ?? '';
  const found = [...block.matchAll(/(--unroll-[\w-]+): (.*?);/g)];
  if (found.length === 0) throw new Error('theme.css sets no custom property.');
  return found.map(([, name, value]) => ({ name, syntax: '<color>', default: value }));
}
