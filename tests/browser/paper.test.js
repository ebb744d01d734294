/** What is printed without having been scrolled to: a print has no time to ask the network. */

import assert from 'node:assert/strict';
import { Lesson, lessonOf, onCpu, openElements, openPage } from './harness.js';

/** @import {Page} from 'playwright-core' */

const PAGE = 'index.html?lang=en&backend=cpu&data=synthetic';

/** The words of a part as they are printed: nothing comes between the event and the paper. @param {Lesson} lesson @param {string} part @returns {Promise<string>} */
const printed = (lesson, part) =>
  lesson.run((element, part) => {
    dispatchEvent(new Event('beforeprint'));
    const words = element.shadowRoot.querySelector(`[part~="${part}"]`).textContent;
    dispatchEvent(new Event('afterprint'));
    return words;
  }, part);

/** Waits until a part has such words. @param {Lesson} lesson @param {string} part @param {RegExp} words */
const says = (lesson, part, words) =>
  lesson.part(part).filter({ hasText: words }).waitFor({ state: 'attached' });

/** @param {Page} page */
const assertUnscrolled = async (page) => assert.equal(await page.evaluate(() => scrollY), 0);

onCpu('figures that nobody has scrolled to are on paper, with their numbers', async (t) => {
  const page = await openPage(t, PAGE, { context: { viewport: { width: 1280, height: 900 } } });
  const [wave, digits] = [lessonOf(page, 'sin-cos'), lessonOf(page, 'mnist')];
  for (const lesson of [wave, digits]) await lesson.run((element) => element.ready.then(() => {}));
  await says(wave, 'unrolled-says', /answers/);
  await says(digits, 'inside-diagram', /c\[t\]−?\d\.\d\d/);
  await assertUnscrolled(page);
  assert.match(await printed(wave, 'unrolled-figure'), /RNN.*0\.64/s);
  assert.match(await printed(digits, 'inside-diagram'), /f = σ0\.\d\d/);

  // Nor is it the network of before.
  const before = await printed(digits, 'inside-numbers');
  await wave.call('step', 12);
  await digits.call('step', 3);
  await says(wave, 'memory-says', /apart/);
  await digits.until(
    (element, before) =>
      element.shadowRoot.querySelector('[part~="inside-numbers"]').textContent !== before,
    before,
  );
  await assertUnscrolled(page);
  assert.match(await printed(wave, 'memory-says'), /their states are \d/);
});

onCpu('before the network has answered, the loop is there without its numbers', async (t) => {
  const page = await openElements(
    t,
    '<div style="height: 9000px"></div><unroll-lesson lesson="sin-cos" backend="cpu" options="cell=gru&hiddenSize=8"></unroll-lesson>',
  );
  const lesson = new Lesson(page);
  await says(lesson, 'unrolled-figure', /GRU/);
  assert.equal(await lesson.run((element) => element.state.choice), null, 'nothing has started');
  const figure = lesson.part('unrolled-figure');
  assert.equal(await figure.locator('.box').count(), 11, 'the loop, and ten time steps');
  assert.doesNotMatch((await figure.textContent()) ?? '', /\d\.\d/);
  assert.match((await figure.textContent()) ?? '', /\[1, 1, 8\]/);
});
