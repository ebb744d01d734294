/** What scripts/package makes, as somebody uses it who has nothing else: the zip on a server, the package in an app. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { unzipSync } from 'fflate';
import { build } from 'vite';
import { MEMBERS } from '../../www/lesson/commands.js';
import { EVENTS } from '../../www/lesson/events.js';
import { lessonOf, mnistBeside, onCpu, openPage, train } from './harness.js';
import { dist, root } from './site.js';

/** @import {TestContext} from 'node:test' */
/** @import {AddressInfo} from 'node:net' */

const folder = mkdtempSync(join(tmpdir(), 'unroll-package-test-'));
const packages = join(folder, 'packages');
/** An app with the package installed. */
const app = join(folder, 'app');

/** @param {string[]} args */
const pack = (...args) =>
  spawnSync(join(root, 'scripts/package'), args, { cwd: folder, encoding: 'utf8' });

/** The file of this ending that was made. @param {string} ending */
function packed(ending) {
  const found = readdirSync(packages).find((name) => name.endsWith(ending));
  assert(found, `scripts/package made no ${ending}`);
  return join(packages, found);
}

/** @param {string} name */
const read = (name) => readFileSync(join(app, name), 'utf8');

/** @param {string} path @param {string | Uint8Array} contents */
function write(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

before(() => {
  const { status, stderr } = pack(dist, packages);
  assert.equal(status, 0, stderr);
  write(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const quiet = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...quiet, packed('.tgz')], { cwd: app });
});

after(() => rmSync(folder, { recursive: true }));

const TYPES = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
]);

/**
 * A server that knows nothing of what it serves: no header of ours, no type for wasm.
 *
 * @param {TestContext} t
 * @param {string} root
 * @returns {Promise<string>} its address
 */
async function serve(t, root) {
  const server = createServer(({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://site');
    const path = join(root, decodeURIComponent(pathname).replace(/\/$/, '/index.html'));
    if (!existsSync(path) || !statSync(path).isFile()) {
      response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': TYPES.get(extname(path)) ?? 'text/plain' });
    response.end(readFileSync(path));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${/** @type {AddressInfo} */ (server.address()).port}/`;
}

onCpu('the zip, unpacked below the root of a plain server, is the page', async (t) => {
  const site = join(folder, 'site');
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(packed('.zip')))))
    write(join(site, 'some/where', name), bytes);
  const address = await serve(t, site);
  const name = basename(packed('.zip'), '.zip');
  const data = mnistBeside() ? 'mnist' : 'synthetic';
  const query = `lang=en&backend=cpu&data=${data}`;
  const page = await openPage(t, `${address}some/where/${name}/?${query}`);
  await train(page, 'sin-cos', 'mnist');
  const state = await lessonOf(page, 'mnist').state();
  assert.equal(state.data?.source, mnistBeside() ? 'beside' : 'synthetic');
});

onCpu('the package in an app that Vite builds', async (t) => {
  write(
    join(app, 'index.html'),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>app</title>
     <script type="module" src="./main.js"></script>
     <unroll-lesson lesson="sin-cos" backend="cpu"></unroll-lesson>
     <unroll-lesson lesson="mnist" backend="cpu" data="synthetic"></unroll-lesson>`,
  );
  write(join(app, 'main.js'), `import 'unroll-lesson';`);
  const built = join(folder, 'built');
  await build({
    root: app,
    base: './',
    configFile: false,
    logLevel: 'error',
    build: { outDir: join(built, 'some/where'), reportCompressedSize: false },
  });
  const address = await serve(t, built);
  const page = await openPage(t, `${address}some/where/`);
  await train(page, 'sin-cos', 'mnist');
  const link = await lessonOf(page, 'sin-cos').run((one) => one.link);
  assert(link.startsWith(`${address}some/where/#lesson=sin-cos`), link);
});

onCpu('the package as it is, on a plain server: the element and the iframe', async (t) => {
  const address = await serve(t, app);
  write(
    join(app, 'plain.html'),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>plain</title>
     <script type="module" src="node_modules/unroll-lesson/lesson/unroll-lesson.js"></script>
     <unroll-lesson lesson="sin-cos" backend="cpu"></unroll-lesson>`,
  );
  await train(await openPage(t, `${address}plain.html`), 'sin-cos');
  const embed = `${address}node_modules/unroll-lesson/embed.html?lesson=mnist&data=synthetic`;
  await train(await openPage(t, `${embed}&backend=cpu`), 'mnist');
});

test("the package's types", () => {
  write(
    join(app, 'use.ts'),
    `import { UnrollLesson, type LessonEventMap, type State } from 'unroll-lesson';

     const lesson = document.createElement('unroll-lesson');
     const same: UnrollLesson | null = document.querySelector('unroll-lesson');
     lesson.addEventListener('unroll-metrics', ({ detail }) => detail.losses.length + detail.state.epoch);
     lesson.addEventListener('unroll-error', (event: LessonEventMap['unroll-error']) => event.detail.code);
     lesson.addEventListener('click', (event) => event.clientX);
     const state: State = await lesson.step(3);
     const accuracy: number = (await lesson.evaluate()).accuracy;
     const { digit } = await lesson.predict(new Uint8Array(784));
     await lesson.reset({ seed: digit });
     console.log(state.loss, accuracy, same?.link.length);

     // @ts-expect-error it is a number
     lesson.step('3');
     // @ts-expect-error there is no such member
     lesson.train();
     // @ts-expect-error there is no such field
     lesson.addEventListener('unroll-ready', ({ detail }) => detail.nothing);`,
  );
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const compilerOptions = {
      ...{ module, moduleResolution, target: 'es2022', lib: ['es2023', 'dom', 'dom.iterable'] },
      ...{ strict: true, noEmit: true, skipLibCheck: false, types: [] },
    };
    write(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    const tsc = join(root, 'node_modules/.bin/tsc');
    const { status, stdout } = spawnSync(tsc, ['--project', app], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  }
});

test('the manifest names all that the element has, and every path of the package leads to a file', () => {
  const inside = 'node_modules/unroll-lesson';
  const { modules } = JSON.parse(read(`${inside}/custom-elements.json`));
  const [element] = modules[0].declarations;
  const names = (/** @type {Array<{name: string}>} */ list) => list.map(({ name }) => name);
  const members = names(element.members);
  assert.deepEqual(
    [...Object.keys(MEMBERS), 'ready', 'state'].filter((name) => !members.includes(name)),
    [],
  );
  assert.deepEqual(
    names(element.events),
    EVENTS.map((name) => `unroll-${name}`),
  );
  for (const name of ['lesson', 'show', 'hide']) assert(names(element.attributes).includes(name));
  assert(names(element.cssParts).includes('play'));
  assert(names(element.cssProperties).includes('--unroll-ink'));
  const described = JSON.parse(read(`${inside}/package.json`));
  const { main, types, unpkg, jsdelivr, customElements, exports } = described;
  const paths = [main, types, unpkg, jsdelivr, customElements, modules[0].path];
  for (const target of Object.values(exports))
    paths.push(...(typeof target === 'string' ? [target] : Object.values(target)));
  assert.deepEqual(
    paths.filter((path) => !existsSync(join(app, inside, path))),
    [],
  );
});

test('a server that renders pages can import the package', () => {
  const program = `import { UnrollLesson } from 'unroll-lesson'; console.log(typeof UnrollLesson)`;
  const said = execFileSync('node', ['--input-type=module', '--eval', program], { cwd: app });
  assert.equal(String(said).trim(), 'function');
});

test('what is no built site is refused', () => {
  const { status, stderr } = pack(app, packages);
  assert.equal(status, 1);
  assert.match(stderr, /is not a built site: it has no embed\.html/);
});
