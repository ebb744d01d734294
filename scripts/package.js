/**
 * Makes what is handed out, from a built site: a zip of the site, and the npm package.
 *   node scripts/package.js SITE FOLDER
 *
 * Both have the site's own layout, so that what the tests load is what is handed out. The npm package leaves
 * out MNIST, which is larger than the rest and not ours, and source maps. It has the pages: with their scripts
 * they are 1 % of it, `link` leads to one of them, and the other is for iframes.
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { manifest } from './npm/manifest.js';
import { ELEMENT, openProgram } from './npm/program.js';
import { typings } from './npm/typings.js';

const root = fileURLToPath(new URL('../', import.meta.url));
/** In a zip, so that the same site makes the same file. */
const DATE = new Date('2000-01-01T12:00:00');

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function main() {
  const [, , site, folder] = process.argv;
  if (!site || !folder) throw new Error('usage: node scripts/package.js SITE FOLDER');
  const files = filesOf(site);
  mkdirSync(folder, { recursive: true });
  const { version, description } = cargo();
  const name = join(folder, `unroll-${version}`);
  writeZip(`${name}.zip`, site, files, `unroll-${version}`);
  writePackage(`${name}.tgz`, site, files, { version, description });
  for (const file of [`${name}.zip`, `${name}.tgz`])
    console.log(`${relative('', file)}  ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}

/**
 * The files of a built site, relative to it. Folders that do not belong to it are left out.
 *
 * @param {string} site
 * @returns {string[]}
 * @throws {Error} if it is none
 */
function filesOf(site) {
  /** @param {string} why */
  const refuse = (why) => {
    throw new Error(
      `${site} is not a built site: ${why}. "trunk build --release" makes one in dist/.`,
    );
  };
  if (!existsSync(site)) refuse('there is no such folder');
  for (const file of ['index.html', 'embed.html', 'teachers.html', 'LICENSES.txt', ELEMENT])
    if (!existsSync(join(site, file))) refuse(`it has no ${file}`);
  const stub = readFileSync(join(site, ELEMENT), 'utf8');
  const build = /(build-[0-9a-f]+)\/unroll-lesson\.js/.exec(stub)?.[1];
  if (!build || !existsSync(join(site, build, 'unroll-lesson.js')))
    return refuse(`its ${ELEMENT} leads to no build`);
  for (const module of ['worker-cpu', 'worker-cpu-relaxed', 'worker-webgpu'])
    if (!existsSync(join(site, build, `${module}_bg.wasm`))) refuse(`it has no ${module}`);
  return ['', 'lesson', build, 'data/mnist'].flatMap((folder) => filesIn(site, folder));
}

/** @param {string} site @param {string} folder @returns {string[]} */
function filesIn(site, folder) {
  if (!existsSync(join(site, folder))) return [];
  return readdirSync(join(site, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name))
    .sort();
}

/** What Cargo.toml says of the crate. */
function cargo() {
  const text = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  /** @param {string} key */
  const value = (key) => {
    const found = new RegExp(`^${key} = "(.*)"$`, 'm').exec(text)?.[1];
    if (!found) throw new Error(`Cargo.toml has no ${key}.`);
    return found;
  };
  return { version: value('version'), description: value('description') };
}

/**
 * @param {string} file
 * @param {string} site
 * @param {string[]} files
 * @param {string} folder  that it unpacks into
 */
function writeZip(file, site, files, folder) {
  const contents = Object.fromEntries(
    files.map((name) => {
      // What is compressed already is only stored.
      const level = /** @type {0 | 9} */ (name.endsWith('.gz') ? 0 : 9);
      const bytes = new Uint8Array(readFileSync(join(site, name)));
      return [`${folder}/${name}`, [bytes, { level, mtime: DATE }]];
    }),
  );
  writeFileSync(file, zipSync(/** @type {import('fflate').Zippable} */ (contents)));
}

/**
 * @param {string} file
 * @param {string} site
 * @param {string[]} files
 * @param {{version: string, description: string}} what
 */
function writePackage(file, site, files, what) {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-package-'));
  /** @param {string} name @param {string} text */
  const write = (name, text) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  /** @param {string} from @param {string} name */
  const copy = (from, name) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(from, name), join(folder, name));
  };
  try {
    for (const name of files)
      if (!name.startsWith('data/') && !name.endsWith('.map')) copy(site, name);
    for (const name of ['LICENSE-MIT', 'LICENSE-APACHE', 'LICENSE-CC-BY.md', 'docs/embedding.md'])
      copy(root, name);
    copy(join(root, 'scripts/npm'), 'server.js');
    const program = openProgram();
    for (const [name, text] of typings(program)) write(`types/${name}`, text);
    write('custom-elements.json', json(manifest(program, ELEMENT)));
    write('README.md', readme());
    write('package.json', json(describe(what)));
    const packed = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--offline'], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const [{ filename }] = Object.values(packed);
    cpSync(join(folder, filename), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {unknown} value */
function json(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The package.json. @param {{version: string, description: string}} what */
function describe({ version, description }) {
  return {
    name: 'unroll-lesson',
    version,
    description,
    // The code, and the article's texts.
    license: '(MIT OR Apache-2.0) AND CC-BY-4.0',
    keywords: [
      'web-component',
      'custom-element',
      'rnn',
      'lstm',
      'gru',
      'webgpu',
      'webassembly',
      'teaching',
    ],
    type: 'module',
    exports: {
      '.': {
        types: './types/index.d.ts',
        browser: `./${ELEMENT}`,
        // A server that renders pages has no elements.
        node: './server.js',
        default: `./${ELEMENT}`,
      },
      [`./${ELEMENT}`]: { types: './types/index.d.ts', default: `./${ELEMENT}` },
      './embed.html': './embed.html',
      './index.html': './index.html',
      './custom-elements.json': './custom-elements.json',
      './package.json': './package.json',
    },
    main: `./${ELEMENT}`,
    types: './types/index.d.ts',
    unpkg: `./${ELEMENT}`,
    jsdelivr: `./${ELEMENT}`,
    customElements: './custom-elements.json',
    // Every script defines the element, or belongs to one that does.
    sideEffects: true,
  };
}

/** The package's README: how to install it, and what the project's says about the element. */
function readme() {
  const own = readFileSync(join(root, 'scripts/npm/README.md'), 'utf8');
  const whole = readFileSync(join(root, 'README.md'), 'utf8');
  const start = whole.indexOf('| attribute |');
  const end = whole.indexOf('\n## How it is built');
  if (start < 0 || end < start)
    throw new Error('README.md has no table of attributes, or no "How it is built" after it.');
  return own.replace('<!-- element -->', () => whole.slice(start, end).trim());
}
