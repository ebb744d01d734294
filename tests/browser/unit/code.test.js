/** The programs beside the curves: their constants are those of the options, and what differs is found. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as burn from '../../../www/figures/code/burn.js';
import { changes } from '../../../www/figures/code/changes.js';
import * as pytorch from '../../../www/figures/code/pytorch.js';

/** @import {Lesson, Options} from '../../../www/worker/protocol.js' */

const SEED = 1;

/** The tutorial's own constants. @type {Record<Lesson, Options>} */
const TUTORIAL = {
  'sin-cos': {
    learningRate: 0.02,
    hiddenSize: 32,
    cell: 'rnn',
    timeStep: 10,
    endpoint: 'inclusive',
    stateMode: 'carry',
    segmentsBack: 2,
    clipNorm: null,
    speed: null,
  },
  mnist: {
    learningRate: 0.01,
    hiddenSize: 64,
    cell: 'lstm',
    trainOn: 'last',
    scan: 'down',
    batchSize: 64,
    shuffle: true,
    carryState: false,
    clipNorm: null,
    speed: null,
  },
};

const WRITERS = {
  'sin-cos': { pytorch: pytorch.sinCos, burn: burn.sinCos },
  mnist: { pytorch: pytorch.mnist, burn: burn.mnist },
};

/** @type {Array<[Lesson, Partial<Options>]>} */
const VARIANTS = [
  ['sin-cos', {}],
  [
    'sin-cos',
    { endpoint: 'exclusive', stateMode: 'reset', timeStep: 17, hiddenSize: 9, learningRate: 1e-7 },
  ],
  ['sin-cos', { stateMode: 'truncated', segmentsBack: 3 }],
  ['sin-cos', { clipNorm: 0.1 }],
  ['sin-cos', { clipNorm: 1, stateMode: 'truncated' }],
  ['sin-cos', { cell: 'lstm' }],
  ['sin-cos', { cell: 'lstm', stateMode: 'truncated' }],
  ['sin-cos', { cell: 'gru' }],
  ['sin-cos', { cell: 'gru', stateMode: 'truncated' }],
  ['mnist', {}],
  ['mnist', { cell: 'gru' }],
  ['mnist', { cell: 'gru', trainOn: 'every' }],
  ['mnist', { cell: 'rnn', trainOn: 'every', batchSize: 96, shuffle: false, learningRate: 1 }],
  ['mnist', { carryState: true }],
  ['mnist', { carryState: true, clipNorm: 2.5 }],
  ['mnist', { clipNorm: 2.5 }],
  ['mnist', { carryState: true, cell: 'rnn', trainOn: 'every' }],
  ['mnist', { carryState: true, cell: 'gru' }],
  ['mnist', { scan: 'up' }],
  ['mnist', { scan: 'columns', cell: 'rnn' }],
  ['mnist', { scan: 'permuted', trainOn: 'every', shuffle: false }],
];

const LANGUAGES = /** @type {const} */ (['pytorch', 'burn']);

const programs = VARIANTS.flatMap(([lesson, changed]) =>
  LANGUAGES.map((language) => {
    const options = { ...TUTORIAL[lesson], ...changed };
    return { lesson, options, language, program: WRITERS[lesson][language](options, 7) };
  }),
);

/** @param {string} name */
function python(name) {
  const { status } = spawnSync('python3', ['-c', `import ${name}`]);
  return status === 0;
}

test('the constants are those of the options', () => {
  for (const { lesson, options, language, program } of programs) {
    const has = (/** @type {RegExp} */ pattern) =>
      assert.match(program, pattern, `${language} ${JSON.stringify(options)}`);
    const set = (/** @type {string} */ name, /** @type {number} */ value) =>
      has(new RegExp(`${name}(: \\w+)? = ${String(value).replace('.', '\\.')}(\\.0)?;?\\n`));
    set('HIDDEN_SIZE', options.hiddenSize);
    set('LR', options.learningRate);
    has(/seed\(7\)/);
    const layer = options.cell;
    const name =
      language === 'pytorch'
        ? `nn.${layer.toUpperCase()}(`
        : `${layer.charAt(0).toUpperCase()}${layer.slice(1)}Config::new(`;
    assert(program.includes(name), name);
    if (lesson === 'mnist') set('BATCH_SIZE', options.batchSize ?? 0);
    else set('TIME_STEP', options.timeStep ?? 0);
    if (options.clipNorm !== null) has(new RegExp(`(norm_|Norm)\\(.*${options.clipNorm}`));
    if (options.stateMode === 'truncated') set('SEGMENTS_BACK', options.segmentsBack ?? 0);
    assert.doesNotMatch(program, /undefined|NaN|\[object/);
  }
});

test('every option changes the programs', () => {
  for (const language of LANGUAGES) {
    const seen = new Set(
      VARIANTS.map(([lesson, options]) =>
        WRITERS[lesson][language]({ ...TUTORIAL[lesson], ...options }, SEED),
      ),
    );
    assert.equal(seen.size, VARIANTS.length);
  }
});

test('brackets are closed', () => {
  const closing = { ')': '(', ']': '[', '}': '{' };
  for (const { program, language } of programs) {
    /** @type {string[]} */
    const open = [];
    for (const sign of program.replace(/(#|\/\/).*/g, '').replace(/'[^'\n]*'|"[^"\n]*"/g, '')) {
      if ('([{'.includes(sign)) open.push(sign);
      else if (sign in closing)
        assert.equal(open.pop(), closing[/** @type {keyof typeof closing} */ (sign)], language);
    }
    assert.deepEqual(open, []);
  }
});

test('PyTorch’s programs are Python', (t) => {
  if (!python('ast')) {
    console.log('SKIPPED: no python3: the programs of the page are not parsed');
    return t.skip('no python3');
  }
  for (const { program, language } of programs) {
    if (language !== 'pytorch') continue;
    const { status, stderr } = spawnSync(
      'python3',
      ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'],
      { input: program, encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
  }
});

test('PyTorch’s programs of the wave run as they stand', { timeout: 120_000 }, (t) => {
  if (!python('torch')) {
    console.log('SKIPPED: no PyTorch beside python3: the programs of the page are not run');
    return t.skip('no PyTorch');
  }
  for (const { program, language, lesson, options } of programs) {
    if (language !== 'pytorch' || lesson !== 'sin-cos') continue;
    const { status, stdout, stderr } = spawnSync('python3', ['-'], {
      input: program,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const losses = [...stdout.matchAll(/loss: (\d\.\d+)/g)].map(([, loss]) => Number(loss));
    assert.equal(losses.length, 100);
    if (options.stateMode === 'truncated')
      assert((losses[99] ?? 1) < 0.05, `it learns: ${losses[99]}`);
  }
});

test('what differs is marked, line by line and within a line', () => {
  const marked = (/** @type {string} */ program, /** @type {string} */ original) =>
    changes(program, original).flatMap(({ line, from, to }) =>
      from < to ? [line.slice(from, to)] : [],
    );
  assert.deepEqual(marked('a = 1\nb = 2', 'a = 1\nb = 3'), ['2']);
  assert.deepEqual(marked('a = 1\nb = 2', 'a = 1\nb = 2'), []);
  assert.deepEqual(marked('a\n  new line\nb', 'a\nb'), ['new line']);
  assert.deepEqual(marked('a\nb', 'a\ngone\nb'), []);
  assert.deepEqual(marked('f(x)', 'f(x, y)'), ['x']);
  for (const { lesson, program, language } of programs) {
    const tutorial = WRITERS[lesson][language](TUTORIAL[lesson], SEED);
    assert.equal(
      changes(program, tutorial)
        .map(({ line }) => line)
        .join('\n'),
      program,
    );
    for (const { line, from, to } of changes(program, tutorial))
      assert(0 <= from && from <= to && to <= line.length);
  }
  const truncated = pytorch.sinCos({ ...TUTORIAL['sin-cos'], stateMode: 'truncated' }, SEED);
  assert(marked(truncated, pytorch.sinCos(TUTORIAL['sin-cos'], SEED)).includes('window = []'));
});
