/**
 * What goes wrong, one by one: each with a clear message, nothing changed, and a page that works on.
 */

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import {
  mnistBeside,
  onCpu,
  openLesson,
  openPage,
  openSite,
  safetensors,
  serveMnist,
  smallMnist,
  tensors,
  Lesson,
} from './harness.js';

const IMAGES = 'train-images-idx3-ubyte';
const LABELS = 'train-labels-idx1-ubyte';

/** A lesson that found no digits and says so. @param {import('node:test').TestContext} t @param {RegExp} why */
async function endsOnSynthetic(t, why) {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'mnist',
    errors: [/ERR_NAME_NOT_RESOLVED|ERR_INCOMPLETE|ERR_CONTENT_LENGTH|ERR_EMPTY_RESPONSE|404/],
  });
  const { data } = await lesson.state();
  assert.equal(data?.synthetic, true);
  assert.match(String(data?.message), why);
  // Labelled as such, from the frame after the one in which it is ready.
  await lesson
    .part('data-source')
    .filter({ hasText: /synthetic/i })
    .waitFor();
  await lesson.call('step', 2);
  assert.equal((await lesson.losses()).length, 2);
  await lesson.call('evaluate', 50);
  return lesson;
}

onCpu('small IDX files beside the page are read', async (t) => {
  await serveMnist(t, smallMnist());
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
  const { data, stepsPerEpoch } = await lesson.state();
  assert.deepEqual([data?.source, data?.synthetic, data?.verified], ['beside', false, false]);
  assert.deepEqual([data?.train, data?.test, stepsPerEpoch], [192, 64, 3]);
  await lesson.call('step', 3);
  assert.equal((await lesson.state()).epoch, 1);
  const { labels, predictions } = await lesson.run(async (element) => {
    const { labels, predictions } = await element.evaluate(20);
    return { labels: [...labels], predictions: predictions.length };
  });
  assert.deepEqual(
    labels,
    Array.from({ length: 20 }, (_, k) => k % 10),
  );
  assert.equal(predictions, 20);
});

onCpu('plain IDX files are read as well as gzipped ones', async (t) => {
  const site = await openSite();
  for (const [name, bytes] of Object.entries(smallMnist())) {
    site.fail(t, `data/mnist/${name}.gz`, { status: 404 });
    site.fail(t, `data/mnist/${name}`, { bytes });
  }
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'mnist',
    errors: [/404/],
  });
  assert.equal((await lesson.state()).data?.source, 'beside');
});

/** Broken files: `[what, the file, its bytes as served, the fault's code, what the message says]`. */
const BROKEN = /** @type {const} */ ([
  [
    'cut short',
    IMAGES,
    (/** @type {Buffer} */ b) => gzipSync(b.subarray(0, b.length - 99)),
    'data-truncated',
    /train-images.* cut short/,
  ],
  [
    'of the wrong magic',
    IMAGES,
    (/** @type {Buffer} */ b) => gzipSync(changed(b, 3, 9)),
    'data-magic',
    /train-images.* 0x0*809/,
  ],
  [
    'that says it is gzip and is not',
    IMAGES,
    (/** @type {Buffer} */ b) => changed(changed(b, 0, 0x1f), 1, 0x8b),
    'data-gzip',
    /train-images.* gzip/,
  ],
  [
    'whose gzip breaks off',
    IMAGES,
    (/** @type {Buffer} */ b) => gzipSync(b).subarray(0, 60),
    'data-gzip',
    /train-images.* gzip/,
  ],
  [
    'of another count',
    LABELS,
    (/** @type {Buffer} */ b) => gzipSync(changed(b, 7, 187).subarray(0, 8 + 187)),
    'data-counts',
    /187 labels for the 192 images/,
  ],
  [
    'with a label that is no digit',
    LABELS,
    (/** @type {Buffer} */ b) => gzipSync(changed(b, 8 + 12, 10)),
    'data-labels',
    /label 10 at index 12/,
  ],
  ['that is empty', LABELS, () => Buffer.alloc(0), 'data-truncated', /train-labels/],
  [
    'that is a web page',
    IMAGES,
    () => Buffer.from('<!doctype html><title>404</title>Not here'),
    'data-html',
    /train-images.* web page/,
  ],
]);

/** @param {Buffer} bytes @param {number} at @param {number} value */
function changed(bytes, at, value) {
  const other = Buffer.from(bytes);
  other[at] = value;
  return other;
}

onCpu('digits of one’s own that are broken change nothing', async (t) => {
  const site = await openSite();
  const files = smallMnist();
  await serveMnist(t, files);
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
  await lesson.call('step', 2);
  const before = await lesson.state();
  /** @type {(element: any, names: Record<string, string>) => Promise<unknown>} */
  const load = async (element, names) => {
    const entries = Object.entries(names).map(async ([key, url]) => {
      const response = await fetch(url);
      return [key, new Uint8Array(await response.arrayBuffer())];
    });
    return element.loadData(Object.fromEntries(await Promise.all(entries)));
  };
  const own = (/** @type {string} */ name) => site.url(`own/${name}`);
  const names = {
    trainImages: own(IMAGES),
    trainLabels: own(LABELS),
    testImages: own('t10k-images-idx3-ubyte'),
    testLabels: own('t10k-labels-idx1-ubyte'),
  };
  for (const [what, name, broken, code, why] of BROKEN) {
    for (const [other, bytes] of Object.entries(files)) site.fail(t, `own/${other}`, { bytes });
    site.fail(t, `own/${name}`, { bytes: broken(files[name]) });
    const fault = await lesson.refusal(load, names);
    assert.equal(fault.code, code, what);
    assert.match(fault.message, why, what);
  }
  assert.deepEqual(await lesson.state(), before, 'nothing changed');
  await lesson.call('step', 1);
  assert.equal((await lesson.losses()).length, 3);

  for (const [other, bytes] of Object.entries(smallMnist(100, 30)))
    site.fail(t, `own/${other}`, { bytes });
  await lesson.run(load, names);
  assert.equal((await lesson.state()).data?.train, 100, 'whole files are taken');
});

for (const [what, name, broken, , why] of BROKEN) {
  onCpu(`an IDX file beside the page ${what}`, async (t) => {
    const files = smallMnist();
    await serveMnist(t, files, { [name]: { bytes: broken(files[name]) } });
    await endsOnSynthetic(t, why);
  });
}

onCpu('a download that breaks off half-way goes on where it stopped', async (t) => {
  // Half of it is more than a browser holds back, so that some has been read when it breaks off.
  const files = smallMnist(8000);
  const site = await serveMnist(t, files, {
    [IMAGES]: { bytes: files[IMAGES], cut: 'half', times: 1 },
  });
  site.requests.length = 0;
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'mnist',
    errors: [/ERR_/],
  });
  assert.equal((await lesson.state()).data?.source, 'beside');
  const ranges = site.requests.filter(([path]) => path.includes(IMAGES)).map(([, range]) => range);
  assert.equal(ranges.length, 2);
  assert.match(String(ranges[1]), /^bytes=[1-9]/, 'resumed, not begun again');
});

onCpu('a download that stalls is tried again', async (t) => {
  await serveMnist(t, smallMnist(), { [IMAGES]: { cut: 'stall', times: 1 } });
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'mnist',
    errors: [/ERR_/],
  });
  assert.equal((await lesson.state()).data?.source, 'beside');
});

onCpu('a download that always breaks off', async (t) => {
  await serveMnist(t, smallMnist(), { [IMAGES]: { cut: 'half' } });
  await endsOnSynthetic(t, /broke off/);
});

onCpu('a web page instead of a file', async (t) => {
  const html = '<!doctype html><title>404</title>Not here';
  await serveMnist(t, smallMnist(), { [IMAGES]: { html } });
  const site = await openSite();
  site.fail(t, `data/mnist/${IMAGES}`, { html });
  await endsOnSynthetic(t, /a web page/);
});

onCpu('no file and no network', async (t) => {
  const site = await openSite();
  for (const name of Object.keys(smallMnist())) {
    site.fail(t, `data/mnist/${name}.gz`, { status: 404 });
    site.fail(t, `data/mnist/${name}`, { status: 404 });
  }
  await endsOnSynthetic(t, /404/);
});

onCpu('verified digits are kept: the next visit needs no download', async (t) => {
  if (!mnistBeside()) {
    console.log(`SKIPPED: no MNIST beside the page: ${t.name}`);
    return t.skip('no MNIST beside the page');
  }
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
  assert.deepEqual((await lesson.state()).data?.source, 'beside');
  const site = await openSite();
  site.requests.length = 0;
  await lesson.page.reload();
  await lesson.ready();
  assert.equal((await lesson.state()).data?.source, 'cache');
  assert.equal((await lesson.state()).data?.verified, true);
  assert(!site.requests.some(([path]) => path.startsWith('data/')));
});

/** Options that are refused: `[lesson, name, value, code]`. NaN travels as a string. */
const OPTIONS = /** @type {const} */ ([
  ['mnist', 'learningrate', 0.1, 'option-unknown'],
  ['mnist', 'timeStep', 10, 'option-unknown'],
  ['sin-cos', 'batchSize', 10, 'option-unknown'],
  ...['learningRate', 'hiddenSize', 'batchSize', 'speed'].flatMap((name) =>
    [NaN, -1, 0, 1e300, Infinity, 'many'].map(
      (value) => /** @type {const} */ (['mnist', name, value, 'option-value']),
    ),
  ),
  ['sin-cos', 'timeStep', 1, 'option-value'],
  ['sin-cos', 'timeStep', 10.5, 'option-value'],
  ['sin-cos', 'endpoint', 'open', 'option-value'],
  ['sin-cos', 'stateMode', 1, 'option-value'],
  ['mnist', 'shuffle', 'no', 'option-value'],
  ['mnist', 'backend', 'tpu', 'option-value'],
]);

for (const kind of /** @type {const} */ (['sin-cos', 'mnist'])) {
  onCpu(`${kind}: options that are unknown or out of range`, async (t) => {
    await serveMnist(t, smallMnist());
    const lesson = await openLesson(t, { lesson: kind, backend: 'cpu', data: 'mnist' });
    await lesson.call('step', 2);
    const before = await lesson.state();
    for (const [, name, value, code] of OPTIONS.filter(([only]) => only === kind)) {
      // A good option beside the bad one is not taken either.
      const fault = await lesson.refusal((element, patch) => element.set(patch), {
        learningRate: 0.5,
        [name]: value,
      });
      assert.equal(fault.code, code, `${name}: ${value}`);
      assert(fault.message.includes(name), `names the option: ${fault.message}`);
    }
    assert.deepEqual(await lesson.state(), before, 'nothing changed');
    await lesson.call('step', 1);
    assert.equal((await lesson.losses()).length, 3);
  });
}

onCpu('a setting that is refused says so beside the field, and shows what holds', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  await lesson.page.locator('unroll-lesson details').evaluateAll((all) => {
    for (const details of all) /** @type {HTMLDetailsElement} */ (details).open = true;
  });
  const field = lesson.part('learningRate');
  await field.fill('-1');
  await field.press('Enter');
  await lesson.page
    .getByText(/^Learning rate cannot be -1: it must be a number above 0 and at most 1\.$/)
    .waitFor();
  assert.equal(await field.inputValue(), '0.02');
  assert.equal((await lesson.state()).options.learningRate, 0.02);
});

/** @typedef {ReturnType<typeof tensors>} Tensors */

/** Weights that do not fit: `[what, file made from good tensors, code, what the message says]`. */
const WEIGHTS = /** @type {const} */ ([
  [
    'garbage',
    () => Buffer.from('this is no file of weights, though it is long enough'),
    'weights-garbage',
    /./,
  ],
  ['nothing', () => Buffer.alloc(0), 'weights-garbage', /./],
  [
    'a header that claims more than the file holds',
    (/** @type {Tensors} */ good) => safetensors(good).subarray(0, -40),
    'weights-garbage',
    /./,
  ],
  [
    'a header longer than the file',
    () => Buffer.from([255, 255, 255, 255, 255, 255, 255, 127, 123, 125]),
    'weights-garbage',
    /./,
  ],
  [
    'another shape',
    (/** @type {Tensors} */ good) =>
      safetensors({ ...good, 'out.bias': { dtype: 'F32', shape: [3], bytes: '00'.repeat(12) } }),
    'weights-shape',
    /out\.bias.*3/,
  ],
  [
    'another dtype',
    (/** @type {Tensors} */ good) =>
      safetensors(
        Object.fromEntries(
          Object.entries(good).map(([name, { shape, bytes }]) => [
            name,
            { dtype: 'F64', shape, bytes: bytes + bytes },
          ]),
        ),
      ),
    'weights-dtype',
    /F64/,
  ],
  [
    'a missing tensor',
    (/** @type {Tensors} */ { 'out.bias': _, ...rest }) => safetensors(rest),
    'weights-missing',
    /out\.bias/,
  ],
  [
    'an extra tensor',
    (/** @type {Tensors} */ good) =>
      safetensors({ ...good, 'out.scale': { dtype: 'F32', shape: [1], bytes: '00'.repeat(4) } }),
    'weights-extra',
    /out\.scale/,
  ],
  [
    'a NaN',
    (/** @type {Tensors} */ good) =>
      safetensors({
        ...good,
        'out.bias': {
          ...good['out.bias'],
          bytes: '0000c07f'.repeat(good['out.bias'].bytes.length / 8),
        },
      }),
    'weights-value',
    /out\.bias/,
  ],
]);

for (const kind of /** @type {const} */ (['sin-cos', 'mnist'])) {
  onCpu(`${kind}: weights that do not fit`, async (t) => {
    await serveMnist(t, smallMnist());
    const lesson = await openLesson(t, { lesson: kind, backend: 'cpu', data: 'mnist' });
    await lesson.call('step', 2);
    const [before, held] = [await lesson.state(), await lesson.saveWeights()];
    for (const [what, make, code, says] of WEIGHTS) {
      const bytes = make(tensors(held)).toString('base64');
      const fault = await lesson.refusal(
        (element, base64) =>
          element.loadWeights(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))),
        bytes,
      );
      assert.equal(fault.code, code, what);
      assert.match(fault.message, says, what);
    }
    assert.deepEqual(await lesson.state(), before, 'nothing changed');
    assert.deepEqual(tensors(await lesson.saveWeights()), tensors(held));
    await lesson.call('step', 1);
    assert.equal((await lesson.losses()).length, 3);
    await lesson.loadWeights(held);
    assert.equal((await lesson.state()).step, 0, 'the good file still loads');
  });
}

onCpu('pixels that are no digit, drawings that are no drawing, and other arguments', async (t) => {
  await serveMnist(t, smallMnist());
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'mnist' });
  const refused = [
    ['pixels-count', await lesson.refusal((element) => element.predict(new Uint8Array(783)))],
    ['pixels-count', await lesson.refusal((element) => element.predict(new Float32Array(785)))],
    [
      'pixels-value',
      await lesson.refusal((element) => element.predict(new Float32Array(784).fill(NaN))),
    ],
    ['pixels-type', await lesson.refusal((element) => element.predict('a seven'))],
    ['drawing-empty', await lesson.refusal((element) => element.classifyDrawing([]))],
    [
      'drawing-coordinate',
      await lesson.refusal((element) =>
        element.classifyDrawing([
          [
            [0, 0],
            [NaN, 1],
          ],
        ]),
      ),
    ],
    ['step-count', await lesson.refusal((element) => element.step(0))],
    ['step-count', await lesson.refusal((element) => element.step(1.5))],
    ['evaluate-count', await lesson.refusal((element) => element.evaluate(0))],
    ['option-value', await lesson.refusal((element) => element.reset({ seed: -1 }))],
  ];
  for (const [code, fault] of refused) {
    assert.equal(/** @type {any} */ (fault).code, code);
    assert(/** @type {any} */ (fault).message.length > 20, 'a whole sentence');
  }
  assert.match(/** @type {any} */ (refused[0][1]).message, /783/);
  await lesson.call('step', 1);
});

onCpu('what belongs to the other lesson', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  const fault = await lesson.refusal((element) => element.predict(new Uint8Array(784)));
  assert.equal(fault.code, 'wrong-lesson');
  await lesson.call('step', 1);
});

onCpu('a loss that is no number stops training, says where, and offers a way on', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu' });
  const good = tensors(await lesson.saveWeights());
  const out = good['out.weight'];
  const huge = { ...out, bytes: 'ffff7f7f'.repeat(out.bytes.length / 8) };
  await lesson.loadWeights(safetensors({ ...good, 'out.weight': huge }));
  const fault = await lesson.next('unroll-error', () => lesson.part('play').click());
  assert.equal(fault.code, 'nan-loss');
  const step = Number(fault.detail.step);
  assert(step >= 1);
  await lesson.until((element) => !element.state.running);
  assert.match(String(await lesson.part('error').textContent()), new RegExp(`step ${step}\\b`));
  await lesson.part('smaller-rate').click();
  await lesson.until((element) => element.state.step === 0);
  assert.equal((await lesson.state()).options.learningRate, 0.002);
  await lesson.part('error').waitFor({ state: 'hidden' });
  await lesson.call('step', 3);
  assert((await lesson.losses()).every(Number.isFinite));
});

onCpu('a core that does not start: a message, not a dead page', async (t) => {
  const site = await openSite();
  for (const module of ['worker-cpu', 'worker-cpu-relaxed'])
    site.fail(t, `${module}_bg.wasm`, { status: 404 });
  const page = await openPage(t, 'embed.html?lesson=sin-cos&backend=cpu', { errors: [/404/] });
  const lesson = new Lesson(page);
  const fault = await lesson.refusal((element) => element.ready);
  assert.equal(fault.code, 'start-failed');
  await lesson.part('error').waitFor();
  assert.notEqual((await lesson.part('error').textContent())?.trim(), '');
});

onCpu('a crash of the core: the lesson starts again and says so', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', errors: [/boom/] });
  await lesson.call('step', 2);
  const [worker] = lesson.page.workers();
  const fault = await lesson.next('unroll-error', async () => {
    await worker.evaluate(() => {
      setTimeout(() => {
        throw new Error('boom');
      });
    });
  });
  assert.match(fault.message, /boom/);
  await lesson.until((element) => element.state.backend === 'cpu' && !element.state.running);
  await lesson.part('error').waitFor();
  await lesson.call('step', 1);
  assert((await lesson.losses()).every(Number.isFinite));
});
