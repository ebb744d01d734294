/**
 * What no caller should send, and some will: each is refused with a string for a code, and the lesson
 * lives on.
 */

import assert from 'node:assert/strict';
import {
  ASKING,
  Lesson,
  onCpu,
  openElements,
  openLesson,
  openPage,
  openSite,
  serveMnist,
  smallMnist,
} from './harness.js';

/** @typedef {[string, (element: any) => unknown]} Bad */

/** @type {Bad[]} */
const BOTH = [
  ['set()', (element) => element.set()],
  ['set(null)', (element) => element.set(null)],
  ['set(1)', (element) => element.set(1)],
  ['set of a list', (element) => element.set([0.1])],
  ['set of a function', (element) => element.set({ learningRate: () => 0.1 })],
  ['set of a symbol', (element) => element.set({ learningRate: Symbol('rate') })],
  ['set of a bigint', (element) => element.set({ learningRate: 1n })],
  [
    'set of what throws',
    (element) =>
      element.set({
        get learningRate() {
          throw new Error('no');
        },
      }),
  ],
  [
    'set of what holds itself',
    (element) => {
      /** @type {any} */
      const self = {};
      self.self = self;
      return element.set({ learningRate: self });
    },
  ],
  [
    'set of what holds itself, under a name that is none',
    (element) => {
      /** @type {any} */
      const self = { learningRate: 0.1 };
      self.self = self;
      return element.set(self);
    },
  ],
  [
    'set of what is 1,800 deep',
    (element) => {
      /** @type {any} */
      let deep = 1;
      for (let k = 0; k < 1800; k += 1) deep = { deep };
      return element.set({ learningRate: deep });
    },
  ],
  [
    'set of lists 20,000 deep',
    (element) => {
      /** @type {any} */
      let deep = 1;
      for (let k = 0; k < 20_000; k += 1) deep = [deep];
      return element.set({ learningRate: deep });
    },
  ],
  ['reset of a word', (element) => element.reset({ seed: 'one' })],
  ['reset of a seed that is text', (element) => element.reset({ seed: '5' })],
  ['reset of a name that is none', (element) => element.reset({ sed: 3 })],
  ['reset of a large seed', (element) => element.reset({ seed: 2 ** 32 })],
  ['step of a word', (element) => element.step('ten')],
  ['step(null)', (element) => element.step(null)],
  ['step(NaN)', (element) => element.step(Number.NaN)],
  ['step of a list', (element) => element.step([3])],
  ['loadWeights()', (element) => element.loadWeights()],
  ['loadWeights(null)', (element) => element.loadWeights(null)],
  ['loadWeights of a large number', (element) => element.loadWeights(1e12)],
  [
    'loadWeights of what was taken away',
    (element) => {
      const bytes = new Uint8Array(100);
      structuredClone(bytes, { transfer: [bytes.buffer] });
      return element.loadWeights(bytes);
    },
  ],
  ['compare()', (element) => element.compare()],
  ['compare(null)', (element) => element.compare(null)],
  ['compare of variants that are no list', (element) => element.compare({ variants: 3, steps: 5 })],
  [
    'compare of what holds itself',
    (element) => {
      /** @type {any} */
      const self = {};
      self.learningRate = self;
      return element.compare({ variants: [self], steps: 5 });
    },
  ],
  ['portrait()', (element) => element.portrait()],
  ['portrait(null)', (element) => element.portrait(null)],
  [
    'portrait of no units',
    (element) => element.portrait({ states: new Float32Array(4), hiddenSize: 0 }),
  ],
  ['figure of a name that is none', (element) => element.figure('nowhere')],
  ['figure of a name it does not know', (element) => element.figure('loss', { nonsense: 1 })],
  ['figure(…, null)', (element) => element.figure('loss', null)],
];

/** @type {Bad[]} */
const SIN_COS = [
  ['follow()', (element) => element.follow()],
  ['follow(null)', (element) => element.follow(null)],
  [
    'follow of what was taken away',
    (element) => {
      const inputs = new Float32Array(8);
      structuredClone(inputs, { transfer: [inputs.buffer] });
      return element.follow(inputs);
    },
  ],
  ['generate of nothing more', (element) => element.generate(new Float32Array(8))],
  [
    'generate of more than there may be',
    (element) => element.generate(new Float32Array(8), { more: 1993, by: 1 }),
  ],
  ['generate by words', (element) => element.generate(new Float32Array(8), { more: 2, by: 'pi' })],
  ['outputLayer(null)', (element) => element.outputLayer(null)],
];

/** @type {Bad[]} */
const MNIST = [
  ['predict()', (element) => element.predict()],
  ['predict(null)', (element) => element.predict(null)],
  ['evaluate(NaN)', (element) => element.evaluate(Number.NaN)],
  ['evaluate of a word', (element) => element.evaluate('all')],
  ['classifyDrawing(null)', (element) => element.classifyDrawing(null)],
  ['classifyDrawing of a word', (element) => element.classifyDrawing('seven')],
  [
    'classifyDrawing of what holds itself',
    (element) => {
      /** @type {any} */
      const strokes = [];
      strokes.push(strokes);
      return element.classifyDrawing(strokes);
    },
  ],
  ['digit of a set that is none', (element) => element.digit('validation', 0)],
  ['digit beyond the last', (element) => element.digit('test', 1e9)],
  ['digit()', (element) => element.digit()],
  ['loadData()', (element) => element.loadData()],
  ['loadData(null)', (element) => element.loadData(null)],
  ['loadData({})', (element) => element.loadData({})],
];

for (const [kind, bad] of /** @type {const} */ ([
  ['sin-cos', [...BOTH, ...SIN_COS]],
  ['mnist', [...BOTH, ...MNIST]],
])) {
  onCpu(`${kind}: each is refused with a string for a code, and the worker lives on`, async (t) => {
    const lesson = await openLesson(t, {
      lesson: kind,
      backend: 'cpu',
      data: 'synthetic',
      hide: ASKING,
    });
    await lesson.call('step', 2);
    const before = await lesson.state();
    const [worker] = lesson.page.workers();
    for (const [what, body] of bad) {
      await t.test(what, { timeout: 20_000 }, async () => {
        const { ok, code, thrown, message } = await (await lesson.beginning(body)).settled(5000);
        assert.deepEqual([ok, typeof code], [false, 'string'], `${code}: ${message}`);
        assert.notEqual(code, 'crashed');
        assert.equal(thrown, undefined, 'a promise, not an exception');
        assert(String(message).length < 600, `a message of ${message?.length} letters`);
        assert.deepEqual(await lesson.state(), before, 'nothing changed');
        assert.equal(lesson.page.workers()[0], worker, 'the same worker');
      });
    }
    await lesson.call('step', 1);
    assert.equal((await lesson.state()).step, 3);
  });
}

onCpu('reset(null) is a reset', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', hide: ASKING });
  await lesson.call('step', 2);
  const { ok, code } = await lesson.outcome((element) => element.reset(null));
  assert(ok || typeof code === 'string', String(code));
});

onCpu('messages to an embed that are none of its methods', async (t) => {
  const site = await openSite();
  const address = site.elsewhere('embed.html?lesson=sin-cos');
  const page = await openElements(
    t,
    `<iframe src="${address}" width="600" height="600" title="lesson"></iframe>`,
  );
  const { found, step, faults } = await page.evaluate(async () => {
    const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
    const waiting = new Map();
    /** @type {string[]} */
    const faults = [];
    addEventListener('message', ({ data }) => {
      if (data?.event === 'unroll-error') faults.push(data.detail.code);
      waiting.get(data?.id)?.(data);
    });
    /** @param {object} message @returns {Promise<any>} */
    const send = (message) => {
      const id = crypto.randomUUID();
      const answered = new Promise((resolve) => {
        waiting.set(id, resolve);
        setTimeout(resolve, 5000, { error: { code: 'no answer' } });
      });
      frame.contentWindow?.postMessage({ unroll: 1, id, ...message }, '*');
      return answered;
    };
    let ready = null;
    while (!ready?.ok)
      ready = await Promise.race([
        send({ method: 'ready' }),
        new Promise((resolve) => setTimeout(resolve, 500)),
      ]);
    await send({ method: 'step', args: [2] });
    /** @type {any} */
    const self = {};
    self.self = self;
    /** @type {any} */
    let deep = 1;
    for (let k = 0; k < 1800; k += 1) deep = { deep };
    const endless = Object.assign([], { length: 2 ** 32 - 1 });
    const bad = {
      'args that are a word': { method: 'step', args: 'many' },
      'args that are an object': { method: 'step', args: { length: 1 } },
      'args that are a number': { method: 'step', args: 7 },
      'args that say they are endless': { method: 'step', args: endless },
      'no method': {},
      'a method that is a list': { method: ['step'], args: [] },
      'a method that is a list without end': { method: endless, args: [] },
      'a method of every object': { method: 'toString', args: [] },
      'what holds itself': { method: 'set', args: [self] },
      'what is deep': { method: 'set', args: [{ learningRate: deep }] },
      'four of them': { method: 'set', args: [{ learningRate: self }] },
    };
    /** @type {Record<string, any>} */
    const found = {};
    for (const [what, message] of Object.entries(bad))
      found[what] = (await send(message)).error?.code;
    const { value } = await send({ method: 'state' });
    return { found, step: value?.step, faults };
  });
  for (const [what, code] of Object.entries(found)) {
    assert.equal(typeof code, 'string', what);
    assert(!['crashed', 'no answer'].includes(code), `${what}: ${code}`);
  }
  assert.deepEqual(
    Object.entries(found)
      .filter(([what]) => what.startsWith('args'))
      .map(([, code]) => code),
    ['bad-request', 'bad-request', 'bad-request', 'bad-request'],
  );
  assert.deepEqual([step, faults], [2, []]);
});

for (const seed of ['abc', '-1', '4294967296', '1e309', '1.5']) {
  onCpu(`?seed=${seed}: it is said, and the lesson is there`, async (t) => {
    const page = await openPage(
      t,
      `embed.html?lesson=sin-cos&backend=cpu&hide=${ASKING}&seed=${seed}`,
    );
    const lesson = new Lesson(page);
    await (await lesson.beginning((element) => element.ready)).settled();
    await lesson.part('error').filter({ hasText: 'seed' }).waitFor();
    const status = String(await lesson.part('status').first().textContent());
    assert.doesNotMatch(status, /Loading/);
    await lesson.page.locator('unroll-lesson details').evaluateAll((all) => {
      for (const details of all) /** @type {HTMLDetailsElement} */ (details).open = true;
    });
    await lesson.part('new-seed').click();
    await lesson.until((element) => Number.isInteger(element.state.seed));
    await lesson.call('reset', { seed: 3 });
    await lesson.call('step', 1);
    const state = await lesson.state();
    assert.deepEqual([state.seed, state.step], [3, 1]);
  });
}

onCpu('a seed that is refused does not stay in its field', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', hide: ASKING });
  await lesson.page.locator('unroll-lesson details').evaluateAll((all) => {
    for (const details of all) /** @type {HTMLDetailsElement} */ (details).open = true;
  });
  const field = lesson.part('seed');
  await field.fill('-1');
  await field.press('Enter');
  await lesson.page.getByText(/Seed cannot be -1/).waitFor();
  assert.equal(await field.inputValue(), '1');
  const refused = field.and(lesson.page.locator('[aria-invalid="true"]'));
  await refused.waitFor();
  // Whoever writes another one has read it.
  await field.pressSequentially('2');
  await refused.waitFor({ state: 'detached' });
  assert.equal(await lesson.page.getByText(/Seed cannot be -1/).count(), 0);
});

onCpu('where one writes decimals with a comma, it is a point', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', hide: ASKING });
  const field = lesson.part('learningRate');
  await field.fill('');
  await field.pressSequentially('0,005');
  await field.press('Enter');
  await lesson.until((element) => element.state.options.learningRate === 0.005);
  assert.equal(await field.inputValue(), '0.005');
});

onCpu('a file that is no weights is told of beside Load, until there is another run', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', hide: ASKING });
  await lesson.call('step', 2);
  const file = lesson.part('weights-file');
  const said = lesson.part('weights-error');
  const bytes = { name: 'notes.safetensors', mimeType: 'text/plain' };
  await file.setInputFiles({ ...bytes, buffer: Buffer.from('no weights at all') });
  await said.filter({ hasText: /safetensors/ }).waitFor();
  assert(await lesson.part('error').isHidden());
  const place = await said.boundingBox();
  const button = await lesson.part('load').boundingBox();
  assert(
    place && button && Math.abs(place.y - (button.y + button.height)) < 20,
    'beside the button',
  );
  assert.equal((await lesson.state()).step, 2);
  await lesson.call('reset');
  await said.filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
});

onCpu('a field that is left empty says what it needs, and changes nothing', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', hide: ASKING });
  await lesson.ready();
  for (const [part, words, held] of [
    ['learningRate', 'Learning rate needs a number.', '0.02'],
    ['seed', 'Seed needs a number.', '1'],
  ]) {
    const field = lesson.part(String(part));
    await field.fill('');
    await field.press('Enter');
    await lesson.page.getByText(String(words)).waitFor();
    assert.equal(await field.inputValue(), held);
  }
  const { options, seed } = await lesson.state();
  assert.deepEqual([options.learningRate, seed], [0.02, 1]);
});

onCpu('a backend that is refused is no longer spoken of once another is chosen', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', hide: ASKING });
  await lesson.ready();
  await lesson.part('backend').selectOption('webgpu');
  const notice = lesson.part('error');
  await notice.filter({ hasText: 'WebGPU' }).waitFor();
  await lesson.part('backend').selectOption('auto');
  await notice.waitFor({ state: 'hidden' });
});

onCpu('fewer digits of one’s own: the pictures are theirs', async (t) => {
  await serveMnist(t, smallMnist(192, 64));
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'mnist',
    hide: 'tape,gates,cells,scan,code',
    errors: [],
  });
  await lesson.call('step', 2);
  await lesson.run((element) => element.evaluate(64).then(() => {}));
  await lesson.part('mistakes-gallery').scrollIntoViewIfNeeded();
  await lesson.part('mistakes-gallery').locator('li:visible button').first().waitFor();
  const files = smallMnist(30, 3);
  const own = Object.fromEntries(
    Object.entries({
      trainImages: 'train-images-idx3-ubyte',
      trainLabels: 'train-labels-idx1-ubyte',
      testImages: 't10k-images-idx3-ubyte',
      testLabels: 't10k-labels-idx1-ubyte',
    }).map(([name, file]) => [name, files[file].toString('base64')]),
  );
  const faults = await lesson.run(async (element, own) => {
    /** @type {string[]} */
    const faults = [];
    element.addEventListener('unroll-error', (/** @type {any} */ event) =>
      faults.push(event.detail.code),
    );
    await element.loadData(
      Object.fromEntries(
        Object.entries(own).map(([name, base64]) => [
          name,
          Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)),
        ]),
      ),
    );
    await element.step(1);
    await element.evaluate(3);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return faults;
  }, own);
  const examples = lesson.part('examples').last();
  await examples.scrollIntoViewIfNeeded();
  assert.doesNotMatch(String(await examples.textContent()), /undefined|NaN/);
  const frames = lesson.part('mistakes-gallery').locator('li:visible button');
  for (const frame of await frames.all()) {
    await frame.scrollIntoViewIfNeeded();
    await frame.click();
  }
  assert.deepEqual(faults, []);
  assert.equal(await lesson.part('error').isVisible(), false);
});
