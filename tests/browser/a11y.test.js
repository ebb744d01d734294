/** axe finds nothing, in both languages, light and dark, on a desk and on a phone. */

import assert from 'node:assert/strict';
import { violations } from './axe.js';
import { onCpu, openLesson, openPage, serveMnist, smallMnist, Lesson } from './harness.js';

const PAGES = ['index.html?', 'embed.html?lesson=mnist', 'teachers.html?'];

for (const path of PAGES) {
  for (const lang of ['en', 'zh']) {
    for (const width of [1280, 390]) {
      onCpu(`axe: ${path.split('?')[0]}, ${lang}, ${width} px, light and dark`, async (t) => {
        await serveMnist(t, smallMnist());
        const page = await openPage(t, `${path}&lang=${lang}`, {
          context: { colorScheme: 'light', viewport: { width, height: 900 } },
        });
        for (const element of await page.locator('unroll-lesson').all()) {
          const which = await element.getAttribute('lesson');
          const lesson = new Lesson(page, `unroll-lesson[lesson="${which}"]`);
          await lesson.ready();
          await lesson.unfold();
          // With results and an error showing there is more to look at.
          await lesson.call('step', 2);
          if (which === 'mnist') await lesson.run((element) => element.evaluate(20).then(() => {}));
          await page.locator('unroll-lesson details').evaluateAll((all) => {
            for (const details of all) /** @type {HTMLDetailsElement} */ (details).open = true;
          });
          const field = lesson.part('learningRate');
          await field.fill('-1');
          await field.press('Enter');
          await lesson.part('learningRate').and(page.locator('[aria-invalid="true"]')).waitFor();
        }
        if (path.startsWith('index')) {
          await page.locator('.exercise-name', { hasText: /./ }).first().waitFor();
          await page.locator('.exercises details').evaluateAll((all) => {
            for (const details of all) details.setAttribute('open', '');
          });
          await page.locator('.tour').click();
          await page.locator('.guide-words', { hasText: /./ }).waitFor();
        }
        if (path.startsWith('teachers')) await page.locator(`html[lang="${lang}"]`).waitFor();
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await ground();
        assert.deepEqual(await violations(page), [], 'light');
        await page.emulateMedia({ colorScheme: 'dark' });
        assert.notEqual(await ground(), light);
        assert.deepEqual(await violations(page, ['color-contrast']), [], 'dark');
      });
    }
  }
}

onCpu('every control can be reached and pressed by keyboard', async (t) => {
  const page = await openPage(t, 'embed.html?lesson=sin-cos&lang=en');
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.part('play').focus();
  await page.keyboard.press('Enter');
  await lesson.until((element) => element.state.running);
  // Play gives way to pause under the same finger.
  await page.keyboard.press('Enter');
  await lesson.until((element) => !element.state.running && element.state.step > 0);
  /** @type {Set<string | null>} */
  const reached = new Set();
  await page.evaluate(() => /** @type {HTMLElement | null} */ (document.activeElement)?.blur());
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press('Tab');
    reached.add(
      await page.evaluate(() => {
        const inner = document.activeElement?.shadowRoot?.activeElement;
        return inner?.getAttribute('part') ?? null;
      }),
    );
  }
  for (const part of [
    'play',
    'step',
    'reset',
    'speed',
    'backend',
    'learningRate',
    'hiddenSize',
    'seed',
    'save',
    'load',
  ]) {
    assert(reached.has(part), `${part} is reached; what is: ${[...reached].join(' ')}`);
  }
});

for (const lang of ['en', 'zh']) {
  onCpu(
    `on a phone of 360 px nothing is wider than the page, and every target is for fingers, ${lang}`,
    async (t) => {
      await serveMnist(t, smallMnist());
      const page = await openPage(t, `index.html?lang=${lang}&backend=cpu`, {
        context: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
      });
      for (const which of ['sin-cos', 'mnist']) {
        const lesson = new Lesson(page, `unroll-lesson[lesson="${which}"]`);
        await lesson.ready();
        await lesson.unfold();
        await lesson.call('step', 2);
        if (which === 'mnist') await lesson.run((element) => element.evaluate(64).then(() => {}));
        await lesson.run(async (element) => {
          for (const part of element.shadowRoot.querySelectorAll('[data-group]')) {
            part.scrollIntoView();
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
          }
          for (const details of element.shadowRoot.querySelectorAll('details')) details.open = true;
          await new Promise(requestAnimationFrame);
        });
        const small = await lesson.run((element) => {
          const targets = [
            ...element.shadowRoot.querySelectorAll('button, select, input, summary'),
            ...element.querySelectorAll('button'),
          ];
          return targets.flatMap((target) => {
            const boxes = [target, target.closest('label')].flatMap((one) =>
              one ? [one.getBoundingClientRect()] : [],
            );
            const [width, height] = [
              Math.max(...boxes.map(({ width }) => width)),
              Math.max(...boxes.map(({ height }) => height)),
            ];
            const seen = target.checkVisibility() && boxes[0].width > 0;
            return seen && (width < 43.5 || height < 43.5)
              ? [
                  `${target.tagName} ${target.getAttribute('part') ?? target.className} ${width} x ${height}`,
                ]
              : [];
          });
        });
        assert.deepEqual(small, [], `${which}: targets of less than 44 px`);
      }
      await page.locator('.exercise-name', { hasText: /./ }).first().waitFor();
      await page.locator('.exercises details').evaluateAll((all) => {
        for (const details of all) details.setAttribute('open', '');
      });
      await page.locator('.tour').click();
      const around = page.locator('.tour, .guide button, .exercises :is(button, summary)');
      const low = await around.evaluateAll((all) =>
        all
          .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
          .map((one) => one.textContent),
      );
      assert.deepEqual(low, [], 'targets of less than 44 px around the lessons');
      const wide = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      assert(wide[0] <= wide[1], `${wide}`);
    },
  );
}

onCpu('many buttons in rows are one stop for Tab, and arrow keys go on from there', async (t) => {
  const lesson = await openLesson(t, {
    lesson: 'mnist',
    backend: 'cpu',
    data: 'synthetic',
    show: 'mistakes',
  });
  await lesson.call('step', 20);
  await lesson.part('mistakes-evaluate').click();
  await lesson.part('confusion').locator('button:enabled').first().waitFor();
  for (const part of ['confusion', 'mistakes-gallery']) {
    const buttons = lesson.part(part).locator('button:enabled');
    assert((await buttons.count()) > 3, part);
    const stops = lesson.part(part).locator('button[tabindex="0"]:enabled');
    assert.equal(await stops.count(), 1, `${part}: one stop`);
    const places = () =>
      lesson.part(part).evaluate((element) => {
        const root = /** @type {ShadowRoot} */ (element.getRootNode());
        return [...element.querySelectorAll('button')]
          .filter((button) => !button.disabled)
          .indexOf(/** @type {HTMLButtonElement} */ (root.activeElement));
      });
    await stops.focus();
    await lesson.page.keyboard.press('End');
    assert.equal(await places(), (await buttons.count()) - 1);
    await lesson.page.keyboard.press('Home');
    assert.equal(await places(), 0);
    await lesson.page.keyboard.press('ArrowRight');
    await lesson.page.keyboard.press('ArrowDown');
    assert((await places()) > 0, `${part}: it went on`);
    assert.equal(await stops.count(), 1, `${part}: still one`);
    // The stop is where the focus was last.
    await lesson.page.keyboard.press('Tab');
    assert.equal(await places(), -1);
    await lesson.page.keyboard.press('Shift+Tab');
    assert((await places()) > 0, `${part}: back where it was`);
  }
});
