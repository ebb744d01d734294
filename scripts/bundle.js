/**
 * Trunk's last step but one: what the browser loads, in a folder of its own whose name is made of all that is in
 * it. So no browser, cache or service worker mixes the files of two builds, and whoever has the folder's name has
 * the build.
 *   node scripts/bundle.js SITE
 * Outside of it stay the pages, the element under the address that embedders know, and MNIST, which has its
 * own check.
 *
 * JavaScript is joined by esbuild into few files that lie side by side: an address that a module writes
 * relative to itself is relative to the folder.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { texts } from '../www/exercises/en.js';
import { notes } from '../www/teachers/notes.en.js';
import { htmlOf } from '../www/teachers/notes.js';
import { textsOf } from '../www/texts/index.js';
import { policy } from './policy.js';
import { PREVIEW, previewTags } from './preview.js';

const site = process.argv[2] ?? '';
if (!site) throw new Error('Which folder?');
const release = process.env.TRUNK_PROFILE === 'release';
const www = fileURLToPath(new URL('../www/', import.meta.url));
const folder = join(site, 'build');

/** The element's stylesheet, of these parts in this order: one request instead of a dozen. */
const STYLES = [
  'theme',
  'base',
  'layout',
  'controls',
  'embed-dialog',
  'figures',
  'charts',
  'waves',
  'output-layer',
  'digits',
  'belief-tape',
  'gates',
  'cell',
  'unrolled',
  'mistakes',
  'code',
  'forced-colors',
  'print',
];

/** Which pages start with which script. */
const PAGES = {
  'index.html': 'page.js',
  'embed.html': 'embed.js',
  'teachers.html': 'teachers.js',
};
/** Pages without a lesson. */
const PLAIN = ['teachers.html'];

/** What Trunk copies: it has the same address in every build. */
const COPIED = [...Object.keys(PAGES), 'icon.svg', 'manifest.webmanifest'];
/** The element, under the address that embedders know. */
const ELEMENT = 'lesson/unroll-lesson.js';

const english = /** @type {(key: string) => string} */ (textsOf('en'));

/** A lesson in a page. */
const LESSON = /<unroll-lesson lesson="([\w-]+)"[^>]*>/g;

/** How scripts are joined. */
const SCRIPTS = /** @satisfies {import('esbuild').BuildOptions} */ ({
  outdir: folder,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  minify: release,
  sourcemap: !release,
  logLevel: 'warning',
});

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const imports = await joinScripts();
const pageStyles = await joinStyles();
for (const name of readdirSync(site))
  if (/^worker-.*\.(js|wasm)$/.test(name)) renameSync(join(site, name), join(folder, name));
const name = `build-${contentsOf()}`;
for (const old of readdirSync(site))
  if (old.startsWith('build-')) rmSync(join(site, old), { recursive: true });
renameSync(folder, join(site, name));
for (const [page, script] of Object.entries(PAGES)) await writePage(page, script);
mkdirSync(join(site, 'lesson'), { recursive: true });
writeFileSync(join(site, ELEMENT), `export * from '../${name}/unroll-lesson.js';\n`);
await writeServiceWorker();
writeFileSync(join(site, 'LICENSES.txt'), licences());

/** @returns {Promise<Map<string, string[]>>} what each script imports from its first moment on, directly or not */
async function joinScripts() {
  const { metafile } = await build({
    entryPoints: {
      early: join(www, 'early.js'),
      page: join(www, 'page.js'),
      embed: join(www, 'embed.js'),
      teachers: join(www, 'teachers.js'),
      'unroll-lesson': join(www, 'lesson/unroll-lesson.js'),
    },
    splitting: true,
    chunkNames: '[name]-[hash]',
    metafile: true,
    ...SCRIPTS,
  });
  // In one file: a bundler copies it as it is, without what it would import.
  await build({ entryPoints: { worker: join(www, 'worker/main.js') }, ...SCRIPTS });
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, { imports }]) => [
      path.split('/').at(-1) ?? '',
      imports
        .filter(({ kind }) => kind === 'import-statement')
        .map(({ path }) => path.split('/').at(-1) ?? ''),
    ]),
  );
  const all = (/** @type {string} */ script) => {
    const found = new Set(outputs.get(script));
    for (const other of found) for (const next of outputs.get(other) ?? []) found.add(next);
    return [...found];
  };
  return new Map([...outputs.keys()].map((script) => [script, all(script)]));
}

/** @returns {Promise<string>} the page's own, which stand in it: a request for them that hangs would leave it blank */
async function joinStyles() {
  const parts = join(www, 'lesson/styles');
  const there = readdirSync(parts).sort().join();
  // A part that is not in the list would be missed by nobody but the reader.
  if (
    there !==
    STYLES.map((part) => `${part}.css`)
      .sort()
      .join()
  )
    throw new Error(`STYLES in scripts/bundle.js and ${parts} do not name the same files.`);
  const read = (/** @type {string} */ file) => readFileSync(join(www, file), 'utf8');
  const lesson = STYLES.map((part) => read(`lesson/styles/${part}.css`)).join('');
  const told = read('article/told.css');
  const guides = ['guide/guide', 'keyboard/keyboard', 'teachers/teachers']
    .map((file) => read(`${file}.css`))
    .join('');
  const joined = (/** @type {string} */ contents) =>
    build({
      stdin: { contents, loader: 'css' },
      write: false,
      minify: release,
      target: 'es2022',
      logLevel: 'warning',
    }).then(({ outputFiles }) => outputFiles[0]?.text ?? '');
  writeFileSync(join(folder, 'lesson.css'), await joined(lesson + told));
  const page = await joined(read('page.css') + told + guides);
  // For hosts whose policy allows no style in the page: see www/page-styles.js.
  writeFileSync(join(folder, 'page.css'), page);
  return page;
}

/** A hash of the build, and of the pages that start it. */
function contentsOf() {
  const hash = createHash('sha256').update(pageStyles);
  const files = readdirSync(folder)
    .sort()
    .map((file) => join(folder, file));
  for (const file of [...files, ...COPIED.map((copied) => join(site, copied))])
    hash.update(`${file.split('/').at(-1)} ${statSync(file).size}\n`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/** @param {string} page @param {string} script */
async function writePage(page, script) {
  const file = join(site, page);
  const source = readFileSync(file, 'utf8');
  const first = [script, ...(imports.get(script) ?? [])];
  const links = first.map((name) => `<link rel="modulepreload" href="${name}" />`);
  // Read before a worker is made of it.
  if (!PLAIN.includes(page))
    links.push('<link rel="preload" as="fetch" crossorigin href="worker.js" />');
  /** @type {Map<string, string>} */
  const articles = new Map();
  for (const [, lesson = ''] of source.matchAll(LESSON)) articles.set(lesson, await told(lesson));
  const tags = page === 'index.html' ? previewTags(process.env.UNROLL_URL) : [];
  if (tags.length > 0) copyFileSync(join(www, 'pictures/first.png'), join(site, PREVIEW));
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy("'self'", pageStyles)}" />`;
  const written = source
    .replace('<link rel="stylesheet" href="page.css" />', () => `<style>${pageStyles}</style>`)
    .replace('<head>', release ? `<head>\n    ${meta}` : '<head>')
    .replace('</title>', () => ['</title>', ...tags].join('\n    '))
    .replace(/( *)(<script type="module")/, (_, indent, tag) =>
      [...links, tag].map((line) => indent + line).join('\n'),
    )
    .replaceAll(/(href|src)="([\w-]+\.(?:css|js))"/g, `$1="${name}/$2"`)
    .replaceAll(/data-text="([\w-]+)"[^>]*>/g, (tag, key) => tag + escaped(english(key)))
    .replaceAll(LESSON, (tag, lesson) => tag + articles.get(lesson))
    // For whoever reads it without its scripts.
    .replace(/<main [^>]*class="notes">/, (tag) => tag + htmlOf(notes, texts));
  if (!written.includes(`src="${name}/${script}"`))
    throw new Error(`${page} does not start with ${script}.`);
  if (!written.includes('<style>')) throw new Error(`${page} has no styles.`);
  writeFileSync(file, written);
}

/** Its article in English, for whoever reads the page without its scripts: the element's own takes its place. @param {string} lesson */
async function told(lesson) {
  /** @type {{article: import('../www/article/types.js').Article}} */
  const { article } = await import(`../www/article/${lesson}.en.js`);
  return article.sections
    .filter(({ figure }) => figure !== undefined)
    .map(({ figure, title, body }) => {
      const paragraphs = body.map((html) => `<p>${html}</p>`).join('');
      return `<div slot="${figure}" class="told"><h4>${escaped(title)}</h4>${paragraphs}</div>`;
    })
    .join('\n');
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** The service worker knows all files of its build; the WebGPU module and its like are kept if they are used. */
async function writeServiceWorker() {
  const files = readdirSync(join(site, name)).filter((file) => !/\.map$|^worker-webgpu/.test(file));
  const known = {
    name,
    files: files.map((file) => `${name}/${file}`),
    // The page itself is kept under the folder's address.
    fixed: [...COPIED, ELEMENT].filter((file) => file !== 'index.html'),
  };
  await build({
    entryPoints: [join(www, 'service-worker.js')],
    ...SCRIPTS,
    outdir: site,
    sourcemap: false,
    banner: { js: `self.BUILD = ${JSON.stringify(known)};` },
  });
}

/** What is of others in a built page stays with its licence. */
function licences() {
  const root = join(www, '..');
  const files = [
    'NOTICE.md',
    'LICENSE-MIT',
    'LICENSE-APACHE',
    'LICENSE-CC-BY.md',
    'node_modules/uplot/LICENSE',
  ];
  return files
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join(`\n${'-'.repeat(78)}\n\n`);
}
