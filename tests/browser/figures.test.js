/** Figures under hands, themes and hosts that are not the usual ones. */

import assert from 'node:assert/strict';
import {
  Lesson,
  onCpu,
  openElements,
  openLesson,
  openPage,
  openSite,
  QUIET,
  serveMnist,
  smallMnist,
} from './harness.js';

/** @import {Locator, Page} from 'playwright-core' */

/** Presses with the mouse and lets go only after the lesson trained for a while. @param {Lesson} lesson @param {Locator} button */
async function pressSlowly(lesson, button) {
  // Not under the bar that stays at the top.
  await button.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  const box = await button.boundingBox();
  assert(box);
  await lesson.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await lesson.page.mouse.down();
  await reports(lesson, 5);
  // Numbers that grow may have moved it.
  const now = await button.boundingBox();
  assert(now, 'the button is still there');
  await lesson.page.mouse.move(now.x + now.width / 2, now.y + now.height / 2);
  await lesson.page.mouse.up();
}

/** Waits for so many reports of training, and until they are drawn. @param {Lesson} lesson @param {number} count */
function reports(lesson, count) {
  return lesson.run(
    (element, count) =>
      new Promise((resolve) => {
        let heard = 0;
        element.addEventListener('unroll-metrics', function hear() {
          heard += 1;
          if (heard < count) return;
          element.removeEventListener('unroll-metrics', hear);
          requestAnimationFrame(() => requestAnimationFrame(resolve));
        });
      }),
    count,
  );
}

onCpu('buttons in lists keep their presses and the focus while it trains', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'sin-cos',
    backend: 'cpu',
    hide: 'memory,modes,free,code',
  });
  await lesson.call('step', 12);
  await lesson.part('keep-run').click();
  await lesson.call('reset');
  await lesson.call('step', 3);
  await lesson.call('set', { speed: 20 });
  // It goes on however long what follows takes.
  await lesson.run((element) => {
    element.addEventListener('unroll-metrics', (/** @type {any} */ { detail }) => {
      if (detail.state.finished) element.play();
    });
  });
  await lesson.call('play');
  const row = lesson.part('output-table').getByRole('button', { name: '3', exact: true });
  await row.scrollIntoViewIfNeeded();
  await row.focus();
  await lesson.call('set', { learningRate: 0.01 });
  await reports(lesson, 5);
  assert(await row.evaluate((button) => button.matches(':focus')), 'the row keeps the focus');
  await pressSlowly(
    lesson,
    lesson.part('output-table').getByRole('button', { name: '5', exact: true }),
  );
  await lesson.page.waitForFunction(
    (table) =>
      [...(table?.querySelectorAll('button[aria-pressed="true"]') ?? [])].map(
        (button) => button.textContent,
      )[0] === '5',
    await lesson.part('output-table').elementHandle(),
    { timeout: 10_000 },
  );

  const remove = lesson.part('kept-runs').getByRole('button');
  await remove.scrollIntoViewIfNeeded();
  await remove.focus();
  await reports(lesson, 5);
  assert(await remove.evaluate((button) => button.matches(':focus')), 'the × keeps the focus');
  await pressSlowly(lesson, remove);
  await remove.waitFor({ state: 'detached', timeout: 10_000 });
});

onCpu('the same mistake, and the same test image, twice: the same digit', async (t) => {
  await serveMnist(t, smallMnist(192, 64));
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'mnist',
    hide: 'gates,cells,scan,code',
  });
  await lesson.call('step', 1);
  await lesson.call('evaluate', 64);
  const gallery = lesson.part('mistakes-gallery');
  await gallery.scrollIntoViewIfNeeded();
  const frame = gallery.locator('li:visible button').nth(2);
  // Its title says which test image it is.
  const title = String(await frame.getAttribute('title'));
  const index = /\d+/.exec(title)?.[0];
  const shows = async () => {
    await lesson.part('pad-image').filter({ hasText: /\d/ }).waitFor();
    return String(await lesson.part('pad-image').textContent());
  };
  await frame.scrollIntoViewIfNeeded();
  await frame.click();
  const first = await shows();
  assert.match(first, new RegExp(`\\b${index}\\b`));
  await gallery.scrollIntoViewIfNeeded();
  await gallery.getByTitle(title, { exact: true }).click();
  const name = lesson.part('tape-name').filter({ hasText: new RegExp(`\\b${index}\\b`) });
  await lesson.part('tape').scrollIntoViewIfNeeded();
  await name.waitFor();
  assert.equal(await shows(), first);

  const show = () => lesson.run((element) => element.figure('mistakes', { index: 45 }));
  for (let k = 0; k < 2; k += 1) {
    await show();
    await lesson
      .part('pad-image')
      .filter({ hasText: /\b45\b/ })
      .waitFor();
    await lesson
      .part('tape-name')
      .filter({ hasText: /\b45\b/ })
      .waitFor();
  }
});

/** How dark the pad is in a column, 0 to 1 of its height. @param {Lesson} lesson @param {number} at */
function inkInColumn(lesson, at) {
  return lesson.part('drawing-pad').evaluate(
    (canvas, at) =>
      new Promise((resolve) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
            const pen = /** @type {HTMLCanvasElement} */ (canvas).getContext('2d');
            const { data } = /** @type {CanvasRenderingContext2D} */ (pen).getImageData(
              Math.round(at * width),
              0,
              1,
              height,
            );
            let count = 0;
            for (let k = 3; k < data.length; k += 4) count += data[k] > 127 ? 1 : 0;
            resolve(count / height);
          }),
        ),
      ),
    at,
  );
}

onCpu('Clear during a stroke, and a second finger', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    hide: QUIET,
    context: { hasTouch: true },
  });
  const pad = lesson.part('drawing-pad');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  assert(box);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => ({
    x: box.x + x * box.width,
    y: box.y + y * box.height,
  });
  const { mouse } = lesson.page;
  const move = (/** @type {number} */ x, /** @type {number} */ y) =>
    mouse.move(at(x, y).x, at(x, y).y, { steps: 5 });
  await move(0.3, 0.2);
  await mouse.down();
  await move(0.3, 0.8);
  await lesson.part('clear').evaluate((button) => /** @type {HTMLElement} */ (button).click());
  await move(0.5, 0.8);
  await mouse.up();
  // What came before Clear is gone, whatever became of the rest of the stroke.
  assert.equal(await inkInColumn(lesson, 0.3 - 0.1), 0);
  await lesson.part('clear').evaluate((button) => /** @type {HTMLElement} */ (button).click());

  const session = await lesson.page.context().newCDPSession(lesson.page);
  const touch = (
    /** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type,
    /** @type {Array<[number, number, number]>} */ points,
  ) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([id, x, y]) => ({ id, ...at(x, y) })),
    });
  await touch('touchStart', [[0, 0.2, 0.2]]);
  await touch('touchStart', [
    [0, 0.2, 0.2],
    [1, 0.8, 0.2],
  ]);
  for (let k = 1; k <= 6; k += 1) {
    await touch('touchMove', [
      [0, 0.2, 0.2 + 0.1 * k],
      [1, 0.8, 0.2 + 0.1 * k],
    ]);
  }
  await touch('touchEnd', []);
  assert((await inkInColumn(lesson, 0.2)) > 0.4, 'the first finger draws');
  assert.equal(await inkInColumn(lesson, 0.5), 0, 'nothing from finger to finger');
});

onCpu('a browser without coalesced events draws a wave', async (t) => {
  const site = await openSite();
  const page = await openPage(t, 'blank');
  await page.addInitScript(() => {
    Reflect.deleteProperty(PointerEvent.prototype, 'getCoalescedEvents');
  });
  await page.goto(site.url('embed.html?lesson=sin-cos&backend=cpu&hide=memory,modes,output,code'));
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.call('step', 2);
  const figure = lesson.part('free-figure');
  await figure.scrollIntoViewIfNeeded();
  const box = await figure.boundingBox();
  assert(box);
  const says = lesson.part('free-says');
  await says.filter({ hasText: /\d/ }).waitFor();
  const before = String(await says.textContent());
  await page.mouse.move(box.x + 60, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 20, box.y + 40, { steps: 12 });
  await page.mouse.up();
  await page.waitForFunction(
    ([part, before]) => /** @type {HTMLElement} */ (part).textContent !== before,
    /** @type {const} */ ([await says.elementHandle(), before]),
    { timeout: 10_000 },
  );
});

/** The smallest and the largest red, green and blue of a heatmap. @param {Lesson} lesson */
function range(lesson) {
  return lesson.part('units').evaluate((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const pen = /** @type {HTMLCanvasElement} */ (canvas).getContext('2d');
    const { data } = /** @type {CanvasRenderingContext2D} */ (pen).getImageData(
      0,
      0,
      width,
      height,
    );
    const parts = data.filter((_, k) => k % 4 !== 3);
    return [Math.min(...parts), Math.max(...parts)];
  });
}

onCpu('pictures take any colour that CSS knows, and the host’s theme as it changes', async (t) => {
  const page = await openElements(
    t,
    `<style>
      unroll-lesson { --unroll-paper: #fff; --unroll-prediction: white; --unroll-target: oklch(1 0 0) }
      .dark unroll-lesson { --unroll-paper: #000; --unroll-prediction: black; --unroll-target: oklch(0 0 0) }
    </style>
    <unroll-lesson lesson="sin-cos" backend="cpu" hide="modes,free,output,code"></unroll-lesson>`,
  );
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.call('step', 5);
  await lesson.part('units').scrollIntoViewIfNeeded();
  await lesson.part('memory-says').filter({ hasText: /\d/ }).waitFor();
  const settles = async (/** @type {number} */ value) => {
    const until = performance.now() + 5000;
    let found = await range(lesson);
    while ((found[0] !== value || found[1] !== value) && performance.now() < until) {
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      found = await range(lesson);
    }
    assert.deepEqual(found, [value, value]);
  };
  await settles(255);
  await page.evaluate(() => document.documentElement.classList.add('dark'));
  await settles(0);
});

onCpu('an embed that needs less height says so', async (t) => {
  const site = await openSite();
  const hide =
    'settings,chart,loss,architecture,memory,modes,free,output,code,weights,backend,status';
  const address = site.elsewhere(`embed.html?lesson=sin-cos&hide=${hide}`);
  const page = await openElements(
    t,
    `<script>
      globalThis.heights = [];
      addEventListener('message', ({ data }) => {
        if (data.event === 'resize') heights.push(data.detail.height);
      });
    </script>
    <iframe src="${address}" width="600" height="2000" title="lesson"></iframe>`,
  );
  await page.waitForFunction('heights.length > 0');
  // As hosts do: the frame takes the height that it was told.
  await page.evaluate(() => {
    const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
    addEventListener('message', ({ data }) => {
      if (data.event === 'resize') frame.height = data.detail.height;
    });
  });
  await page.waitForFunction('heights.at(-1) < 1000', undefined, { timeout: 10_000 });
  const height = /** @type {number} */ (await page.evaluate('heights.at(-1)'));
  assert(height > 30, `${height} px`);
});

/** @param {Page} page @param {string} label */
function tryButton(page, label) {
  return page
    .locator('unroll-lesson[lesson="sin-cos"]')
    .getByRole('button', { name: label, exact: true });
}

onCpu('a try button whose training is paused has not shown what it claims', async (t) => {
  const page = await openPage(t, 'index.html?lang=en&backend=cpu&data=synthetic');
  const lesson = new Lesson(page, 'unroll-lesson[lesson="sin-cos"]');
  await lesson.ready();
  const press = tryButton(page, 'Train a hundred segments');
  const says = press.locator('xpath=..').locator('p');
  const claim = String(await says.textContent());
  // Long enough that somebody can pause it.
  await lesson.run((element) => {
    const step = element.step;
    element.step = (/** @type {number} */ n) => {
      element.step = step;
      return element.step(10_000 * n);
    };
  });
  await press.click();
  await lesson.until((element) => element.state.running && element.state.step > 0);
  await lesson.call('pause');
  await page.waitForFunction(
    (button) => button?.getAttribute('aria-disabled') !== 'true',
    await press.elementHandle(),
  );
  assert.notEqual(await says.textContent(), claim);
  assert.notEqual((await lesson.state()).step, 100);
  // And it trains when it is pressed again.
  await press.click();
  await lesson.until((element) => element.state.step === 100 && !element.state.running);
  await says.getByText(claim).waitFor();

  // Two at once: the later one is what is shown.
  await lesson.run((element) => {
    const step = element.step;
    element.step = (/** @type {number} */ n) => {
      element.step = step;
      return element.step(10_000 * n);
    };
  });
  await tryButton(page, 'The same with seed 2').click();
  await lesson.until((element) => element.state.running && element.state.step > 0);
  await tryButton(page, 'Seed 2, evenly spaced').click();
  await lesson.until((element) => element.state.step === 100 && !element.state.running);
  const { options, seed } = await lesson.state();
  assert.deepEqual([options.endpoint, seed], ['exclusive', 2]);
  const spoilt = tryButton(page, 'The same with seed 2').locator('xpath=..').locator('p');
  assert.notEqual(
    await spoilt.textContent(),
    'Other initial weights, and the loss still jumps at the end.',
  );
});
