/** Where things stand: the words beside their figure, the bar above both, and what a press shows where one looks. */

import assert from 'node:assert/strict';
import { lessonOf, needsMnist, onCpu, openPage, openSite, patience } from './harness.js';

/** @import {Lesson} from './harness.js' */

const PAGE = 'index.html?lang=en&data=synthetic&backend=cpu';
const DESK = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };

/** The boxes of what a lesson's shadow has there, in the window. @param {Lesson} lesson @param {string} selector */
const boxOf = (lesson, selector) =>
  lesson.run((element, found) => {
    const box = element.shadowRoot?.querySelector(found)?.getBoundingClientRect();
    return box && { top: box.top, left: box.left, right: box.right, bottom: box.bottom };
  }, selector);

onCpu('words stand beside their figure, which stays in view as long as they are', async (t) => {
  const page = await openPage(t, PAGE, { context: DESK });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  const section = '[data-group="wave"]';
  await lesson.run((element, found) => {
    element.shadowRoot?.querySelector(found)?.scrollIntoView();
  }, section);
  const [bar, words, figure] = await Promise.all(
    ['.bar', `${section} .words`, `${section} .figure`].map((one) => boxOf(lesson, one)),
  );
  assert(bar && words && figure);
  assert(words.right <= figure.left, 'side by side');
  assert(figure.right - figure.left > 1.2 * (words.right - words.left), 'the figure is the wider');
  assert(Math.abs(words.top - figure.top) < 2 && figure.top >= bar.bottom, 'below the bar');
  // Read on: the shorter of the two stays.
  const rest = Math.abs(words.bottom - figure.bottom);
  assert(rest > 40, `${rest} px`);
  await page.evaluate((distance) => scrollBy(0, distance), rest / 2);
  const [shorter, longer] = words.bottom < figure.bottom ? [words, figure] : [figure, words];
  const nameOf = (/** @type {unknown} */ one) => (one === words ? '.words' : '.figure');
  const stayed = await boxOf(lesson, `${section} ${nameOf(shorter)}`);
  const moved = await boxOf(lesson, `${section} ${nameOf(longer)}`);
  assert(stayed && moved);
  assert(Math.abs(stayed.top - shorter.top) < 2, 'the shorter one stays');
  assert(longer.top - moved.top > rest / 2 - 20, 'the longer one is read on');
});

onCpu('a run of the last visit changes nothing of where things stand', async (t) => {
  const page = await openPage(t, PAGE, { context: DESK });
  await lessonOf(page, 'mnist').call('step', 3);
  await page.reload();
  const lesson = lessonOf(page, 'mnist');
  await lesson.ready();
  await lesson.run((element) => element.scrollIntoView());
  await lesson.part('remembered').filter({ hasText: 'last visit' }).waitFor();
  const [whole, main, said] = await Promise.all(
    ['.lesson', '.main', '.remembered'].map((one) => boxOf(lesson, one)),
  );
  assert(whole && main && said);
  assert(Math.abs(main.right - main.left - (whole.right - whole.left)) < 1);
  assert(said.bottom - said.top < 60, `${said.bottom - said.top} px high`);
});

// `longest`: the whole page, in CSS pixels.
for (const [where, context, longest] of /** @type {const} */ ([
  ['desk', DESK, 10_000],
  ['phone', PHONE, 14_000],
])) {
  onCpu(`nothing moves while the page comes, and while it is read: ${where}`, async (t) => {
    if (!needsMnist(t)) return;
    const page = await openPage(t, 'about:blank', { context });
    await page.addInitScript(() => {
      const seen = /** @type {any} */ (window);
      seen.moved = 0;
      const add = (/** @type {PerformanceObserverEntryList} */ list) => {
        for (const entry of /** @type {any[]} */ (list.getEntries())) seen.moved += entry.value;
      };
      new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto((await openSite()).url('index.html?lang=en&backend=cpu'));
    for (const name of /** @type {const} */ (['sin-cos', 'mnist'])) {
      const lesson = lessonOf(page, name);
      await lesson.ready();
      for (const part of ['settings', 'loss', 'code'])
        await lesson.part(part).scrollIntoViewIfNeeded();
    }
    const moved = await page.evaluate(() => /** @type {any} */ (window).moved);
    t.diagnostic(`layout shift ${moved.toFixed(4)}`);
    assert(moved < 0.05, `layout shift ${moved}`);
    const length = await page.evaluate(() => document.documentElement.scrollHeight);
    t.diagnostic(`${length} px long`);
    assert(length <= longest, `the page is ${length} px long`);
  });

  onCpu(`the settings come when they are called, and go again: ${where}`, async (t) => {
    const page = await openPage(t, PAGE, { context });
    const lesson = lessonOf(page, 'sin-cos');
    await lesson.ready();
    await lesson.part('code').scrollIntoViewIfNeeded();
    const pin = lesson.part('pin-settings');
    await pin.click();
    const { height } = context.viewport;
    const isSeen = async () => {
      const box = await lesson.part('learningRate').boundingBox();
      return box !== null && box.y > 0 && box.y + box.height < height;
    };
    assert(await isSeen());
    await lesson.part('learningRate').fill('0.005');
    await lesson.part('learningRate').blur();
    await lesson.until((element) => element.state.options.learningRate === 0.005);
    // Built anew, they are still there.
    await page
      .getByRole('link', { name: '中文' })
      .evaluate((link) => /** @type {HTMLElement} */ (link).click());
    await lesson.part('pin-settings').and(page.locator('[aria-pressed="true"]')).waitFor();
    await lesson.call('figure', 'wave');
    assert(await isSeen());
    await lesson.part('pin-settings').click();
    assert(!(await isSeen()));
  });

  for (const which of /** @type {const} */ (['sin-cos', 'mnist'])) {
    onCpu(
      `after every try button of ${which} its figure is in view: ${where}`,
      async (t) => {
        const page = await openPage(t, PAGE, { context: { ...context, reducedMotion: 'reduce' } });
        const lesson = lessonOf(page, which);
        await lesson.ready();
        await lesson.unfold();
        // What is shown is at stake, not what was learned.
        await lesson.run((element) => {
          const { step, compare, evaluate } = element;
          element.step = (/** @type {number} */ count) =>
            step.call(element, Math.min(count ?? 1, 2));
          element.compare = (/** @type {any} */ what) =>
            compare.call(element, { ...what, steps: 2 });
          element.evaluate = () => evaluate.call(element, 100);
        });
        const buttons = lesson.element.locator('.tries button');
        const count = await buttons.count();
        assert(count > 10, `${count} buttons`);
        /** @type {string[]} */
        const missed = [];
        /** Buttons that went out of view when they were pressed. @type {string[]} */
        const lost = [];
        for (let k = 0; k < count; k += 1) {
          const button = buttons.nth(k);
          const name = await button.textContent();
          await button.click();
          const running = lesson.element.locator('.tries button[aria-disabled="true"]');
          await running.waitFor({ state: 'detached' });
          // On a phone the figure stands above the words.
          if (where === 'desk') {
            const box = await button.boundingBox();
            const isThere = box && box.y > 0 && box.y + box.height < context.viewport.height;
            if (!isThere) lost.push(`${name}: at ${Math.round(box?.y ?? NaN)}`);
          }
          const seen = await button.evaluate((element) => {
            const slot = element.closest('[slot]')?.assignedSlot;
            const box = slot?.closest('section')?.querySelector('.figure')?.getBoundingClientRect();
            const bar = document
              .querySelector('unroll-lesson')
              ?.shadowRoot?.querySelector('.bar')?.clientHeight;
            if (!box) return 0;
            const [top, room] = [bar ?? 0, innerHeight - (bar ?? 0)];
            const part = Math.min(box.bottom, innerHeight) - Math.max(box.top, top);
            return part / Math.min(box.height, room);
          });
          if (seen < 0.6) missed.push(`${name}: ${Math.round(100 * seen)} %`);
        }
        assert.deepEqual(missed, []);
        assert.deepEqual(lost, []);
      },
      { timeout: patience(240_000) },
    );
  }
}

onCpu('what goes further is folded until somebody asks for it', async (t) => {
  const page = await openPage(t, PAGE, { context: DESK });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  const fold = lesson.part('output-layer-fold');
  const isOpen = async () => (await fold.getAttribute('aria-expanded')) === 'true';
  const table = lesson.part('output-layer-table');
  assert(!(await isOpen()) && !(await table.isVisible()));
  await fold.press('Enter');
  assert((await isOpen()) && (await table.isVisible()));
  // Another language builds it anew, open as it was.
  await page
    .getByRole('link', { name: '中文' })
    .evaluate((link) => /** @type {HTMLElement} */ (link).click());
  await lesson.part('output-layer-fold').filter({ hasText: '输出层' }).waitFor();
  assert(await isOpen());
  await lesson.part('output-layer-fold').click();
  assert(!(await table.isVisible()));
  // Whoever calls a figure sees it.
  await lesson.run((element) => element.figure('output-layer'));
  assert((await isOpen()) && (await table.isVisible()));
  // Paper has all of it, and afterwards it is as it was.
  const modes = lesson.part('state-modes').locator('.figure');
  const told = (/** @type {string} */ event) =>
    page.evaluate((event) => dispatchEvent(new Event(event)), event);
  await told('beforeprint');
  assert(await modes.isVisible());
  await told('afterprint');
  assert(!(await modes.isVisible()));
  // What is folded asks nothing, and what cannot be folded is named.
  await lesson.run((element) => element.setAttribute('fold', 'wave,curtain'));
  await lesson.part('error').getByText('curtain').waitFor();
  assert(await modes.isVisible());
  assert(!(await lesson.part('wave').locator('.figure').first().isVisible()));
  await lesson.run((element) => element.removeAttribute('fold'));
  assert(await lesson.part('wave').locator('.figure').first().isVisible());
});

onCpu('the bar says how good the run is', async (t) => {
  const page = await openPage(t, PAGE, { context: DESK });
  const score = (/** @type {Lesson} */ lesson, /** @type {RegExp} */ words) =>
    lesson.part('score').filter({ hasText: words }).waitFor({ state: 'attached' });
  const wave = lessonOf(page, 'sin-cos');
  await wave.ready();
  await score(wave, /^$/);
  await wave.call('step', 3);
  const { loss } = await wave.state();
  await score(wave, new RegExp(`^loss ${Number(loss?.toPrecision(3))}$`));
  await wave.call('reset');
  await score(wave, /^$/);

  const digits = lessonOf(page, 'mnist');
  await digits.ready();
  await digits.call('step', 2);
  await score(digits, /^loss \d/);
  // The run's own evaluation, at the fiftieth step.
  await digits.call('step', 48);
  await score(digits, /^accuracy \d/);
});

onCpu('a section has one heading, folded or not', async (t) => {
  const page = await openPage(t, PAGE, { context: DESK });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  const own = page.locator('unroll-lesson > .told[slot="output-layer"] h4');
  await own.waitFor({ state: 'attached' });
  const named = lesson.part('output-layer').getByRole('heading', { level: 3 });
  await lesson.run((element) => element.figure('output-layer'));
  assert.equal(await named.count(), 1);
  assert(!(await own.isVisible()));
  await lesson.run((element) => element.removeAttribute('fold'));
  await own.waitFor();
});

onCpu('a link opens what it names', async (t) => {
  const page = await openPage(t, `${PAGE}#lesson=sin-cos&figure=free-run`, { context: DESK });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  await lesson.part('free-run-figure').waitFor();
});

onCpu('a figure goes onto the whole screen and back', async (t) => {
  const page = await openPage(t, PAGE, { context: DESK });
  const lesson = lessonOf(page, 'sin-cos');
  await lesson.ready();
  const shown = () =>
    lesson.run(
      (element) => element.shadowRoot.fullscreenElement?.closest('section').dataset.group ?? null,
    );
  const button = lesson.part('memory-full-screen');
  await button.focus();
  await button.press('Enter');
  await lesson.until((element) => element.shadowRoot.fullscreenElement !== null);
  assert.equal(await shown(), 'memory');
  const box = await lesson.part('memory').locator('.figure').first().boundingBox();
  assert(box && box.width === DESK.viewport.width && box.height === DESK.viewport.height);
  await button.press('Enter');
  await lesson.until((element) => element.shadowRoot.fullscreenElement === null);
});
