/** The gate film: the colour of every cell, the order of the units, and which digit it is of. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { forEachBackend, onCpu, openLesson, openPage, Lesson } from './harness.js';

// As CommonJS: its types describe no default export of a module.
const { AxeBuilder } = createRequire(import.meta.url)('@axe-core/playwright');

const MAPS = /** @type {const} */ (['input', 'forget', 'cell', 'output', 'c', 'h']);
const NAMES = [
  'Input gate i',
  'Forget gate f',
  'Candidate g',
  'Output gate o',
  'Cell state c',
  'Hidden state h',
];
/** Of the light scheme: at 0, at most, at minus most. */
const [PAPER, ABOVE, BELOW] = [
  [255, 255, 255],
  [0x1f, 0x66, 0xb5],
  [0xc2, 0x2f, 0x27],
];

/** @typedef {Record<typeof MAPS[number], number[]>} Inside  28 x 64 each */

/** What the member answers. @param {Lesson} lesson @param {number | null} index a test image's; null: the drawing's @returns {Promise<Inside>} */
async function insideOf(lesson, index) {
  const { gates, c, h } = await lesson.run(async (element, index) => {
    const drawn = () => {
      const { data } = element.shadowRoot
        .querySelector('[part=normalised]')
        .getContext('2d')
        .getImageData(0, 0, 28, 28);
      return { pixels: Uint8Array.from({ length: 784 }, (_, k) => data[4 * k]) };
    };
    const { pixels } = index === null ? drawn() : await element.digit('test', index);
    const { gates, cellState, hidden } = await element.inspect(pixels);
    return { gates: [...gates], c: [...cellState], h: [...hidden] };
  }, index);
  const gate = (/** @type {number} */ k) =>
    Array.from({ length: 28 }, (_, row) =>
      gates.slice((4 * row + k) * 64, (4 * row + k + 1) * 64),
    ).flat();
  return { input: gate(0), forget: gate(1), cell: gate(2), output: gate(3), c, h };
}

/** Waits until row 20 of the third unit is read out as the member has it. @param {Lesson} lesson @param {Inside} inside */
async function shows(lesson, inside) {
  await lesson.part('gates').evaluate((element) => element.scrollIntoView({ block: 'center' }));
  // Before the first answer there is no third unit to choose.
  await lesson.part('gates-says').getByText(/^Row/).waitFor();
  await lesson.part('gates-row').fill('20');
  await lesson.part('gates-unit').fill('3');
  // Nothing below zero is left of what rounds to it.
  const two = (/** @type {number} */ value) =>
    value
      .toFixed(2)
      .replace(/^-(0\.00)$/, '$1')
      .replace('-', '−');
  const values = MAPS.map((map, k) => `${NAMES[k]} ${two(inside[map][19 * 64 + 2])}`).join(', ');
  await lesson
    .part('gates-says')
    .getByText(`Row 20, unit 3: ${values}.`, { exact: true })
    .waitFor();
}

/** The cells of a map as they are drawn: red, green and blue of each. @param {Lesson} lesson @param {string} map */
function cells(lesson, map) {
  return lesson.part(`gates-${map}`).evaluate((element) => {
    const canvas = /** @type {HTMLCanvasElement} */ (element);
    const { data, width, height } = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext('2d')
    ).getImageData(0, 0, canvas.width, canvas.height);
    return { width, height, data: [...data] };
  });
}

/** @param {Lesson} lesson @param {typeof MAPS[number]} map @param {Inside} inside @param {number[]} order the unit of each column */
async function assertDrawn(lesson, map, inside, order) {
  const { width, height, data } = await cells(lesson, map);
  assert.deepEqual([width, height], [64, 28]);
  const most = map === 'c' ? Math.max(...inside.c.map(Math.abs)) : 1;
  for (let row = 0; row < 28; row += 1) {
    order.forEach((unit, column) => {
      const share = inside[map][64 * row + unit] / most;
      const towards = share < 0 ? BELOW : ABOVE;
      const colour = PAPER.map((from, k) => from + Math.abs(share) * (towards[k] - from));
      const drawn = data.slice(4 * (64 * row + column), 4 * (64 * row + column) + 3);
      assert(
        colour.every((value, k) => Math.abs(value - drawn[k]) <= 1),
        `${map}, row ${row + 1}, unit ${unit + 1}: ${drawn}, not ${colour}`,
      );
    });
  }
}

/** The units by the row at which they are largest in magnitude. @param {number[]} values */
function byPeak(values) {
  const peak = (/** @type {number} */ unit) => {
    const rows = Array.from({ length: 28 }, (_, row) => Math.abs(values[64 * row + unit]));
    return rows.indexOf(Math.max(...rows));
  };
  return Array.from({ length: 64 }, (_, unit) => unit).sort((a, b) => peak(a) - peak(b) || a - b);
}

/** Draws a stroke on the pad. @param {Lesson} lesson */
async function draw(lesson) {
  const pad = lesson.part('drawing-pad');
  await pad.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  const box = await pad.boundingBox();
  assert(box);
  const { mouse } = lesson.page;
  await mouse.move(box.x + box.width / 2, box.y + box.height / 5);
  await mouse.down();
  await mouse.move(box.x + box.width / 2, box.y + (4 * box.height) / 5, { steps: 8 });
  await mouse.up();
}

forEachBackend('every cell has the colour of its value', async (t, backend) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend,
    data: 'synthetic',
    hide: 'tape,cells,mistakes,scan,code',
  });
  await lesson.call('step', backend === 'cpu' ? 60 : 3);
  await lesson.call('figure', 'gates', { digit: 7, show: 'all', sort: 'none' });
  const name = lesson.part('gates-name').getByText(/^Synthetic test image \d+, digit 7$/);
  await name.waitFor();
  const index = Number(/\d+/.exec(String(await name.textContent()))?.[0]);
  const inside = await insideOf(lesson, index);
  await shows(lesson, inside);
  const units = Array.from({ length: 64 }, (_, unit) => unit);
  for (const map of MAPS) await assertDrawn(lesson, map, inside, units);
  const most = Math.max(...inside.c.map(Math.abs)).toFixed(2);
  await lesson.part('gates').getByText(`±${most}`, { exact: true }).waitFor();
});

onCpu('units are sorted by the row of their peak in what is shown, all maps alike', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    hide: 'tape,cells,mistakes,scan,code',
  });
  await lesson.call('step', 60);
  const inside = await insideOf(lesson, 0);
  // It begins with what is kept, in an order that can be read.
  await lesson.part('gates').evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await lesson
    .part('gates-says')
    .getByText(/^Row 14, unit \d+: Forget gate f [\d.]+\.$/)
    .waitFor();
  assert.equal(await lesson.part('gates-sort').inputValue(), 'peak');
  assert.equal(await lesson.part('gates-h').isVisible(), false);
  await lesson.call('figure', 'gates', { show: 'all', sort: 'none' });
  await shows(lesson, inside);

  await lesson.call('figure', 'gates', { show: 'all', sort: 'peak' });
  await lesson
    .part('gates-sorted')
    .getByText(/in “Forget gate f” is largest in magnitude/)
    .waitFor();
  for (const map of MAPS) await assertDrawn(lesson, map, inside, byPeak(inside.forget));

  await lesson.call('figure', 'gates', { show: 'h', sort: 'peak' });
  await lesson
    .part('gates-sorted')
    .getByText(/in “Hidden state h” is largest in magnitude/)
    .waitFor();
  await assertDrawn(lesson, 'h', inside, byPeak(inside.h));
  assert.equal(await lesson.part('gates-forget').isVisible(), false);

  // Pointing reads out the unit of the column under the pointer, until the pointer leaves; pressing keeps it.
  const map = lesson.part('gates-h');
  const box = await map.boundingBox();
  assert(box);
  const says = lesson.part('gates-says');
  const [before = ''] = String(await says.textContent()).split(':');
  const position = { x: (box.width * 10.5) / 64, y: (box.height * 4.5) / 28 };
  const pointed = says.getByText(`Row 5, unit ${byPeak(inside.h)[10] + 1}:`);
  await map.hover({ position });
  await pointed.waitFor();
  assert.equal(await lesson.part('gates-unit').inputValue(), '11');
  await lesson.part('gates-sorted').hover();
  await says.getByText(`${before}:`).waitFor();
  await map.click({ position });
  await lesson.part('gates-sorted').hover();
  await pointed.waitFor();
  assert.equal(await lesson.part('gates-row').inputValue(), '5');
});

onCpu(
  'a test image follows the training though a drawing lies on the pad, which is one press away',
  async (t) => {
    const lesson = await openLesson(t, {
      lesson: 'mnist',
      backend: 'cpu',
      data: 'synthetic',
      hide: 'tape,cells,mistakes,scan,code',
    });
    await lesson.call('figure', 'gates', { show: 'all', sort: 'none' });
    await draw(lesson);
    const name = (/** @type {string | RegExp} */ words) =>
      lesson.part('gates-name').getByText(words).waitFor();
    await lesson.part('gates').evaluate((element) => element.scrollIntoView({ block: 'center' }));
    await name('Your drawing');
    assert.equal(await lesson.part('gates-drawing').isVisible(), false);
    await lesson.part('gates-next').click();
    await name(/^Synthetic test image 0,/);
    // The pad is read anew after each: what is asked of the image is answered all the same.
    for (let k = 0; k < 6; k += 1) {
      await lesson.call('step', 1);
      await shows(lesson, await insideOf(lesson, 0));
    }
    await lesson.part('gates-drawing').click();
    await name('Your drawing');
    await shows(lesson, await insideOf(lesson, null));
    await lesson.part('clear').click();
    await lesson.part('gates').evaluate((element) => element.scrollIntoView({ block: 'center' }));
    await name(/^Synthetic test image 0,/);
    assert.equal(await lesson.part('gates-drawing').isVisible(), false);
  },
);

onCpu(
  'the digit is as high as the maps, square on a phone, too; what axe says of it in Chinese',
  async (t) => {
    const page = await openPage(t, 'index.html?lang=zh&data=synthetic&backend=cpu', {
      context: { viewport: { width: 390, height: 900 } },
    });
    const lesson = new Lesson(page, 'unroll-lesson[lesson="mnist"]');
    await lesson.ready();
    await lesson.call('figure', 'gates', { show: 'forget', sort: 'peak' });
    await lesson
      .part('gates-says')
      .getByText(/^第 14 行，第 \d+ 个单元：遗忘门 f 0\.\d\d。$/)
      .waitFor();
    const [digit, map] = await lesson
      .part('gates')
      .evaluate((element) =>
        ['.film canvas.digit', '[part=gates-forget]'].map((selector) =>
          /** @type {Element} */ (element.querySelector(selector)).getBoundingClientRect().toJSON(),
        ),
      );
    assert.deepEqual([digit.y, digit.height], [map.y, map.height]);
    assert(Math.abs(digit.width - digit.height) < 1, `${digit.width} x ${digit.height}`);
    await lesson.call('figure', 'gates', { show: 'all' });
    await lesson
      .part('gates-says')
      .getByText(/输入门 i 0\.\d\d、遗忘门 f 0\.\d\d、/)
      .waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    const { violations } = await new AxeBuilder({ page })
      .include({ fromShadowDom: ['unroll-lesson[lesson="mnist"]', '[part=gates]'] })
      .analyze();
    assert.deepEqual(
      violations.map((/** @type {any} */ { id, nodes }) => [
        id,
        nodes.map((/** @type {any} */ { target }) => target),
      ]),
      [],
    );
  },
);
