/**
 * Measures Unroll beside jax-js, TensorFlow.js and PyTorch in one run, and lists what is measured.
 * `scripts/bench` calls it. `ROUNDS=1` is quick and rough.
 *
 * @module
 */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findAdapter, sizes } from './browser.js';
import { findMnist, readDigits, writeDigits } from './digits.js';
import { PyTorch } from './pytorch.js';
import { IN_BROWSER, ON_GPU, Races, onCpu } from './races.js';
import { Server } from './server.js';
import { between, table } from './table.js';
import { ROUNDS, inTurns, notes, say } from './turns.js';

/** @import {Browser} from 'playwright-core' */
/** @import {On} from './races.js' */
/** @import {Row} from './table.js' */

/** Of digits, for the contenders in a page of ours. */
const BATCHES = 128;
const README = fileURLToPath(new URL('../README.md', import.meta.url));

/** How much of the machine is at work while nothing is measured, 0 to 1. */
async function business() {
  const times = () => {
    let [idle, all] = [0, 0];
    for (const { times } of cpus()) {
      idle += times.idle;
      all += Object.values(times).reduce((a, b) => a + b);
    }
    return { idle, all };
  };
  const before = times();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const after = times();
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

/** @param {string} name */
function version(name) {
  const file = new URL(`./node_modules/${name}/package.json`, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : '';
}

/**
 * What a run has found, and measures with.
 *
 * @typedef {object} Ground
 * @property {Races} races
 * @property {Browser} browser
 * @property {Server} server
 * @property {string} site
 * @property {{name: string, software: boolean} | null} adapter
 * @property {{version: string, cuda: string | null} | null} torch
 */

/** Steps of more and more units, images and points. @param {Races} races @param {On} on @param {number[][]} sizes */
async function growing(races, on, [hiddens, batches, points]) {
  /** @type {Row[]} */
  const rows = [];
  for (const race of [
    ...hiddens.map((hidden) =>
      races.mnistStep(`MNIST step, hidden size ${hidden}`, on, { hiddenSize: hidden }, { hidden }),
    ),
    ...batches.map((batch) => {
      const what = `MNIST step, batch of ${batch.toLocaleString('en')}`;
      return races.mnistStep(what, on, { batchSize: batch }, { batch });
    }),
    ...points.map((points) => races.sinCosStep(`sin-cos step, ${points} time steps`, on, points)),
  ]) {
    rows.push(...(await inTurns([{ ...race, slow: true }])));
  }
  return rows;
}

/** @param {Ground} ground */
function titles({ torch }) {
  const release = torch?.version.split('+')[0];
  return {
    unroll: 'Unroll',
    'jax-js': `jax-js ${version('@jax-js/jax')}`,
    tensorflow: `TensorFlow.js ${version('@tensorflow/tfjs')}`,
    pytorch: release ? `PyTorch ${release}, native` : 'PyTorch, native',
  };
}

/** Everything that any machine can measure. @param {Ground} ground */
async function onAnyMachine(ground) {
  const { races, browser, server, site, adapter } = ground;
  const [alone, shared] = [onCpu(1), onCpu(2)];
  const rows = await inTurns([
    races.mnistSteps('MNIST step on the CPU, one thread', alone),
    races.mnistSteps('MNIST step on the CPU, two threads', shared),
    races.mnistStep('MNIST step with an RNN, one thread', alone, { cell: 'rnn' }, { cell: 'rnn' }),
    races.mnistStep('MNIST step with a GRU, one thread', alone, { cell: 'gru' }, { cell: 'gru' }),
  ]);

  const where = adapter
    ? `${adapter.name}${adapter.software ? ', a software fallback' : ''}`
    : 'no adapter';
  const what = `MNIST step on WebGPU (${where})`;
  if (adapter) {
    const { race, counted } = races.webgpuSteps(what, false);
    rows.push(...(await inTurns([race])), counted);
  } else {
    const nobody = Object.fromEntries(IN_BROWSER.map((who) => [who, { text: 'no adapter' }]));
    rows.push({ what, cells: nobody });
  }

  rows.push(
    ...(await inTurns([races.sinCosStep('sin-cos step on the CPU, one thread', alone, 10)])),
  );

  const [evaluationAlone, evaluationShared] = await inTurns([
    races.evaluations('Evaluation of 2,000 test images, CPU, one thread', alone),
    races.evaluations('Evaluation of 2,000 test images, CPU, two threads', shared, [
      'jax-js',
      'tensorflow',
    ]),
  ]);
  // One that is asked for is not shared; those of an epoch go on beside its steps.
  evaluationShared.cells.unroll = { text: 'uses one' };
  rows.push(evaluationAlone, evaluationShared);

  rows.push(
    ...(await inTurns([
      races.epochs('MNIST epoch with its evaluations, CPU, one thread', alone),
      races.epochs('MNIST epoch with its evaluations, CPU, threads as each chooses', onCpu()),
    ])),
    await races.firstStep('sin-cos'),
    await races.firstStep('mnist'),
  );

  const { cpu, webgpu, page } = await sizes(browser, server, site);
  rows.push({ what: 'CPU module, brotli (raw)', cells: { unroll: { bytes: cpu } } });
  rows.push({ what: 'WebGPU module, brotli (raw)', cells: { unroll: { bytes: webgpu } } });
  rows.push({
    what: 'The page in one language, without its modules and the trained weights, brotli (raw)',
    cells: { unroll: { bytes: page } },
  });

  const growth = await growing(races, alone, [
    [32, 64, 128, 256],
    [1, 16, 64, 256, 1024],
    [10, 50, 200],
  ]);
  const { unroll, pytorch } = titles(ground);
  return [
    table(titles(ground), rows),
    'How a step grows on the CPU, one thread:',
    table({ unroll, pytorch }, growth),
  ];
}

/** What a graphics adapter computes, PyTorch's with CUDA. @param {Ground} ground */
async function onAnAdapter(ground) {
  const { races, adapter, torch } = ground;
  if (!adapter || adapter.software) {
    throw new Error(`there is no graphics adapter here: ${adapter?.name ?? 'none at all'}`);
  }
  const { race, counted } = races.webgpuSteps('MNIST step', Boolean(torch?.cuda));
  const rows = [
    ...(await inTurns([race])),
    counted,
    ...(await inTurns([
      races.mnistStep('MNIST step with an RNN', ON_GPU, { cell: 'rnn' }, { cell: 'rnn' }),
      races.mnistStep('MNIST step with a GRU', ON_GPU, { cell: 'gru' }, { cell: 'gru' }),
      races.evaluations('Evaluation of 2,000 test images', ON_GPU),
      races.mnistStep("MNIST step on this machine's CPU, one thread", onCpu(1), {}, {}),
    ])),
    ...(await inTurns([races.epochs('MNIST epoch with its evaluations', ON_GPU)])),
    ...(await growing(races, ON_GPU, [[128, 256], [1, 256, 1024], [10]])),
  ];
  const { pytorch } = titles(ground);
  return [
    table({ ...titles(ground), pytorch: torch?.cuda ? `${pytorch}, CUDA` : pytorch }, rows),
    `On ${adapter.name}${torch?.cuda ? `, which CUDA calls ${torch.cuda}` : ''}.`,
  ];
}

/** @param {string} site @param {(ground: Ground) => Promise<string[]>} tables */
async function measure(site, tables) {
  const busyBefore = await business();
  const beside = fileURLToPath(new URL('../../shared/mnist', import.meta.url));
  const mnist = findMnist([process.env.MNIST_DIR ?? '', join(site, 'data/mnist'), beside]);
  const digits = readDigits(mnist);
  const data = mnist ? 'mnist' : 'synthetic';
  const folder = writeDigits(digits);
  const server = new Server(site, mnist, {
    images: digits.train.images.subarray(0, BATCHES * 64 * 784),
    labels: digits.train.labels.subarray(0, BATCHES * 64),
    'test-images': digits.test.images.subarray(0, 2000 * 784),
    'test-labels': digits.test.labels.subarray(0, 2000),
  });
  await server.open();
  const pytorch = new PyTorch(folder);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      '--enable-unsafe-webgpu',
      ...(process.env.CHROMIUM_FLAGS ?? '').split(' ').filter(Boolean),
    ],
  });

  try {
    const torch = await pytorch.ask({ do: 'version' }).catch(() => null);
    const adapter = await findAdapter(browser, server).catch(() => null);
    say(
      `digits: ${mnist ? 'MNIST' : 'made up'}; adapter: ${adapter?.name ?? 'none'}; PyTorch: ${torch?.version ?? 'none'}`,
    );
    const races = new Races({ browser, server, pytorch, data });
    const parts = await tables({ races, browser, server, site, adapter, torch });

    const busy = Math.max(busyBefore, await business());
    if (busy > 0.2) {
      const percent = Math.round(100 * busy);
      notes.push(
        `Other work took ${percent} % of the machine: do not trust these times, least of all those on several threads.`,
      );
    }
    const processors = cpus();
    const circumstances = [
      `${processors.length} cores of ${processors[0].model.trim() || 'an unnamed CPU'}`,
      `Chromium ${browser.version()}`,
      mnist ? 'real MNIST' : 'made-up digits',
      new Date().toISOString().slice(0, 10),
    ].join(', ');
    return [
      ...parts,
      `${circumstances}. Medians of ${ROUNDS} rounds in turn.`,
      ...notes.map((note) => note.replaceAll('|', '\\|')),
    ].join('\n\n');
  } finally {
    await browser.close();
    pytorch.process.kill();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

const words = process.argv.slice(2);
const place = words[0] === 'webgpu' ? 'bench-webgpu' : 'bench';
if (place === 'bench-webgpu') words.shift();
const [option, readme = README] = words;
if (option !== undefined && option !== '--write') {
  console.error('usage: scripts/bench [webgpu] [--write [FILE]]');
  process.exit(2);
}
const site = process.env.UNROLL_DIST;
if (!site || !existsSync(join(site, 'index.html'))) {
  console.error(`there is no built page in ${site ?? 'UNROLL_DIST'}: run scripts/bench`);
  process.exit(1);
}
// Before the minutes that the figures take.
if (option) between(readFileSync(readme, 'utf8'), '', place, readme);
const text = await measure(site, place === 'bench' ? onAnyMachine : onAnAdapter);
console.log(text);
if (option) {
  writeFileSync(readme, between(readFileSync(readme, 'utf8'), text, place, readme));
  say(`written to ${readme}`);
}
