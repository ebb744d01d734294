/** The belief tape: of a drawing and of test images, read row by row, with rows blanked. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { forEachBackend, onCpu, openLesson, openPage, Lesson } from './harness.js';
import { strokes } from './pen.js';

/** @import {TestContext} from 'node:test' */
/** @import {Backend} from './harness.js' */

// As CommonJS: its types describe no default export of a module.
const { AxeBuilder } = createRequire(import.meta.url)('@axe-core/playwright');

/**
 * The tape of synthetic digits. Nothing moves by itself: while the scan line does, the words are those of its row.
 *
 * @param {TestContext} t
 * @param {Backend} [backend]
 */
function openTape(t, backend = 'cpu') {
  const context = /** @type {const} */ ({ reducedMotion: 'reduce' });
  return openLesson(t, { lesson: 'mnist', backend, data: 'synthetic', context });
}

/** @param {Lesson} lesson @param {number} digit */
async function draw(lesson, digit) {
  const { mouse } = lesson.page;
  const pad = lesson.part('drawing-pad');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  assert(box);
  for (const stroke of strokes(digit, 0)) {
    const [first, ...others] = stroke.map(
      ([x, y]) => /** @type {const} */ ([box.x + x * box.width, box.y + y * box.height]),
    );
    await mouse.move(...first);
    await mouse.down();
    for (const point of others) await mouse.move(...point, { steps: 2 });
    await mouse.up();
  }
}

/** What the tape says, once it has said all that was asked. @param {Lesson} lesson */
async function said(lesson) {
  // Every round is at least a frame of the tape's and an answer to it: a question that is under way takes
  // two answers (digit, belief), the last one as many after a frame, and its picture another frame.
  for (let k = 0; k < 8; k += 1) {
    await lesson.run(async (element) => {
      await new Promise(requestAnimationFrame);
      await element.predict(new Uint8Array(784));
    });
  }
  await lesson.page.evaluate(() => new Promise(requestAnimationFrame));
  const words = (/** @type {string} */ part) => lesson.part(part).textContent();
  return {
    name: await words('tape-name'),
    decided: await words('tape-decided'),
    forked: await words('tape-forked'),
    says: await words('tape-says'),
    value: await lesson.part('tape-row').getAttribute('aria-valuetext'),
  };
}

/**
 * The tape's words, from beliefs alone.
 *
 * @param {number[]} beliefs 28 x 10
 * @param {number} row from 1
 */
function expected(beliefs, row) {
  const after = (/** @type {number} */ at) => beliefs.slice(10 * (at - 1), 10 * at);
  const top = (/** @type {number} */ at) => after(at).indexOf(Math.max(...after(at)));
  const digit = top(28);
  const strays = Array.from({ length: 28 }, (_, k) => k + 1).filter((at) => top(at) !== digit);
  const share = Math.round(100 * Math.max(...after(row)));
  return {
    decided: `Decided after row ${Math.max(0, ...strays) + 1}: from there on ${digit} stays first.`,
    says: `After row ${row}: ${top(row)} (${share}%)`,
  };
}

/** What the network believes of a test image with some rows, from 1, blanked. @param {Lesson} lesson @param {number} index @param {number[]} blank */
function beliefsOf(lesson, index, blank = []) {
  return lesson.run(
    async (element, { index, blank }) => {
      const { pixels } = await element.digit('test', index);
      for (const row of blank) pixels.fill(0, 28 * (row - 1), 28 * row);
      return [...(await element.predict(pixels)).beliefs];
    },
    { index, blank },
  );
}

forEachBackend('the tape follows the drawing, and is read row by row', async (t, backend) => {
  const lesson = await openTape(t, backend);
  assert.match(
    String((await said(lesson)).name),
    /^Synthetic test image 0, digit \d$/,
    'before anything is drawn',
  );
  await lesson.call('step', backend === 'cpu' ? 120 : 30);
  // The tape has read the test image again.
  await said(lesson);
  // What the pad is answered, and whether anybody asks besides.
  const heard = await lesson.element.evaluateHandle((/** @type {any} */ element) => {
    const heard = { beliefs: /** @type {number[]} */ ([]), predicted: 0 };
    const { classifyDrawing, predict } = element;
    element.classifyDrawing = async (/** @type {any} */ drawing) => {
      const answer = await classifyDrawing.call(element, drawing);
      heard.beliefs = [...answer.beliefs];
      return answer;
    };
    element.predict = (/** @type {Uint8Array} */ pixels) => {
      if (pixels.some((value) => value > 0)) heard.predicted += 1;
      return predict.call(element, pixels);
    };
    return heard;
  });
  await draw(lesson, 3);
  const shown = await said(lesson);
  assert.equal(shown.name, 'Your drawing');
  const { beliefs, predicted } = await heard.jsonValue();
  assert.equal(predicted, 0, 'the pad and the tape share one question');
  assert.equal(shown.decided, expected(beliefs, 28).decided);
  const last = await lesson.part('prediction').textContent();
  assert(
    shown.says?.startsWith(`After row 28: ${last} (`),
    `${shown.says} while the pad reads ${last}`,
  );

  await lesson.part('tape-row').focus();
  for (let row = 27; row >= 14; row -= 1) await lesson.page.keyboard.press('ArrowLeft');
  const half = await said(lesson);
  assert(
    half.says?.startsWith(expected(beliefs, 14).says),
    `${half.says}, not ${expected(beliefs, 14).says}`,
  );
  assert.equal(half.value, half.says);
  assert.notEqual(half.says, shown.says);
  assert.equal(half.decided, shown.decided, 'where one looks does not change when it decided');

  await lesson.part('clear').click();
  assert.match(String((await said(lesson)).name), /test image/, 'with nothing drawn');
});

onCpu('words and slider go along with the scan line, but not under a hand', async (t) => {
  const lesson = await openLesson(t, { lesson: 'mnist', backend: 'cpu', data: 'synthetic' });
  await lesson.part('tape-figure').scrollIntoViewIfNeeded();
  const passed = await lesson.run(async (element) => {
    const part = (/** @type {string} */ name) =>
      /** @type {HTMLElement} */ (element.shadowRoot?.querySelector(`[part~="${name}"]`));
    const row = /** @type {HTMLInputElement} */ (part('tape-row'));
    /** @type {{row: number, says: string}[]} */
    const seen = [];
    part('tape-next').click();
    // It starts in the first rows, as soon as the next digit is read, and rests in the last.
    while (seen.at(-1)?.row !== 28 || seen.length < 4) {
      await new Promise(requestAnimationFrame);
      if (row.valueAsNumber === 28 && seen.length === 0) continue;
      if (row.valueAsNumber === seen.at(-1)?.row) continue;
      seen.push({ row: row.valueAsNumber, says: part('tape-says').textContent ?? '' });
    }
    return seen;
  });
  const late = passed.slice(
    passed.findLastIndex(({ row }, k) => row <= (passed[k - 1]?.row ?? 28)),
  );
  assert(late.length > 3, JSON.stringify(passed));
  for (const { row, says } of late) {
    assert(says.startsWith(`After row ${row}:`), `${says} at row ${row}`);
  }

  await lesson.part('tape-next').click();
  await lesson
    .part('tape-says')
    .filter({ hasText: /^After row ([1-9]|1\d):/ })
    .waitFor();
  await lesson.part('tape-row').focus();
  assert.equal(await lesson.part('tape-row').inputValue(), '28');
  await lesson
    .part('tape-says')
    .filter({ hasText: /^After row 28:/ })
    .waitFor();
});

onCpu('a row of the picture is picked by a click; pointing only looks', async (t) => {
  const lesson = await openTape(t);
  const figure = lesson.part('tape-figure');
  await figure.scrollIntoViewIfNeeded();
  const box = await figure.boundingBox();
  assert(box);
  const position = { x: box.width / 2, y: box.height / 2 };
  await figure.hover({ position });
  assert.match(String((await said(lesson)).says), /^After row 1[345]:/);
  await lesson.part('play').hover();
  assert.match(String((await said(lesson)).says), /^After row 28:/);
  await figure.click({ position });
  await lesson.part('play').hover();
  assert.match(String((await said(lesson)).says), /^After row 1[345]:/);
});

onCpu('blanking rows forks the belief from there on, and the rows come back', async (t) => {
  const lesson = await openTape(t);
  await lesson.part('tape-blank').click();
  const { decided, forked } = await said(lesson);
  assert.match(String(decided), /decides nothing/);
  assert.equal(forked, 'Blank rows: 28.', 'and decided nothing with all rows');
  await lesson.part('tape-restore').click();

  await lesson.call('step', 120);
  await lesson.part('tape-next').click();
  const whole = await said(lesson);
  assert.match(String(whole.name), /image 1,/);
  assert.equal(whole.decided, expected(await beliefsOf(lesson, 1), 28).decided);
  assert.equal(whole.forked, '');

  const blank = [11, 12, 13, 14, 15];
  for (const row of blank) {
    await lesson.part('tape-row').fill(String(row));
    await lesson.part('tape-blank').click();
  }
  const beliefs = await beliefsOf(lesson, 1, blank);
  const changed = await said(lesson);
  assert.equal(changed.decided, expected(beliefs, 28).decided);
  assert(
    changed.says?.startsWith(expected(beliefs, 15).says),
    `${changed.says}, not ${expected(beliefs, 15).says}`,
  );
  const [, row, digit] =
    /Decided after row (\d+): from there on (\d)/.exec(String(whole.decided)) ?? [];
  assert.equal(
    changed.forked,
    `Blank rows: 11, 12, 13, 14, 15. With all rows it was ${digit}, decided after row ${row}.`,
  );

  await lesson.part('tape-row').fill('10');
  const above = await said(lesson);
  const [now, before] =
    String(above.says)
      .match(/\d \(\d+%\)/g)
      ?.filter((_, k) => k !== 1) ?? [];
  assert.equal(now, before, 'above the blank rows nothing changes');

  await lesson.part('tape-row').fill('12');
  await lesson.part('tape-blank').click();
  assert.match(String((await said(lesson)).forked), /^Blank rows: 11, 13, 14, 15\./);
  await lesson.part('tape-restore').click();
  const restored = await said(lesson);
  assert.equal(restored.decided, whole.decided);
  assert.equal(restored.forked, '');
});

onCpu('the tape follows training, and is of the last step when it stops', async (t) => {
  const lesson = await openTape(t);
  const before = await said(lesson);
  await lesson.call('play');
  const changed = await lesson.element.evaluateHandle((element, words) => {
    const says = /** @type {Node} */ (element.shadowRoot?.querySelector('[part=tape-says]'));
    return {
      done: new Promise((resolve) =>
        new MutationObserver(() => says.textContent !== words && resolve(null)).observe(says, {
          childList: true,
        }),
      ),
    };
  }, before.says);
  await changed.evaluate(({ done }) => done);
  await lesson.call('pause');
  await lesson.until((element) => !element.state.running);
  const after = await said(lesson);
  const beliefs = await beliefsOf(lesson, 0);
  assert.equal(after.decided, expected(beliefs, 28).decided);
  assert(after.says?.startsWith(expected(beliefs, 28).says));
});

onCpu('the tape says which rows the output layer is trained on', async (t) => {
  const lesson = await openTape(t);
  await lesson
    .part('tape-note')
    .getByText(/after the last row alone/)
    .waitFor();
  await lesson.call('set', { trainOn: 'every' });
  await lesson
    .part('tape-note')
    .getByText(/after every row/)
    .waitFor();
});

onCpu('a text shows what it is about; the drawing is one press away', async (t) => {
  const lesson = await openTape(t);
  await draw(lesson, 1);
  assert.equal((await said(lesson)).name, 'Your drawing');
  await lesson.call('figure', 'tape', { digit: 7, row: 14, erase: [8, 9] });
  await lesson
    .part('tape-name')
    .getByText(/, digit 7$/)
    .waitFor();
  const shown = await said(lesson);
  assert.match(String(shown.forked), /^Blank rows: 8, 9\./);
  assert.match(String(shown.says), /^After row 14:/);
  await lesson.part('tape-drawing').click();
  assert.equal((await said(lesson)).name, 'Your drawing');
});

onCpu('the tape in Chinese, and what axe says of it', async (t) => {
  const page = await openPage(t, 'index.html?lang=en&data=synthetic', {
    context: { viewport: { width: 390, height: 900 } },
  });
  const lesson = new Lesson(page, 'unroll-lesson[lesson="mnist"]');
  await lesson.ready();
  await lesson.part('tape').scrollIntoViewIfNeeded();
  assert.match(String((await said(lesson)).decided), /^It has learned nothing yet/);
  await lesson.call('step', 1);
  await lesson
    .part('tape-decided')
    .getByText(/^Decided after row \d+/)
    .waitFor();
  await page.getByRole('link', { name: '中文' }).click();
  await page.locator('html[lang="zh"]').waitFor();
  await lesson.part('tape').scrollIntoViewIfNeeded();
  await lesson.part('tape-blank').click();
  const shown = await said(lesson);
  assert.match(String(shown.decided), /^读完第 \d+ 行拿定主意：此后首选一直是 \d。$/);
  assert.match(String(shown.forked), /^擦掉了第 28 行。/);
  const { violations } = await new AxeBuilder({ page })
    .include('unroll-lesson[lesson="mnist"]')
    .analyze();
  assert.deepEqual(
    violations.map((/** @type {any} */ { id, nodes }) => [
      id,
      nodes.map((/** @type {any} */ { target }) => target),
    ]),
    [],
  );
});
