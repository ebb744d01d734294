/** The attribute `show`: what it names is there with what that needs, and nothing else. */

import assert from 'node:assert/strict';
import { NAMES } from '../../www/figures/names.js';
import { Lesson, lessonOf, onCpu, openElements, openPage } from './harness.js';

/** Names of what is no figure. */
const AROUND = ['controls', 'backend', 'status', 'credit'];
/** A figure that comes with another. @type {Record<string, string[]>} */
const NEEDED = { mistakes: ['drawing'] };
/** Figures that show nothing of the run's training. */
const STILL = ['gradient-flow', 'sample', 'architecture', 'code'];

/** @param {Lesson} lesson @param {Record<string, string | null>} attributes */
function set(lesson, attributes) {
  return lesson.run((element, attributes) => {
    for (const [name, value] of Object.entries(attributes))
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, value);
    return new Promise((resolve) =>
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(null))),
    );
  }, attributes);
}

/** What of a lesson can be seen, by its name. @param {Lesson} lesson @returns {Promise<string[]>} */
function seen(lesson) {
  return lesson.run((element) =>
    [...element.shadowRoot.querySelectorAll('[data-group]')]
      .filter((part) => part.checkVisibility())
      .map((part) => part.dataset.group),
  );
}

/** The buttons and choices of the controls that can be seen. @param {Lesson} lesson @returns {Promise<string[]>} */
function controlsOf(lesson) {
  return lesson.run((element) =>
    [...element.shadowRoot.querySelectorAll('.controls :is(button, select, input)')]
      .filter((one) => one.checkVisibility())
      .map((one) => one.getAttribute('part')),
  );
}

/**
 * Where a lone figure stands: what is left of the lesson beside, above and below it; and parts that are wider than
 * the window.
 *
 * @param {Lesson} lesson
 * @param {string} name
 */
function room(lesson, name) {
  return lesson.run((element, name) => {
    const { shadowRoot: root } = element;
    const box = (/** @type {any} */ one) => one.getBoundingClientRect();
    const frame = box(root.querySelector('.lesson'));
    const own = box(root.querySelector(`section[data-group="${name}"]`));
    const around = [...root.querySelectorAll('.controls, .status, .notice, section')].filter(
      (one) => one.dataset.group !== name && one.checkVisibility(),
    );
    const above = Math.max(frame.top, ...around.map((one) => box(one).bottom));
    return {
      beside: frame.width - own.width,
      above: own.top - above,
      below: frame.bottom - own.bottom,
      content: own.height,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      frames: [...root.querySelectorAll('.main, .side, .empty')].filter(
        (one) => one.checkVisibility() && box(one).width > own.width + 0.5,
      ).length,
    };
  }, name);
}

for (const which of /** @type {const} */ (['sin-cos', 'mnist'])) {
  for (const width of [1280, 390]) {
    onCpu(`every figure of ${which} alone, ${width} px`, async (t) => {
      const page = await openPage(
        t,
        `embed.html?lesson=${which}&lang=en&backend=cpu&data=synthetic`,
        { context: { viewport: { width, height: 900 } } },
      );
      const lesson = new Lesson(page);
      await lesson.ready();
      await lesson.call('step', 3);
      const figures = (await seen(lesson)).filter((name) => !AROUND.includes(name));
      assert(figures.length > 8, figures.join());
      for (const name of figures) {
        await set(lesson, { show: name });
        const isStill = STILL.includes(name);
        // That the digits are synthetic is said everywhere.
        const status = isStill && which === 'sin-cos' ? [] : ['status'];
        assert.deepEqual(
          (await seen(lesson)).sort(),
          [...(isStill ? [] : ['controls']), ...status, name, ...(NEEDED[name] ?? [])].sort(),
          name,
        );
        assert.equal(await lesson.part('progress').isVisible(), !isStill, name);
        assert.deepEqual(await controlsOf(lesson), isStill ? [] : ['play', 'step', 'reset'], name);
        await lesson.part(name).locator('h3').waitFor();
        const { beside, above, below, content, wide, frames } = await room(lesson, name);
        assert(beside < 1, `${name}: ${beside} px beside it`);
        assert(above <= 24 && above >= 0, `${name}: ${above} px above it`);
        const under = NEEDED[name] ? 0 : below;
        assert(under < 1, `${name}: ${below} px below it`);
        assert(content > 60, `${name}: ${content} px high`);
        assert(wide <= 0, `${name}: ${wide} px wider than the window`);
        assert.equal(frames, 0, `${name}: a frame that is wider than its figure`);
      }
    });
  }
}

onCpu('the names are those of the figures that there are', async (t) => {
  const page = await openPage(t, 'index.html?lang=en&backend=cpu&data=synthetic');
  /** @type {Set<string>} */
  const all = new Set();
  for (const name of ['sin-cos', 'mnist']) {
    const lesson = lessonOf(page, name);
    await lesson.part('play').waitFor();
    const groups = await lesson.run((element) =>
      [...element.shadowRoot.querySelectorAll('[data-group]')].map(({ dataset }) => dataset.group),
    );
    for (const group of groups) all.add(group);
  }
  assert.deepEqual([...all].sort(), [...NAMES].sort());
});

onCpu('show and hide together, changed on a lesson that lives, in another language', async (t) => {
  const page = await openElements(
    t,
    `<unroll-lesson lesson="mnist" lang="en" backend="cpu" data="synthetic"
       show="tape,drawing,settings" hide="drawing"></unroll-lesson>`,
    { context: { viewport: { width: 1280, height: 900 } } },
  );
  const lesson = new Lesson(page);
  await lesson.ready();
  assert.deepEqual(await seen(lesson), ['controls', 'status', 'settings', 'belief-tape']);
  await lesson.part('play').click();
  await lesson.until((element) => element.state.step > 2);
  await lesson.part('pause').click();

  await set(lesson, { hide: null });
  assert((await seen(lesson)).includes('drawing'));
  await set(lesson, { show: 'settings' });
  assert.deepEqual(await seen(lesson), ['controls', 'status', 'settings']);
  await set(lesson, { show: 'gates', lang: 'zh' });
  await lesson
    .part('gates')
    .getByRole('heading', { name: /[\u4e00-\u9fff]/ })
    .first()
    .waitFor();
  assert.deepEqual(await seen(lesson), ['controls', 'status', 'gates']);
  await lesson.part('gates-says').filter({ hasText: /\d/ }).waitFor();

  await set(lesson, { show: 'loss', hide: 'controls' });
  assert.deepEqual(await seen(lesson), ['status', 'loss']);
  await set(lesson, { show: 'accuracy' });
  assert((await room(lesson, 'accuracy')).beside < 1, 'no empty place for the loss');
  await set(lesson, { show: 'controls,loss', hide: null });
  assert((await controlsOf(lesson)).includes('copy-link'));
  const { step } = await lesson.state();
  assert(step > 2, 'it is the same run');
  await set(lesson, { show: null });
  assert((await seen(lesson)).length > 15);
});

onCpu('what names nothing is told, once, and until it is mended', async (t) => {
  const page = await openElements(
    t,
    `<script>
       window.errors = [];
       addEventListener('unroll-error', ({ detail }) => window.errors.push(detail.code));
     </script>
     <unroll-lesson lesson="sin-cos" lang="en" backend="cpu" show="wave,gates,nonsense" hide="tape,rubbish"></unroll-lesson>`,
  );
  const lesson = new Lesson(page);
  const notice = lesson.part('error');
  await notice.filter({ hasText: 'gates, nonsense, rubbish' }).waitFor();
  await lesson.ready();
  assert.deepEqual(await seen(lesson), ['controls', 'status', 'wave']);
  await set(lesson, { lang: 'zh' });
  await notice.filter({ hasText: '没有名为 gates, nonsense, rubbish 的图' }).waitFor();
  assert.deepEqual(await page.evaluate('errors'), ['figure-unknown']);
  await set(lesson, { hide: null });
  await notice.filter({ hasText: 'gates, nonsense 的' }).waitFor();
  await set(lesson, { show: 'wave' });
  await notice.waitFor({ state: 'hidden' });
  // Another lesson may not have it.
  await set(lesson, { lesson: 'mnist', data: 'synthetic' });
  await notice.filter({ hasText: 'wave' }).waitFor();
  assert.equal(await page.evaluate('errors.length'), 3, 'once for each');
});

onCpu('errors are seen in a lesson of one figure, one that has no status too', async (t) => {
  for (const show of ['loss', 'code']) {
    const page = await openElements(
      t,
      `<unroll-lesson lesson="sin-cos" lang="en" seed="no" show="${show}"></unroll-lesson>`,
    );
    const lesson = new Lesson(page);
    await lesson.part('error').filter({ hasText: 'seed' }).waitFor();
    await lesson.part('status').filter({ hasText: 'Not running' }).waitFor();
  }
});

onCpu('the text of a figure comes on request, with its buttons, and goes again', async (t) => {
  const page = await openElements(
    t,
    `<unroll-lesson lesson="mnist" lang="en" backend="cpu" data="synthetic" show="scan-order,text">
       <p slot="gates">The page's own words.</p>
     </unroll-lesson>`,
  );
  const lesson = new Lesson(page);
  await lesson.ready();
  const told = lesson.element.locator('.told:visible');
  await told.getByRole('heading').first().waitFor();
  assert.equal(await told.count(), 1);
  await set(lesson, { lang: 'zh' });
  await told.getByRole('heading', { name: /[\u4e00-\u9fff]/ }).waitFor();

  // What the page says stands in its place.
  await set(lesson, { lang: 'en', show: 'gates,text' });
  await page.getByText("The page's own words.").waitFor();
  assert.equal(await told.count(), 0);
  await set(lesson, { show: 'belief-tape,text' });
  await told.getByRole('heading', { name: 'When does it know?' }).waitFor();
  assert.equal(await told.count(), 1, 'nobody is asked to draw without a pad');
  await set(lesson, { show: 'belief-tape,drawing,text' });
  await told.getByRole('heading', { name: 'Draw, and take rows away' }).waitFor();
  // What is said of them needs its place: pad and tape stand side by side only without it.
  const isPair = () => lesson.run((element) => element.shadowRoot.querySelector('.pair') !== null);
  assert(!(await isPair()));
  await set(lesson, { show: 'belief-tape,drawing' });
  await told.first().waitFor({ state: 'detached' });
  assert(await isPair());
  await set(lesson, { show: 'belief-tape' });
  await told.first().waitFor({ state: 'detached' });
});

onCpu('a button of the text does what it says', async (t) => {
  const page = await openElements(
    t,
    '<unroll-lesson lesson="sin-cos" lang="en" backend="cpu" show="wave,text"></unroll-lesson>',
  );
  const lesson = new Lesson(page);
  await lesson.ready();
  await lesson.element.getByRole('button', { name: 'Train a hundred segments' }).click();
  await lesson.until((element) => element.state.step === 100);
  await lesson.element.locator('.told').getByText('Blue finds red.').waitFor();
});
