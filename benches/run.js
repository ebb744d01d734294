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
import { findAdapter, firstStep, openInBrowser, sizes } from './browser.js';
import { findMnist, readDigits, writeDigits } from './digits.js';
import { PyTorch } from './pytorch.js';
import { Server } from './server.js';
import { between, table } from './table.js';
import { ROUNDS, failed, firstLine, inTurns, notes, say } from './turns.js';

/** @import {Asked, Who} from './browser.js' */
/** @import {Cell, Row} from './table.js' */
/** @import {Contender, Race} from './turns.js' */

/** Of digits, for the contenders in a page of ours. */
const BATCHES = 128;
const README = fileURLToPath(new URL('../README.md', import.meta.url));

/** @type {Who[]} */
const IN_BROWSER = ['unroll', 'jax-js', 'tensorflow'];

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

/** @param {string} site */
async function measure(site) {
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

  /** @param {Who} who @param {Asked} asked @returns {Contender} */
  const inBrowser = (who, asked) => ({
    who,
    open: () => openInBrowser(browser, server, who, { data, ...asked }),
  });

  /** Unroll beside PyTorch, one thread each. @param {string} what @param {Record<string, unknown>} options @param {Record<string, unknown>} theirs @returns {Race} */
  const mnistStep = (what, options, theirs) => ({
    what,
    contenders: [
      inBrowser('unroll', { options, threads: 1 }),
      pytorch.contender({ do: 'mnist', threads: 1, ...theirs }),
    ],
  });

  /** @param {string} what @param {number} points @returns {Race} */
  const sinCosStep = (what, points) => {
    // Adam at 0.02 loses this lesson now and then after thousands of steps, in PyTorch too.
    const afresh = true;
    const asked = {
      lesson: /** @type {const} */ ('sin-cos'),
      options: { timeStep: points },
      afresh,
    };
    return {
      what,
      contenders: [
        inBrowser('unroll', asked),
        pytorch.contender({ do: 'sin-cos', threads: 1, points }, afresh),
      ],
    };
  };

  /** Everybody's steps of MNIST. @param {string} what @param {number} threads @returns {Race} */
  const mnistSteps = (what, threads) => ({
    what,
    contenders: [
      ...IN_BROWSER.map((who) => inBrowser(who, { threads })),
      pytorch.contender({ do: 'mnist', threads }),
    ],
  });

  /** @param {string} what @param {number} threads @returns {Race} */
  const evaluations = (what, threads) => ({
    what,
    contenders: [
      ...IN_BROWSER.filter((who) => who !== 'unroll' || threads === 1).map((who) =>
        inBrowser(who, { task: 'evaluate', threads }),
      ),
      pytorch.contender({ do: 'evaluate', threads }),
    ],
  });

  /** A whole epoch, of a fresh page or script. @param {string} what @param {number} [threads] @returns {Race} */
  const epochs = (what, threads) => {
    const told = (/** @type {any} */ { ms, accuracy, workers }) => ({
      ms,
      remark: `${workers === 1 ? '1 thread' : `${workers} threads`}, ${(100 * accuracy).toFixed(1)} %`,
    });
    const unroll = async () => {
      let close = async () => {};
      return {
        once: true,
        run: async () => {
          const asked = /** @type {const} */ ({ task: 'epoch', data, threads });
          const runner = await openInBrowser(browser, server, 'unroll', asked);
          close = runner.close;
          const timing = told(await runner.run(1, false));
          await close();
          return timing;
        },
        close: () => close(),
      };
    };
    const theirs = async () => ({
      once: true,
      run: async () => told(await pytorch.ask({ do: 'epoch', threads })),
      close: () => pytorch.stop(),
    });
    return {
      what,
      contenders: [
        { who: 'unroll', open: unroll },
        { who: 'pytorch', open: theirs },
      ],
    };
  };

  try {
    const torch = await pytorch.ask({ do: 'version' }).catch(() => null);
    const adapter = await findAdapter(browser, server).catch(() => null);
    say(
      `digits: ${mnist ? 'MNIST' : 'made up'}; adapter: ${adapter?.name ?? 'none'}; PyTorch: ${torch?.version ?? 'none'}`,
    );

    const rows = await inTurns([
      mnistSteps('MNIST step on the CPU, one thread', 1),
      mnistSteps('MNIST step on the CPU, two threads', 2),
      mnistStep('MNIST step with an RNN, one thread', { cell: 'rnn' }, { cell: 'rnn' }),
      mnistStep('MNIST step with a GRU, one thread', { cell: 'gru' }, { cell: 'gru' }),
    ]);

    const where = adapter
      ? `${adapter.name}${adapter.software ? ', a software fallback' : ''}`
      : 'no adapter';
    const onGpu = `MNIST step on WebGPU (${where})`;
    if (adapter) {
      /** @type {Record<string, Cell>} */
      const counted = {};
      const contenders = IN_BROWSER.map((who) => ({
        who,
        open: async () => {
          const asked = /** @type {const} */ ({ backend: 'webgpu', data });
          const runner = await openInBrowser(browser, server, who, asked);
          counted[who] = { text: Math.round(runner.dispatches ?? NaN).toLocaleString('en') };
          return runner;
        },
      }));
      rows.push(...(await inTurns([{ what: onGpu, contenders }])));
      rows.push({ what: 'Dispatches of that step', cells: counted });
    } else {
      const nobody = Object.fromEntries(IN_BROWSER.map((who) => [who, { text: 'no adapter' }]));
      rows.push({ what: onGpu, cells: nobody });
    }

    rows.push(...(await inTurns([sinCosStep('sin-cos step on the CPU, one thread', 10)])));

    const [evaluationAlone, evaluationShared] = await inTurns([
      evaluations('Evaluation of 2,000 test images, CPU, one thread', 1),
      evaluations('Evaluation of 2,000 test images, CPU, two threads', 2),
    ]);
    // One that is asked for is not shared; those of an epoch go on beside its steps.
    evaluationShared.cells.unroll = { text: 'uses one' };
    rows.push(evaluationAlone, evaluationShared);

    rows.push(
      ...(await inTurns([
        epochs('MNIST epoch with its evaluations, CPU, one thread', 1),
        epochs('MNIST epoch with its evaluations, CPU, threads as each chooses'),
      ])),
    );

    for (const lesson of ['sin-cos', 'mnist']) {
      const ms = await firstStep(browser, server, lesson, data).catch((error) => firstLine(error));
      rows.push({
        what: `Navigation to the first step of ${lesson === 'mnist' ? 'MNIST' : lesson}, CPU`,
        cells: {
          unroll: typeof ms === 'number' ? { ms } : failed(`unroll, first step of ${lesson}`, ms),
        },
      });
    }

    const { cpu, webgpu, page } = await sizes(browser, server, site);
    rows.push({ what: 'CPU module, brotli (raw)', cells: { unroll: { bytes: cpu } } });
    rows.push({ what: 'WebGPU module, brotli (raw)', cells: { unroll: { bytes: webgpu } } });
    rows.push({
      what: 'The page in one language, without its modules and the trained weights, brotli (raw)',
      cells: { unroll: { bytes: page } },
    });

    /** @type {Row[]} */
    const growth = [];
    for (const race of [
      ...[32, 64, 128, 256].map((hidden) =>
        mnistStep(`MNIST step, hidden size ${hidden}`, { hiddenSize: hidden }, { hidden }),
      ),
      ...[1, 16, 64, 256, 1024].map((batch) =>
        mnistStep(
          `MNIST step, batch of ${batch.toLocaleString('en')}`,
          { batchSize: batch },
          { batch },
        ),
      ),
      ...[10, 50, 200].map((points) => sinCosStep(`sin-cos step, ${points} time steps`, points)),
    ]) {
      growth.push(...(await inTurns([{ ...race, slow: true }])));
    }

    const busy = Math.max(busyBefore, await business());
    if (busy > 0.2) {
      const percent = Math.round(100 * busy);
      notes.push(
        `Other work took ${percent} % of the machine: do not trust these times, least of all those on several threads.`,
      );
    }

    const ours = { unroll: 'Unroll' };
    const theirs = {
      pytorch: `PyTorch ${torch?.version.split('+')[0] ?? ''}, native`.replace(' ,', ','),
    };
    const titles = {
      ...ours,
      'jax-js': `jax-js ${version('@jax-js/jax')}`,
      tensorflow: `TensorFlow.js ${version('@tensorflow/tfjs')}`,
      ...theirs,
    };
    const processors = cpus();
    const circumstances = [
      `${processors.length} cores of ${processors[0].model.trim() || 'an unnamed CPU'}`,
      `Chromium ${browser.version()}`,
      mnist ? 'real MNIST' : 'made-up digits',
      new Date().toISOString().slice(0, 10),
    ].join(', ');
    return [
      table(titles, rows),
      'How a step grows on the CPU, one thread:',
      table({ ...ours, ...theirs }, growth),
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

const [option, readme = README] = process.argv.slice(2);
if (option !== undefined && option !== '--write') {
  console.error('usage: scripts/bench [--write [FILE]]');
  process.exit(2);
}
const site = process.env.UNROLL_DIST;
if (!site || !existsSync(join(site, 'index.html'))) {
  console.error(`there is no built page in ${site ?? 'UNROLL_DIST'}: run scripts/bench`);
  process.exit(1);
}
// Before the minutes that the figures take.
if (option) between(readFileSync(readme, 'utf8'), '', readme);
const text = await measure(site);
console.log(text);
if (option) {
  writeFileSync(readme, between(readFileSync(readme, 'utf8'), text, readme));
  say(`written to ${readme}`);
}
