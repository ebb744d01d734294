/** A run is there again after a reload; or the page says that it will not be. */

import assert from 'node:assert/strict';
import { lessonOf, onCpu, openPage, openSite, serveMnist, smallMnist } from './harness.js';
import { draw, strokes } from './pen.js';

/** @import {Page} from 'playwright-core' */
/** @import {Lesson} from './harness.js' */

const PAGE = 'index.html?lang=en&data=synthetic&backend=cpu';

/** Looks at the lesson, and waits for what it says of being remembered. @param {Lesson} lesson @param {RegExp} words */
async function says(lesson, words) {
  await lesson.run((element) => element.scrollIntoView());
  await lesson.part('remembered').filter({ hasText: words }).waitFor();
}

/** Loads the page again. @param {Page} page */
async function reload(page) {
  await page.reload();
  const lesson = lessonOf(page, 'mnist');
  await lesson.ready();
  return lesson;
}

onCpu(
  'a run in the middle of training is there again, paused, with all that came of it',
  async (t) => {
    const page = await openPage(t, PAGE);
    const before = lessonOf(page, 'mnist');
    await before.ready();
    await draw(before, strokes(3, 0));
    await before.call('step', 20);
    await before.part('loss').scrollIntoViewIfNeeded();
    await before.part('keep-run').click();
    await before.call('play');
    await before.until((element) => element.state.step >= 200);
    const lesson = await reload(page);
    const { step, running, accuracy } = await lesson.state();
    t.diagnostic(`at step ${step}`);
    assert(step >= 150, `step ${step}`);
    assert.equal(running, false);
    assert(accuracy);
    const losses = await lesson.losses();
    assert.equal(losses.length, step);
    assert(losses.every(Number.isFinite));
    await says(lesson, /last visit/);
    await lesson.part('drawing-pad').scrollIntoViewIfNeeded();
    await lesson.part('prediction').filter({ hasText: /\d/ }).first().waitFor();
    await lesson.part('loss').scrollIntoViewIfNeeded();
    await lesson.part('kept-runs').getByRole('listitem').nth(1).waitFor();

    // It goes on as if it had never been interrupted.
    await lesson.call('step', 10);
    const after = (await lesson.losses()).slice(step);
    const whole = await openPage(t, PAGE);
    await lessonOf(whole, 'mnist').call('step', step + 10);
    assert.deepEqual(after, (await lessonOf(whole, 'mnist').losses()).slice(step));
  },
);

onCpu('sin-cos is there again with its wave', async (t) => {
  const page = await openPage(t, PAGE);
  await lessonOf(page, 'sin-cos').call('step', 60);
  await page.reload();
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  assert.equal((await lesson.state()).step, 60);
  const points = await lesson.run((element) => element.segments.at(60)?.predictions.length);
  assert.equal(points, 10);
  await lesson.call('step', 1);
  assert.equal((await lesson.losses()).length, 61);
});

for (const link of ['lesson=mnist&digit=7', 'lesson=mnist&hiddenSize=16'])
  onCpu(`a run of ${link} is there again, and is not that of the page without it`, async (t) => {
    const page = await openPage(t, PAGE);
    await lessonOf(page, 'mnist').call('step', 20);
    await page.evaluate((link) => {
      location.hash = link;
    }, link);
    const followed = lessonOf(page, 'mnist');
    await followed.until(
      (element) => element.pad.image?.index === 7 || element.state.options.hiddenSize === 16,
    );
    const { step: from } = await followed.state();
    await followed.call('step', 10);
    const again = await reload(page);
    assert.equal((await again.state()).step, from + 10);
    await page.goto((await openSite()).url('blank'));
    await page.goto((await openSite()).url(PAGE));
    const plain = lessonOf(page, 'mnist');
    await plain.ready();
    const { step, options } = await plain.state();
    assert.deepEqual([step, options.hiddenSize], [20, 64]);
  });

onCpu('a run that begins with a digit from a link is there again', async (t) => {
  const link = `${PAGE}#lesson=mnist&digit=7`;
  const page = await openPage(t, link);
  const before = lessonOf(page, 'mnist');
  await before.until((element) => element.pad.image?.index === 7);
  await before.call('step', 30);
  const lesson = await reload(page);
  assert.equal((await lesson.state()).step, 30);
});

onCpu('what is said of the last visit goes with its run', async (t) => {
  const page = await openPage(t, PAGE);
  await lessonOf(page, 'mnist').call('step', 30);
  const lesson = await reload(page);
  await says(lesson, /last visit/);
  await lesson.call('reset');
  await lesson.part('remembered').waitFor({ state: 'hidden' });
});

onCpu('a visit without the digits of the run leaves its charts alone', async (t) => {
  await serveMnist(t, smallMnist());
  const real = PAGE.replace('&data=synthetic', '');
  const page = await openPage(t, real, { errors: [/data\/mnist|ERR_NAME_NOT_RESOLVED/] });
  const first = lessonOf(page, 'mnist');
  await first.call('step', 30);
  assert.equal((await first.state()).data?.synthetic, false);
  // MNIST is not to be had, nor kept.
  const site = await openSite();
  await page.evaluate(() => caches.delete('unroll-mnist-v1'));
  for (const name of ['t10k-labels-idx1-ubyte.gz', 't10k-labels-idx1-ubyte'])
    site.fail(t, `data/mnist/${name}`, { status: 404 });
  const other = await reload(page);
  assert.deepEqual([(await other.state()).step, (await other.state()).data?.synthetic], [0, true]);
  await serveMnist(t, smallMnist());
  const lesson = await reload(page);
  assert.equal((await lesson.state()).step, 30);
  assert.equal((await lesson.losses()).length, 30);
});

onCpu('an element that was put back, and has not begun again, loses nothing', async (t) => {
  const page = await openPage(t, PAGE);
  await lessonOf(page, 'mnist').call('step', 30);
  await page.evaluate(async () => {
    const lesson = document.querySelector('unroll-lesson[lesson="mnist"]');
    lesson?.remove();
    await new Promise((resolve) => setTimeout(resolve));
    const far = document.createElement('div');
    far.style.marginTop = '20000px';
    far.append(/** @type {Element} */ (lesson));
    document.body.append(far);
  });
  // Until it has its name again.
  await page.waitForFunction(async () => {
    const { held } = await navigator.locks.query();
    return held?.some(({ name }) => name?.includes('remembers') && name.includes('mnist'));
  });
  const lesson = await reload(page);
  assert.equal((await lesson.state()).step, 30);
});

onCpu('what is forgotten is forgotten', async (t) => {
  const page = await openPage(t, PAGE);
  await lessonOf(page, 'mnist').call('step', 30);
  const lesson = await reload(page);
  assert.equal((await lesson.state()).step, 30);
  await lesson.part('forget').click();
  await lesson.until((element) => element.state.step === 0 && element.state.choice !== null);
  assert.equal((await lesson.losses()).length, 0);
  await lesson.part('remembered').waitFor({ state: 'hidden' });
  const again = await reload(page);
  assert.equal((await again.state()).step, 0);
});

onCpu('what is forgotten while it is being read is forgotten', async (t) => {
  const page = await openPage(t, PAGE);
  await lessonOf(page, 'mnist').call('step', 30);
  // The database takes its time.
  await page.addInitScript(() => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (
      /** @type {string} */ name,
      /** @type {number} */ version,
    ) {
      const request = open.call(this, name, version);
      const late = /** @type {any} */ ({ transaction: null });
      request.onupgradeneeded = () => late.onupgradeneeded?.();
      request.onsuccess = () =>
        setTimeout(() => {
          late.result = request.result;
          late.onsuccess?.();
        }, 300);
      return late;
    };
  });
  await page.reload();
  await lessonOf(page, 'mnist').call('forget');
  const lesson = await reload(page);
  assert.equal((await lesson.state()).step, 0);
});

onCpu('two tabs do not spoil each other’s record', async (t) => {
  const page = await openPage(t, PAGE);
  await lessonOf(page, 'mnist').call('step', 40);
  const other = await page.context().newPage();
  await other.goto((await openSite()).url(PAGE));
  const second = lessonOf(other, 'mnist');
  await says(second, /another tab/);
  await second.call('step', 7);
  assert.equal((await second.losses()).length, 7);
  await other.close();
  const lesson = await reload(page);
  assert.equal((await lesson.state()).step, 40);
});

for (const [what, spoil, said] of /** @type {const} */ ([
  [
    'forbidden',
    () => {
      indexedDB.open = () => {
        throw new DOMException('not here', 'SecurityError');
      };
    },
    /does not let the page remember/,
  ],
  [
    'missing',
    () => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }),
    /does not let the page remember/,
  ],
  [
    'full',
    () => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    },
    /no more room/,
  ],
  [
    'full, as it says at the end',
    () => {
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (
        /** @type {unknown} */ value,
        /** @type {string} */ key,
      ) {
        const request = put.call(this, value, key);
        this.transaction.abort();
        return request;
      };
    },
    /no more room/,
  ],
])) {
  onCpu(
    `storage that is ${what}: the page works, and says that it will not remember`,
    async (t) => {
      const page = await openPage(t, 'blank');
      await page.addInitScript(spoil);
      await page.goto((await openSite()).url(PAGE));
      const lesson = lessonOf(page, 'mnist');
      await lesson.call('step', 5);
      await says(lesson, said);
      assert.equal((await lesson.losses()).length, 5);
      assert.equal((await (await reload(page)).state()).step, 0);
    },
  );
}

for (const [what, record] of /** @type {const} */ ([
  ['of another version', { version: 1, at: 1, value: {} }],
  [
    'with a log of nothing',
    {
      version: 2,
      at: 1,
      value: {
        memory: {
          losses: new Float32Array(3),
          stride: 1,
          accuracies: [null],
          log: [null],
          evaluation: null,
          pad: { strokes: [[null]], image: null },
          kept: [{}],
          segments: null,
          comparisons: [],
        },
        continuation: null,
      },
    },
  ],
  ['that is nothing', { version: 2, at: 1, value: { memory: {}, continuation: null } }],
  [
    'whose checkpoint is broken',
    {
      version: 2,
      at: 1,
      value: {
        memory: {
          losses: new Float32Array(3),
          stride: 1,
          accuracies: [],
          log: [],
          evaluation: null,
          pad: { strokes: [], image: null },
          kept: [],
          segments: null,
          comparisons: [],
        },
        continuation: {
          bytes: new Uint8Array(40),
          state: { seed: 1, options: {}, step: 3, data: null },
        },
      },
    },
  ],
])) {
  onCpu(`a record ${what} is passed by`, async (t) => {
    const page = await openPage(t, PAGE);
    await lessonOf(page, 'sin-cos').call('step', 4);
    await page.goto((await openSite()).url('blank'));
    const count = await page.evaluate(async (record) => {
      /** @type {(request: any) => Promise<any>} */
      const done = (request) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await done(indexedDB.open('unroll'));
      const store = database.transaction('runs', 'readwrite').objectStore('runs');
      const names = await done(store.getAllKeys());
      for (const name of names) await done(store.put(record, name));
      database.close();
      return names.length;
    }, record);
    assert(count > 0);
    await page.goto((await openSite()).url(PAGE));
    const lesson = lessonOf(page, 'sin-cos');
    await lesson.ready();
    assert.equal((await lesson.state()).step, 0);
    assert.equal((await lesson.losses()).length, 0);
    await lesson.call('step', 2);
    assert.equal((await lesson.losses()).length, 2);
  });
}
