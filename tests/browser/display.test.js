/** The page on other displays: pixel densities, forced colours, narrow windows, paper, a page from right to left. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Lesson,
  lessonOf,
  needsMnist,
  onCpu,
  openElements,
  openPage,
  patience,
} from './harness.js';

/** @import {TestContext} from 'node:test' */
/** @import {BrowserContextOptions, Page} from 'playwright-core' */

const PAGE = 'index.html?lang=en&backend=cpu&data=synthetic';
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

/** @typedef {readonly [red: number, green: number, blue: number, alpha: number]} Pixel */

/**
 * The whole page, both lessons trained a little.
 *
 * @param {TestContext} t
 * @param {BrowserContextOptions} context
 */
async function openTrained(t, context) {
  const page = await openPage(t, PAGE, { context });
  await lessonOf(page, 'sin-cos').call('step', 12);
  await lessonOf(page, 'mnist').call('step', 3);
  for (const lesson of /** @type {const} */ (['sin-cos', 'mnist']))
    await lessonOf(page, lesson).unfold();
  return page;
}

/** Waits until what was asked of the figures is on the screen. @param {Page} page */
const drawn = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      }),
  );

/**
 * The canvases of the lessons whose pixels are not data: how large they are, and how large they should be.
 *
 * @param {Page} page
 */
const canvases = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('unroll-lesson')].flatMap((lesson) =>
      [...(lesson.shadowRoot?.querySelectorAll('canvas') ?? [])]
        .filter((one) => !one.matches('.digit, .heatmap') && one.clientWidth > 0)
        .map((one) => ({
          name: one.getAttribute('part') ?? one.parentElement?.className,
          has: [one.width, one.height],
          // Borders are not drawn on.
          wants: [one.clientWidth, one.clientHeight].map((side) =>
            Math.round(side * devicePixelRatio),
          ),
        })),
    ),
  );

/** Fails unless each canvas has a pixel for each of the device's. @param {Page} page */
async function assertSharp(page) {
  const all = await canvases(page);
  assert(all.length >= 6, `only ${all.length} canvases`);
  // A box may end between two pixels.
  for (const { name, has, wants } of all)
    for (const side of [0, 1])
      assert(Math.abs(has[side] - wants[side]) <= 2, `${name}: ${has}, not ${wants}`);
}

/** Brings every figure into view, one after the other, so that all are drawn. @param {Page} page */
async function walk(page) {
  const count = await page.evaluate(() => Math.ceil(document.body.scrollHeight / innerHeight));
  for (let k = 0; k <= count; k += 1) {
    await page.evaluate((k) => scrollTo({ top: k * innerHeight, behavior: 'instant' }), k);
    await drawn(page);
  }
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await drawn(page);
}

/** The colours of a part's canvas, each with how many pixels it has. @param {Lesson} lesson @param {string} part @returns {Promise<Array<[Pixel, number]>>} the most frequent first */
const coloursOf = (lesson, part) =>
  lesson.part(part).evaluate((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const { data } =
      /** @type {HTMLCanvasElement} */ (canvas)
        .getContext('2d')
        ?.getImageData(0, 0, width, height) ?? {};
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (let k = 0; data && k < data.length; k += 4) {
      const pixel = data.slice(k, k + 4).join();
      counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    }
    return [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([pixel, count]) => [/** @type {any} */ (pixel.split(',').map(Number)), count]);
  });

/** WCAG's relative luminance. @param {readonly number[]} colour from 0 to 255 */
function luminance(colour) {
  const [red, green, blue] = colour
    .slice(0, 3)
    .map((channel) => channel / 255)
    .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** The colours of the page, as numbers. @param {Page} page @param {string} selector @param {string[]} properties */
const styleOf = (page, selector, properties) =>
  page
    .locator(selector)
    .first()
    .evaluate((element, properties) => {
      const style = getComputedStyle(element);
      return properties.map((name) =>
        (style.getPropertyValue(name).match(/[\d.]+/g) ?? []).map(Number),
      );
    }, properties);

for (const deviceScaleFactor of [1, 2, 3])
  onCpu(`canvases have a pixel for each of the device's, at ${deviceScaleFactor}`, async (t) => {
    const page = await openTrained(t, { viewport: DESK, deviceScaleFactor });
    assert.equal(await page.evaluate(() => devicePixelRatio), deviceScaleFactor);
    await walk(page);
    await assertSharp(page);
  });

onCpu('canvases follow a density that changes while the lesson trains', async (t) => {
  const page = await openTrained(t, { viewport: DESK });
  await walk(page);
  // So slow that the end is far away.
  const lesson = lessonOf(page, 'mnist');
  await lesson.call('set', { speed: 1 });
  await lesson.call('play');
  const session = await page.context().newCDPSession(page);
  for (const deviceScaleFactor of [3, 1.5, 1]) {
    // Another size too, as when a person zooms: of the density alone Chromium's emulation says nothing.
    await session.send('Emulation.setDeviceMetricsOverride', {
      width: DESK.width - Math.round(10 * deviceScaleFactor),
      height: DESK.height,
      deviceScaleFactor,
      mobile: false,
    });
    await page.waitForFunction((ratio) => devicePixelRatio === ratio, deviceScaleFactor);
    await walk(page);
    await assertSharp(page);
  }
  assert.equal((await lesson.state()).running, true);
});

for (const colorScheme of /** @type {const} */ (['light', 'dark']))
  onCpu(`forced colours, ${colorScheme}: all is seen`, async (t) => {
    const page = await openTrained(t, { viewport: DESK, forcedColors: 'active', colorScheme });
    await walk(page);
    const wave = lessonOf(page, 'sin-cos');
    const [background] = await styleOf(page, 'body', ['background-color']);

    // An embedder's own colours are no matter.
    await wave.element.evaluate((element) =>
      /** @type {HTMLElement} */ (element).style.setProperty('--unroll-prediction', 'transparent'),
    );
    await drawn(page);
    const solid = (await coloursOf(wave, 'wave-figure')).filter(
      ([pixel, count]) => pixel[3] === 255 && count > 100,
    );
    const lines = solid.filter(([pixel]) => contrast(pixel, background) >= 4.5);
    assert(lines.length >= 2, `target and prediction differ: ${JSON.stringify(solid.slice(0, 6))}`);

    // The dark and the light end of a map of both signs, and something between.
    const cells = (await coloursOf(wave, 'units')).map(([pixel]) => luminance(pixel));
    assert(cells.length > 20, `${cells.length} shades`);
    assert(Math.max(...cells) - Math.min(...cells) > 0.5, 'from one end to the other');

    for (const swatch of ['target', 'predicted', 'input']) {
      const image = await page
        .locator(`unroll-lesson[lesson="sin-cos"] [data-group="wave"] .swatch.${swatch}`)
        .evaluate((element) => {
          const { backgroundColor, backgroundImage } = getComputedStyle(element);
          return backgroundImage === 'none' ? backgroundColor : backgroundImage;
        });
      const [colour] = image.match(/rgba?\([^)]*\)/) ?? [''];
      const channels = (colour.match(/[\d.]+/g) ?? []).map(Number);
      assert(contrast(channels, background) >= 4.5, `${swatch}: ${image}`);
    }

    for (const [part, what] of /** @type {const} */ ([
      ['play', 'color'],
      ['step', 'color'],
      ['output-layer-loop', 'color'],
    ])) {
      const [ink, paper] = await styleOf(
        page,
        `unroll-lesson[lesson="sin-cos"] [part~="${part}"]`,
        [what, 'background-color'],
      );
      assert(contrast(ink, paper) >= 4.5, `${part}: ${ink} on ${paper}`);
    }
    // What is chosen differs from what is not by more than a shadow.
    const backgrounds = await Promise.all(
      ['loop', 'reshape'].map((form) =>
        styleOf(page, `[part~="output-layer-${form}"]`, ['background-color']),
      ),
    );
    assert.notDeepEqual(backgrounds[0], backgrounds[1]);

    for (const part of ['step', 'wave-figure', 'loss-chart']) {
      await wave.part(part).focus();
      await page.keyboard.press('Shift');
      const found = await wave.part(part).evaluate((element) => {
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
        return { outlineStyle, outlineWidth, outlineColor };
      });
      assert.equal(found.outlineStyle, 'solid', `focus on ${part}`);
      assert(Number.parseFloat(found.outlineWidth) >= 2);
      const colour = (found.outlineColor.match(/[\d.]+/g) ?? []).map(Number);
      assert(contrast(colour, background) >= 3, `focus on ${part}: ${found.outlineColor}`);
    }
  });

onCpu('in a page from right to left, texts and time run from left to right', async (t) => {
  for (const viewport of [DESK, PHONE]) {
    const page = await openElements(
      t,
      '<div dir="rtl"><unroll-lesson lesson="sin-cos" backend="cpu"></unroll-lesson></div>',
      { context: { viewport } },
    );
    const lesson = new Lesson(page);
    await lesson.ready();
    await lesson.call('step', 12);
    await walk(page);
    await assertFits(page);
    const directions = await lesson.run((element) => [
      ...new Set(
        [...element.shadowRoot.querySelectorAll('p, canvas, button, pre, table')].map(
          (one) => getComputedStyle(one).direction,
        ),
      ),
    ]);
    assert.deepEqual(directions, ['ltr']);
    const place = async (/** @type {string} */ part) => {
      const box = await lesson.part(part).first().boundingBox();
      assert(box, part);
      return box;
    };
    assert((await place('play')).x < (await place('step')).x, 'play comes first');
    // Overlapping parts would hide one another.
    const overlaps = await lesson.run((element) => {
      const boxes = [...element.shadowRoot.querySelectorAll('section')].map((one) => ({
        name: one.dataset.group,
        box: one.getBoundingClientRect(),
      }));
      return boxes.flatMap((a, k) =>
        boxes
          .slice(k + 1)
          .filter(
            (b) =>
              Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 1 &&
              Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 1,
          )
          .map((b) => `${a.name} and ${b.name}`),
      );
    });
    assert.deepEqual(overlaps, []);
  }
});

/** Fails if the page scrolls sideways, or if something that does not scroll itself is cut off. @param {Page} page */
async function assertFits(page) {
  const { wide, window, cut } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
    cut: [...document.querySelectorAll('unroll-lesson')].flatMap((lesson) =>
      [...(lesson.shadowRoot?.querySelectorAll('section *') ?? [])]
        .filter(
          (one) =>
            one.getBoundingClientRect().width > 0 &&
            one.getBoundingClientRect().right > document.documentElement.clientWidth + 1 &&
            !one.closest('pre, .table'),
        )
        .map((one) => `${one.localName}.${one.className}`),
    ),
  }));
  assert.deepEqual(cut, []);
  assert(wide <= window, `${wide} px in a window of ${window}`);
}

for (const viewport of [
  { width: 640, height: 450 },
  { width: 320, height: 256 },
])
  onCpu(`zoomed in to ${viewport.width} px, nothing scrolls sideways`, async (t) => {
    const page = await openTrained(t, { viewport, deviceScaleFactor: 2 });
    await lessonOf(page, 'mnist').call('evaluate', 200);
    await walk(page);
    await assertFits(page);
    // Numbers of the matrix stand apart: it scrolls by itself instead.
    const cells = await lessonOf(page, 'mnist')
      .part('confusion')
      .locator('.cell')
      .evaluateAll((all) =>
        all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
      );
    assert.deepEqual(cells, []);
  });

onCpu('on paper: light, without what can be pressed, the figures as they are', async (t) => {
  const page = await openTrained(t, { viewport: DESK, colorScheme: 'dark' });
  await walk(page);
  const wave = lessonOf(page, 'sin-cos');
  const before = await coloursOf(wave, 'wave-figure');
  /** @param {Array<[Pixel, number]>} colours */
  const prediction = (colours) =>
    colours.find(
      ([[red, green, blue, alpha]]) => alpha === 255 && blue > red + 60 && blue > green,
    )?.[0] ?? [0, 0, 0, 0];
  assert.deepEqual(prediction(before).slice(0, 3), [0x6c, 0xb0, 0xf5], 'dark at first');

  // A real print has no frame between its event and its paper.
  const printed = await wave.run((element) => {
    dispatchEvent(new Event('beforeprint'));
    const canvas = element.shadowRoot.querySelector('[part~="wave-figure"]');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let k = 0; k < data.length; k += 4)
      if (data[k] === 0x1f && data[k + 1] === 0x66 && data[k + 2] === 0xb5) found += 1;
    dispatchEvent(new Event('afterprint'));
    return found;
  });
  assert(printed > 100, `${printed} pixels of the light prediction`);
  assert.deepEqual(prediction(await coloursOf(wave, 'wave-figure')).slice(0, 3), [108, 176, 245]);

  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await drawn(page);
  for (const selector of ['h1', 'unroll-lesson h3', 'unroll-lesson .told p', 'unroll-lesson pre']) {
    const [ink] = await styleOf(page, selector, ['color']);
    assert(contrast(ink, [255, 255, 255]) >= 4.5, `${selector}: ${ink}`);
  }
  for (const name of ['canvas.wave', '.u-wrap canvas', 'canvas.heatmap', 'canvas.pad'])
    await page.locator(`unroll-lesson ${name}`).first().waitFor();
  for (const what of ['[part~="play"]', '[part~="clear"]', 'input[type="range"]', '.tries button'])
    assert.equal(await page.locator(`${what}:visible`).count(), 0, `${what} on paper`);
  const origin = page.locator('unroll-lesson .confusion td').first();
  assert.notEqual(await origin.evaluate((cell) => getComputedStyle(cell).display), 'none');
  // What it was set to stays.
  await page.locator('unroll-lesson .fields input[type="number"]').first().waitFor();
  const kept = await page.evaluate(() =>
    [document, ...[...document.querySelectorAll('unroll-lesson')].map((one) => one.shadowRoot)]
      .flatMap((root) => [...(root?.querySelectorAll('*') ?? [])])
      .filter((one) => /fixed|sticky/.test(getComputedStyle(one).position))
      .filter((one) => one.getBoundingClientRect().height > 0)
      .map((one) => one.className),
  );
  assert.deepEqual(kept, [], 'nothing stays in place over what is below');
  // A sheet is narrower than the window for which the canvases were drawn.
  await page.setViewportSize({ width: 718, height: 1000 });
  await assertFits(page);
});

/** Before the page's own scripts: the language of an engine in the locale "C". */
const NO_LANGUAGE = () => {
  for (const [name, value] of /** @type {const} */ ([
    ['language', 'C'],
    ['languages', ['C']],
  ]))
    Object.defineProperty(Navigator.prototype, name, { get: () => value, configurable: true });
};

onCpu('the page starts under a language that is none', async (t) => {
  const page = await openPage(t, 'embed.html?lesson=sin-cos&backend=cpu');
  await page.addInitScript(NO_LANGUAGE);
  await page.reload();
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.call('step', 12);
  await lesson.part('loss-chart').locator('canvas').waitFor();
  assert.equal(await page.evaluate(() => navigator.language), 'C', 'lent no longer than needed');
  assert.equal(await page.evaluate(() => Object.hasOwn(navigator, 'language')), false);
});

/** Shift of the layout in all; what a browser does against it, others do not. */
const SHIFTS = () => {
  const all = Object.assign(globalThis, { shift: 0, shifted: /** @type {string[]} */ ([]) });
  new PerformanceObserver((list) => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) {
      all.shift += entry.value;
      all.shifted.push(
        `${entry.value.toFixed(4)} at ${scrollY}: ${entry.sources
          .map((/** @type {any} */ { node, previousRect, currentRect }) => {
            const group = node?.closest?.('[data-group]')?.dataset.group;
            const name = `${node?.nodeName} ${node?.part ?? ''} ${node?.className ?? ''}`;
            const place = (/** @type {DOMRect} */ { y, height }) => `${y} (${height} high)`;
            return `${group ?? ''} ${name} ${place(previousRect)} to ${place(currentRect)}`;
          })
          .join(', ')}`,
      );
    }
  }).observe({ type: 'layout-shift' });
};

for (const [name, viewport, lang] of /** @type {const} */ ([
  ['a desk', DESK, 'en'],
  ['a desk', DESK, 'zh'],
  ['a phone', PHONE, 'en'],
  ['a phone', PHONE, 'zh'],
]))
  test(`figures hold still while both lessons train, on ${name}, ${lang}`, {
    timeout: patience(180_000),
  }, async (t) => {
    const page = await openPage(t, `index.html?lang=${lang}&backend=cpu&data=synthetic`, {
      context: { viewport },
    });
    const lessons = [lessonOf(page, 'sin-cos'), lessonOf(page, 'mnist')];
    for (const lesson of [...lessons, new Lesson(page, 'unroll-reader')]) await lesson.ready();
    await page.addStyleTag({ content: 'html { overflow-anchor: none; }' });
    await drawn(page);
    await page.evaluate(SHIFTS);
    // Slowly: it must not be over when the last figure is in view.
    for (const lesson of lessons) await lesson.call('set', { speed: 5 });
    for (const lesson of lessons) await lesson.call('play');
    const half = viewport.height / 2;
    const height = await page.evaluate(() => document.body.scrollHeight);
    for (let top = 0; top < height; top += half) {
      await page.evaluate((top) => scrollTo({ top, behavior: 'instant' }), top);
      await lessons[1].run(
        (element) =>
          new Promise((resolve) => {
            element.addEventListener('unroll-metrics', resolve, { once: true });
          }),
      );
      await drawn(page);
    }
    const { shift, shifted } = await page.evaluate(() => {
      const { shift, shifted } = /** @type {any} */ (globalThis);
      return { shift, shifted };
    });
    assert(shift < 0.05, `shifted by ${shift}:\n${shifted.join('\n')}`);
  });

for (const lang of ['en', 'zh']) {
  onCpu(`on a phone the bar keeps its height while it trains, ${lang}`, async (t) => {
    if (!needsMnist(t)) return;
    const page = await openPage(t, `index.html?lang=${lang}&backend=cpu`, {
      context: { viewport: PHONE },
    });
    for (const [name, options, steps] of /** @type {const} */ ([
      ['sin-cos', { speed: null }, 100],
      ['mnist', {}, 150],
    ])) {
      const lesson = lessonOf(page, name);
      await lesson.ready();
      await lesson.call('set', options);
      await lesson.run((element) => {
        const line = element.shadowRoot.querySelector('.status .line');
        element.heights = [];
        new ResizeObserver(() =>
          element.heights.push([line.getBoundingClientRect().height, line.textContent]),
        ).observe(line);
      });
      await lesson.part('play').click();
      await lesson.until((element, steps) => element.state.step >= steps, steps);
      await drawn(page);
      const heights = await lesson.run((element) => element.heights);
      assert.equal(heights.length, 1, JSON.stringify(heights));
      if (name === 'mnist') await lesson.call('pause');
    }
  });
}

onCpu('the map of units stays within its row, whatever its proportions', async (t) => {
  const page = await openElements(
    t,
    '<unroll-lesson lesson="sin-cos" backend="cpu" options="hiddenSize=128"></unroll-lesson>',
    { context: { viewport: DESK } },
  );
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.call('step', 12);
  await lesson.part('units').scrollIntoViewIfNeeded();
  await page.waitForFunction(
    (map) => /** @type {HTMLCanvasElement} */ (map).height === 128,
    await lesson.part('units').elementHandle(),
  );
  const map = await lesson.part('units').boundingBox();
  const key = await page.locator('unroll-lesson .memory-side .key').boundingBox();
  const portrait = await lesson.part('portrait').boundingBox();
  assert(map && key && portrait);
  assert(map.y + map.height <= key.y, `it ends at ${map.y + map.height}, its key is at ${key.y}`);
  assert(key.y + key.height <= portrait.y + portrait.height + 1, 'beside the portrait');
});
