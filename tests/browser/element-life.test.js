/**
 * The life of an element: taken out of the document in the middle of anything it leaves no worker
 * and no open promise, moved or told in another language it loses nothing, and its attributes mean
 * the same before and after it is there.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  crash,
  holdings,
  Lesson,
  nextWorker,
  onCpu,
  openElements,
  openLesson,
  openPage,
  openSite,
  patience,
  QUIET,
  serveMnist,
  smallMnist,
  workersAre,
} from './harness.js';
import { draw, strokes } from './pen.js';

/** @import {Page} from 'playwright-core' */

const PATIENCE = { timeout: patience(120_000) };
const PLACES = '<div id="here"></div><div id="there"></div>';

/**
 * Makes an element in the page and puts it into the first place, unless told not to.
 *
 * @param {Page} page
 * @param {Record<string, string>} attributes
 * @param {boolean} [placed]
 */
async function make(page, attributes, placed = true) {
  await page.evaluate(
    ({ attributes, placed }) => {
      document.querySelector('unroll-lesson')?.remove();
      const element = document.createElement('unroll-lesson');
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      const made = /** @type {any} */ (globalThis);
      made.element = element;
      if (placed) document.querySelector('#here')?.append(element);
    },
    { attributes, placed },
  );
  return new Lesson(page);
}

/** Takes the element away as soon as the page makes so many more workers. @param {Page} page @param {number} count */
function removeAtWorker(page, count) {
  return page.evaluate((count) => {
    const Made = Worker;
    let left = count;
    globalThis.Worker = class extends Made {
      /** @param {string | URL} url @param {WorkerOptions} [options] */
      constructor(url, options) {
        super(url, options);
        left -= 1;
        if (left > 0) return;
        globalThis.Worker = Made;
        setTimeout(() => /** @type {any} */ (globalThis).element.remove());
      }
    };
  }, count);
}

onCpu('taken away while it starts, it leaves nothing', async (t) => {
  const page = await openElements(t, PLACES);
  for (const lesson of ['sin-cos', 'mnist']) {
    const element = await make(page, { lesson, data: 'synthetic', backend: 'cpu' }, false);
    await removeAtWorker(page, 1);
    await page.evaluate(() => {
      const { element } = /** @type {any} */ (globalThis);
      document.querySelector('#here')?.append(element);
      element.taken = Promise.allSettled([element.ready, element.step(3)]);
    });
    await page.waitForFunction(() => !(/** @type {any} */ (globalThis).element.isConnected));
    const held = await page.evaluateHandle(() => /** @type {any} */ (globalThis).element);
    element.held = held.asElement();
    const taken = await element.beginning((element) =>
      element.taken.then((/** @type {any[]} */ all) => all.map(({ reason }) => reason?.code)),
    );
    assert.deepEqual((await taken.settled()).value, ['closed', 'closed']);
    await workersAre(page, 0);
    // It can come back.
    await page.evaluate(() => {
      document.querySelector('#there')?.append(/** @type {any} */ (globalThis).element);
    });
    await element.call('step', 2);
    assert.equal((await element.state()).step, 2);
    await element.remove();
    await workersAre(page, 0);
  }
});

test('taken away while its backend starts or changes, it leaves nothing', PATIENCE, async (t) => {
  const page = await openElements(t, PLACES, { backend: 'webgpu' });
  /** @param {number} count */
  const after = (count) =>
    page.waitForEvent('worker', {
      predicate: (worker) => worker.url().includes('webgpu') && page.workers().length >= count,
      timeout: 60_000,
    });
  // While WebGPU starts for the first time.
  const first = after(1);
  const starting = await make(page, { lesson: 'sin-cos', backend: 'webgpu', hide: QUIET });
  await starting.hold();
  const ready = await starting.beginning((element) => element.ready);
  await first;
  await starting.remove();
  assert.equal((await ready.settled()).code, 'closed');
  await workersAre(page, 0);

  // In the middle of a change.
  const changing = await make(page, { lesson: 'sin-cos', backend: 'cpu', hide: QUIET });
  await changing.hold();
  await changing.call('step', 3);
  const second = after(2);
  const [change, steps] = await Promise.all([
    changing.begin('set', { backend: 'webgpu' }),
    changing.begin('step', 1_000_000),
  ]);
  await second;
  await changing.remove();
  for (const one of [change, steps]) assert.equal((await one.settled()).code, 'closed', one.what);
  await workersAre(page, 0);
});

onCpu('taken away while it recovers, compares or evaluates, it leaves nothing', async (t) => {
  const page = await openElements(t, PLACES, { errors: [/boom/] });
  const recovering = await make(page, { lesson: 'sin-cos', backend: 'cpu', hide: QUIET });
  await recovering.hold();
  await recovering.call('step', 3);
  await recovering.call('set', { speed: 5 });
  await recovering.call('play');
  const next = nextWorker(page);
  await crash(page.workers()[0]);
  await next;
  const asked = await recovering.begin('step', 1_000_000);
  await recovering.remove();
  assert.equal((await asked.settled()).code, 'closed');
  await workersAre(page, 0);

  const busy = await make(page, {
    lesson: 'mnist',
    data: 'synthetic',
    backend: 'cpu',
    hide: QUIET,
  });
  await busy.hold();
  await busy.call('step', 1);
  // The page itself takes it away: an evaluation may be done before a test that asks from outside comes back.
  const codes = await busy.run(async (element) => {
    const lesson = /** @type {any} */ (element);
    const compared = lesson.compare({ variants: [{}, { cell: 'rnn' }], steps: 900 });
    const asked = [compared.catch((/** @type {any} */ { code }) => code)];
    await new Promise((resolve) =>
      lesson.addEventListener('unroll-comparison', resolve, { once: true }),
    );
    asked.push(lesson.evaluate(2000).catch((/** @type {any} */ { code }) => code));
    setTimeout(() => lesson.remove());
    return Promise.all(asked);
  });
  assert.deepEqual(codes, ['closed', 'closed']);
  await workersAre(page, 0);
});

/** Members and what they are called with. @type {Array<[string, any[]]>} */
const MEMBERS = [
  ['play', []],
  ['pause', []],
  ['step', [1]],
  ['reset', []],
  ['set', [{ learningRate: 0.1 }]],
  ['evaluate', [10]],
  ['compare', [{ variants: [{}], steps: 5 }]],
  ['saveWeights', []],
  ['digit', ['test', 0]],
];

onCpu('an element that is in no document is asked for nothing', async (t) => {
  const page = await openElements(t, PLACES);
  for (const where of ['never there', 'taken away']) {
    const lesson = await make(page, { lesson: 'sin-cos', backend: 'cpu', hide: QUIET });
    await lesson.hold();
    if (where === 'never there') await lesson.remove();
    else {
      await lesson.call('step', 1);
      await lesson.remove();
    }
    for (const [member, parameters] of MEMBERS) {
      const call = await lesson.begin(member, ...parameters);
      const { ok, code, thrown } = await call.settled(3000);
      assert.deepEqual(
        [ok, code, thrown],
        [false, 'not-connected', undefined],
        `${where}: ${member}`,
      );
    }
    await workersAre(page, 0);
  }
});

onCpu('another lesson on a live element: the one before is over', async (t) => {
  const page = await openElements(t, PLACES);
  /** @type {string[]} */
  const faults = [];
  await page.exposeFunction('fault', (/** @type {string} */ code) => faults.push(code));
  await page.evaluate(() => {
    addEventListener('unroll-error', (event) =>
      /** @type {any} */ (globalThis).fault(/** @type {CustomEvent} */ (event).detail.code),
    );
  });
  const lesson = await make(page, { lesson: 'sin-cos', data: 'synthetic', backend: 'cpu' });
  await lesson.call('step', 3);
  await lesson.call('set', { speed: 5 });
  await lesson.call('play');
  const open = await lesson.begin('step', 1_000_000);
  await lesson.run((element) => element.setAttribute('lesson', 'mnist'));
  assert(['closed', 'superseded'].includes(String((await open.settled()).code)));
  await lesson.call('step', 2);
  const { lesson: name, step, running } = await lesson.state();
  assert.deepEqual([name, step, running], ['mnist', 2, false]);
  assert.equal((await lesson.run((element) => element.evaluate(10))).images, 10);
  await lesson.part('drawing-pad').waitFor();
  await workersAre(page, 1);
  assert.deepEqual(faults, []);
});

test(
  'seed, backend and data mean on a live element what they meant before',
  PATIENCE,
  async (t) => {
    await serveMnist(t, smallMnist());
    const page = await openElements(t, PLACES, { backend: 'webgpu' });
    const lesson = await make(page, {
      lesson: 'mnist',
      data: 'mnist',
      backend: 'cpu',
      hide: QUIET,
    });
    await lesson.call('step', 2);
    assert.equal((await lesson.state()).data?.synthetic, false);
    await lesson.run((element) => element.setAttribute('data', 'synthetic'));
    await lesson.until((element) => element.state.data?.synthetic);
    await lesson.call('step', 2);
    await lesson.run((element) => element.setAttribute('seed', '7'));
    await lesson.until((element) => element.state.seed === 7 && element.state.step === 0);
    await lesson.call('step', 1);
    await lesson.run((element) => element.setAttribute('backend', 'webgpu'));
    await lesson.until((element) => element.state.backend === 'webgpu');
    assert.equal((await lesson.state()).step, 1);
    await workersAre(page, 1);
  },
);

onCpu('an attribute that a live element refuses goes back, and is one fault', async (t) => {
  const page = await openElements(t, PLACES, { errors: [/./] });
  const lesson = await make(page, { lesson: 'mnist', data: 'synthetic', backend: 'cpu' });
  await lesson.call('step', 1);
  for (const [name, refused] of [
    ['seed', '-3'],
    ['backend', 'abacus'],
    ['data', 'cats'],
  ]) {
    const faults = await lesson.run(
      async (element, [name, refused]) => {
        /** @type {string[]} */
        const faults = [];
        const hear = (/** @type {any} */ { detail }) => faults.push(detail.message);
        element.addEventListener('unroll-error', hear);
        const before = element.getAttribute(name);
        element.setAttribute(name, refused);
        // Whatever the attribute asked for is answered before this.
        while (element.getAttribute(name) !== before) await /** @type {any} */ (element).set({});
        await /** @type {any} */ (element).set({ learningRate: 0.01 });
        element.removeEventListener('unroll-error', hear);
        return faults;
      },
      [name, refused],
    );
    assert.equal(faults.length, 1, `${name}: ${faults}`);
    assert.match(String(faults[0]), new RegExp(refused));
    assert.equal((await lesson.state()).step, 1);
  }
});

onCpu('a lesson that there is not is said to be none', async (t) => {
  const page = await openElements(t, PLACES, { errors: [/./] });
  const lesson = await make(page, { lesson: 'gru-lesson' });
  const { ok, code, message } = await (
    await lesson.beginning((element) => element.ready)
  ).settled();
  assert.deepEqual([ok, typeof code], [false, 'string']);
  for (const name of ['gru-lesson', 'sin-cos', 'mnist'])
    assert.match(String(message), new RegExp(name));
  await lesson.page.getByText(/gru-lesson/).waitFor();
  assert.equal((await (await lesson.begin('step', 1)).settled()).ok, false);
  await workersAre(page, 0);
  await lesson.run((element) => element.setAttribute('lesson', 'sin-cos'));
  await lesson.call('step', 1);
});

onCpu('what somebody paused stays paused, wherever the element goes', async (t) => {
  const page = await openElements(t, PLACES);
  const lesson = await make(page, { lesson: 'sin-cos', backend: 'cpu', autoplay: '', hide: QUIET });
  await lesson.call('set', { speed: 20 });
  await lesson.until((element) => element.state.step > 0);
  await lesson.call('pause');
  const { step } = await lesson.state();
  await page.evaluate(() => {
    document.querySelector('#there')?.append(/** @type {any} */ (globalThis).element);
  });
  // Whatever the move began is begun before this is answered.
  await lesson.call('set', { learningRate: 0.01 });
  const after = await lesson.state();
  assert.deepEqual([after.running, after.step], [false, step]);
  await workersAre(page, 1);
});

/** What the figures of mnist show, as far as it is in words. @param {Lesson} lesson */
async function shown(lesson) {
  await lesson.run((element) => {
    for (const details of element.shadowRoot.querySelectorAll('details.numbers'))
      details.open = true;
  });
  const section = (/** @type {string} */ name) => lesson.part(name).first();
  const all = {};
  for (const name of ['accuracy', 'loss']) {
    await section(name).scrollIntoViewIfNeeded();
    await lesson.drawn();
    const cells = await section(name).locator('details.numbers td').allTextContents();
    Object.assign(all, { [name]: cells });
  }
  await lesson.part('log').last().scrollIntoViewIfNeeded();
  await lesson.drawn();
  const log = String(await lesson.part('log').last().textContent());
  await lesson.part('confusion').scrollIntoViewIfNeeded();
  await lesson.drawn();
  return {
    ...all,
    log: log.match(/Epoch:.*/g) ?? [],
    firstTen: await lesson.part('examples').locator('.says').allTextContents(),
    confusion: await lesson.part('confusion').locator('td button').allTextContents(),
    pad: await lesson.part('prediction').allTextContents(),
  };
}

onCpu('another language and another place lose nothing', async (t) => {
  const page = await openElements(t, PLACES);
  const lesson = await make(page, {
    lesson: 'mnist',
    data: 'synthetic',
    backend: 'cpu',
    hide: 'gates,scan,code',
  });
  await draw(lesson, strokes(7, 0));
  await lesson.call('step', 100);
  await lesson.until((element) => element.state.accuracy !== null);
  await lesson.part('loss').scrollIntoViewIfNeeded();
  await lesson.part('keep-run').click();
  const before = await shown(lesson);
  assert.equal(before.log.length, 2);
  assert(before.confusion.some((count) => count !== ''));
  assert.match(before.firstTen.join(''), /^\d{10}$/);
  assert.match(before.pad.join(''), /^\d$/);

  // A comparison under way, of which the figure goes on to show the whole; a long one.
  await lesson.call('set', { batchSize: 256 });
  await lesson.part('cells-compare').scrollIntoViewIfNeeded();
  await lesson.part('cells-steps').selectOption('938');
  await lesson.next('unroll-comparison', () => lesson.part('cells-compare').click());
  await lesson.run((element) => element.setAttribute('lang', 'zh'));
  assert.deepEqual(await shown(lesson), before, 'in Chinese');
  await page.evaluate(() => {
    document.querySelector('#there')?.append(/** @type {any} */ (globalThis).element);
  });
  assert.deepEqual(await shown(lesson), before, 'elsewhere');
  await lesson.run((element) => element.setAttribute('lang', 'en'));
  assert.deepEqual(await shown(lesson), before, 'and in English again');
  await lesson.part('kept-runs').getByRole('listitem').nth(1).waitFor();

  // Its Stop works, and what it had done is there.
  await lesson.part('cells-stop').scrollIntoViewIfNeeded();
  assert(await lesson.part('cells-stop').isEnabled());
  await lesson.part('cells-stop').click();
  const cells = lesson
    .part('cells-stop')
    .locator('xpath=ancestor::section')
    .locator('details.numbers');
  await lesson.page.waitForFunction(
    (cell) => /\d/.test(cell?.textContent ?? ''),
    await cells.first().locator('tbody tr td').first().elementHandle(),
  );
  await lesson.page.waitForFunction(
    (stop) => /** @type {HTMLButtonElement} */ (stop).disabled,
    await lesson.part('cells-stop').elementHandle(),
  );
});

onCpu('a point that somebody looks at stays the one looked at', async (t) => {
  const page = await openElements(t, PLACES);
  const lesson = await make(page, {
    lesson: 'sin-cos',
    backend: 'cpu',
    hide: 'modes,free,output,code',
  });
  await lesson.call('step', 20);
  await lesson.part('wave-step').fill('7');
  await lesson.part('memory-path').selectOption('live');
  await lesson.part('loss-log').check();
  for (const change of [
    () => lesson.run((element) => element.setAttribute('lang', 'zh')),
    () =>
      page.evaluate(() => {
        document.querySelector('#there')?.append(/** @type {any} */ (globalThis).element);
      }),
  ]) {
    await change();
    await lesson.part('wave-step').scrollIntoViewIfNeeded();
    await page.waitForFunction(
      (range) => /** @type {HTMLInputElement} */ (range).max === '20',
      await lesson.part('wave-step').elementHandle(),
    );
    assert.equal(await lesson.part('wave-step').inputValue(), '7');
    assert.equal(await lesson.part('memory-path').inputValue(), 'live');
    assert.equal(await lesson.part('loss-log').isChecked(), true);
    assert.equal((await lesson.losses()).length, 20);
  }
});

onCpu('forty changes of language leave as much behind as none', async (t) => {
  const page = await openPage(t, 'index.html?lang=en&data=synthetic&backend=cpu');
  for (const name of ['sin-cos', 'mnist']) {
    const lesson = new Lesson(page, `unroll-lesson[lesson="${name}"]`);
    await lesson.ready();
    await lesson.unfold();
    await lesson.call('step', 2);
  }
  const turn = async (/** @type {number} */ times) => {
    for (let k = 0; k < times; k += 1) {
      await page.getByRole('link', { name: k % 2 === 0 ? '中文' : 'English' }).click();
      await page.locator(`html[lang="${k % 2 === 0 ? 'zh' : 'en'}"]`).waitFor();
    }
    // What is drawn a frame or an answer later is part of both counts: the two programs are a
    // thousand nodes.
    for (const program of await page.locator('unroll-lesson [data-group="code"]').all())
      await program.locator('pre span').first().waitFor({ state: 'attached' });
    for (const part of ['output-layer-same', 'unrolled-says', 'inside-numbers', 'gates-says'])
      await page
        .locator(`[part~="${part}"]`)
        .filter({ hasText: /./ })
        .waitFor({ state: 'attached' });
  };
  // What the first change makes is made once.
  await turn(2);
  const before = await holdings(page);
  await turn(40);
  const after = await holdings(page);
  t.diagnostic(`${JSON.stringify(before)} to ${JSON.stringify(after)}`);
  assert(after.nodes < 1.1 * before.nodes, `${before.nodes} to ${after.nodes} nodes`);
  assert(
    after.listeners < 1.1 * before.listeners,
    `${before.listeners} to ${after.listeners} listeners`,
  );
});

onCpu('the page builds each lesson once', async (t) => {
  const site = await openSite();
  const page = await openPage(t, 'blank');
  await page.addInitScript(() => {
    const made = /** @type {any} */ (globalThis);
    made.canvases = 0;
    const create = Document.prototype.createElement;
    Document.prototype.createElement = function createElement(
      /** @type {string} */ tag,
      /** @type {any} */ ...rest
    ) {
      if (tag === 'canvas') made.canvases += 1;
      return create.call(this, tag, ...rest);
    };
  });
  await page.goto(site.url('index.html?lang=zh&data=synthetic&backend=cpu'));
  const lesson = new Lesson(page, 'unroll-lesson[lesson="mnist"]');
  await lesson.ready();
  const { made, there } = await page.evaluate(() => {
    const there = [...document.querySelectorAll('unroll-lesson')].flatMap((element) => [
      ...(element.shadowRoot?.querySelectorAll('canvas') ?? []),
    ]).length;
    return { made: /** @type {any} */ (globalThis).canvases, there };
  });
  assert(there > 10);
  assert(made < 1.5 * there, `${made} canvases made, ${there} there`);
});

onCpu('a lesson that is removed and put back many times runs one worker', async (t) => {
  const lesson = await openLesson(t, { lesson: 'sin-cos', backend: 'cpu', hide: QUIET });
  await lesson.hold();
  await lesson.page.evaluate(() => {
    const element = /** @type {HTMLElement} */ (document.querySelector('unroll-lesson'));
    const place = /** @type {HTMLElement} */ (element.parentElement);
    for (let k = 0; k < 10; k += 1) {
      element.remove();
      place.append(element);
    }
  });
  await lesson.call('step', 1);
  for (let k = 0; k < 5; k += 1) {
    await lesson.page.evaluate(async () => {
      const element = /** @type {any} */ (document.querySelector('unroll-lesson'));
      const place = element.parentElement;
      element.remove();
      await new Promise((resolve) => setTimeout(resolve));
      place.append(element);
      element.ready.catch(() => {});
    });
  }
  await lesson.call('step', 1);
  await workersAre(lesson.page, 1);
});
