/** The dialog that writes the code of an embedded lesson, as a person uses it; and its code in a page of another host. */

import assert from 'node:assert/strict';
import { violations } from './axe.js';
import { Lesson, QUIET, lessonOf, onCpu, openPage, openSite } from './harness.js';
import { draw, strokes } from './pen.js';

/** @import {TestContext} from 'node:test' */
/** @import {Page} from 'playwright-core' */

const PAGE = 'index.html?lang=en&data=synthetic&backend=cpu';
const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };

/**
 * The dialog of a lesson.
 *
 * @param {Page} page
 * @param {string} [name]
 */
function dialogOf(page, name = 'mnist') {
  const lesson = lessonOf(page, name);
  const dialog = lesson.element.getByRole('dialog');
  return {
    lesson,
    dialog,
    open: () => lesson.part('embed').click(),
    /** @param {string} label */
    choose: (label) => dialog.getByLabel(label, { exact: true }).check(),
    none: () => dialog.getByRole('button', { name: 'None' }).click(),
    code: () => dialog.getByRole('textbox', { name: 'Code' }).inputValue(),
    /** What is on the clipboard, once the dialog has said that it is there. */
    async copy() {
      await dialog.getByRole('button', { name: 'Copy' }).click();
      await dialog.getByRole('status').filter({ hasText: 'Copied.' }).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    },
  };
}

/** A page of another host than the lesson's with this code in it. @param {TestContext} t @param {string} code */
async function paste(t, code) {
  const site = await openSite();
  const source = `<!doctype html><html lang="en"><meta charset="utf-8"><title>host</title><body>${code}`;
  site.fail(t, 'host.html', { bytes: Buffer.from(source) });
  const page = await openPage(t, site.elsewhere('host.html'));
  assert.notEqual(new URL(page.url()).host, new URL(site.url('')).host);
  return page;
}

/** The figures that can be seen. @param {Lesson} lesson @returns {Promise<string[]>} */
function figuresOf(lesson) {
  return lesson.run((element) =>
    [...element.shadowRoot.querySelectorAll('section')]
      .filter((section) => section.checkVisibility())
      .map((section) => section.dataset.group),
  );
}

onCpu('some figures as an element, as they stand: in a page of another host', async (t) => {
  const page = await openPage(t, PAGE, { context: CLIPBOARD });
  const { lesson, dialog, open, none, choose, copy } = dialogOf(page);
  await lesson.call('reset', { seed: 7 });
  await lesson.call('set', { cell: 'rnn', batchSize: 16 });
  await draw(lesson, strokes(4, 1));
  await open();
  await none();
  await choose('Draw a digit');
  await choose('Belief tape: what it would say after each row');
  const code = await copy();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert(await lesson.part('embed').evaluate((button) => button.matches(':focus')));

  const shown = new Lesson(await paste(t, code));
  await shown.ready();
  assert.deepEqual(await figuresOf(shown), ['drawing', 'belief-tape']);
  const { options, seed, step } = await shown.state();
  assert.deepEqual([options.cell, options.batchSize, seed, step], ['rnn', 16, 7, 0]);
  await shown.part('prediction').filter({ hasText: /\d/ }).first().waitFor();
  await shown.part('play').click();
  await shown.until((element) => element.state.step > 2);
  await shown.part('pause').click();
  await shown.part('clear').click();
  await draw(shown, strokes(7, 0));
  await shown.part('prediction').filter({ hasText: /\d/ }).first().waitFor();
  const site = await openSite();
  assert.equal(
    await shown.part('credit').getByRole('link').getAttribute('href'),
    `${site.url('')}#lesson=mnist`,
  );
  await shown.run((element) => element.setAttribute('hide', 'credit'));
  await shown.part('credit').waitFor({ state: 'hidden' });
});

onCpu('the whole lesson with its text, from the beginning', async (t) => {
  const page = await openPage(t, PAGE, { context: CLIPBOARD });
  const { lesson, open, choose, copy } = dialogOf(page, 'sin-cos');
  await lesson.call('set', { hiddenSize: 9 });
  await open();
  await choose('with the text of each figure');
  await choose('as at the beginning');
  const code = await copy();
  assert.match(code, / show="text"><\/unroll-lesson>$/);
  const shown = new Lesson(await paste(t, code));
  await shown.ready();
  assert.equal((await shown.state()).options.hiddenSize, 32);
  const figures = await figuresOf(shown);
  assert(figures.length > 8, figures.join());
  await shown.element.locator('.told').first().waitFor();
  assert(await shown.part('copy-link').isVisible());
  await shown.call('step', 2);
});

onCpu('one figure as an iframe that is as high as what is in it', async (t) => {
  const page = await openPage(t, PAGE, { context: CLIPBOARD });
  const { lesson, open, none, choose, copy } = dialogOf(page, 'sin-cos');
  await lesson.call('set', { hiddenSize: 9 });
  await open();
  await none();
  await choose('Loss');
  await choose('an iframe: apart from the page');
  const host = await paste(t, await copy());
  const iframe = host.locator('iframe');
  const inside = host.frameLocator('iframe');
  await inside.locator('[part~="play"]').click();
  await inside.locator('[part~="pause"]').click();
  assert.deepEqual(
    await inside
      .locator('section:visible')
      .evaluateAll((all) => all.map((section) => section.getAttribute('data-group'))),
    ['loss'],
  );
  await inside.locator('[part="credit"]').getByRole('link').waitFor();
  /** Waits until the iframe is as high as its content, and gives that. */
  const settled = async () => {
    const handle = await (await iframe.elementHandle())?.contentFrame();
    assert(handle);
    const content = await handle.evaluate(() =>
      Math.ceil(document.body.getBoundingClientRect().height),
    );
    await host.waitForFunction(
      (height) => document.querySelector('iframe')?.clientHeight === height,
      content,
    );
    return content;
  };
  const before = await settled();
  assert(before < 500, `${before} px for one figure`);
  await inside.locator('.numbers summary:visible').click();
  await host.waitForFunction(
    (height) => Number(document.querySelector('iframe')?.clientHeight) > height + 30,
    before,
  );
  await inside.locator('.numbers summary:visible').click();
  await host.waitForFunction(
    (height) => document.querySelector('iframe')?.clientHeight === height,
    before,
  );
  const handle = await (await iframe.elementHandle())?.contentFrame();
  const lessonInside = await handle?.evaluate(
    () => /** @type {any} */ (document.querySelector('unroll-lesson')).state.options.hiddenSize,
  );
  assert.equal(lessonInside, 9);
});

onCpu('the dialog by keyboard, and what it says where copying is not allowed', async (t) => {
  const page = await openPage(t, `embed.html?lesson=sin-cos&lang=en&backend=cpu&hide=${QUIET}`);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('no'));
  });
  const { lesson, dialog, code } = dialogOf(page, 'sin-cos');
  await lesson.ready();
  await lesson.part('embed').focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  assert.equal(await dialog.getAttribute('aria-labelledby'), 'embed-title');
  const element = dialog.getByRole('radio', { name: 'an element: part' });
  assert(await element.evaluate((one) => one.matches(':focus')), 'the first choice has the focus');
  assert.match(await code(), /^<script/);
  // What is hidden here is not chosen.
  assert.match(await code(), / show="unrolled,wave,loss,settings,architecture,weights"/);
  await page.keyboard.press('ArrowDown');
  assert.match(await code(), /^<iframe/);
  await dialog.getByRole('button', { name: 'None' }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByRole('status').filter({ hasText: 'Choose at least one figure.' }).waitFor();
  assert.equal(await code(), '');
  assert(await dialog.getByRole('button', { name: 'Copy' }).isDisabled());
  await dialog.getByRole('checkbox', { name: 'Loss' }).focus();
  await page.keyboard.press('Space');
  const written = await code();
  assert.match(written, /show=loss&amp;|show=loss"/);
  // From any field.
  await page.keyboard.press('Enter');
  await dialog.getByRole('status').filter({ hasText: 'press Ctrl+C' }).waitFor();
  const selected = await lesson.part('embed-code').evaluate((element) => {
    const { value, selectionStart, selectionEnd } = /** @type {HTMLTextAreaElement} */ (element);
    return value.slice(selectionStart, selectionEnd);
  });
  assert.equal(selected, written);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
});

for (const lang of ['en', 'zh']) {
  for (const width of [1280, 390]) {
    onCpu(`axe finds nothing in the dialog, and it fits: ${lang}, ${width} px`, async (t) => {
      const query = `lesson=mnist&lang=${lang}&backend=cpu&data=synthetic&show=controls,log`;
      const page = await openPage(t, `embed.html?${query}`, {
        context: { colorScheme: 'light', viewport: { width, height: 844 } },
      });
      const { lesson, dialog, open } = dialogOf(page);
      await lesson.ready();
      await open();
      await dialog.waitFor();
      assert.deepEqual(await violations(page), [], 'light');
      await page.emulateMedia({ colorScheme: 'dark' });
      assert.deepEqual(await violations(page, ['color-contrast']), [], 'dark');
      const fits = await dialog.evaluate((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return [
          left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight,
          element.scrollWidth <= element.clientWidth,
        ];
      });
      assert.deepEqual(fits, [true, true]);
      await dialog.getByRole('button').last().click({ trial: true });
      const words = String(await dialog.textContent());
      assert.equal(/[\u4e00-\u9fff]/.test(words), lang === 'zh');
    });
  }
}
