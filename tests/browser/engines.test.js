/** The page's main tasks in Firefox and WebKit, on the CPU. */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { needsMnist, openSite, patience } from './harness.js';
import { Firefox } from './engines/firefox.js';
import { Lesson } from './engines/lesson.js';
import { openPage } from './engines/page.js';
import { WebKit } from './engines/webkit.js';
import { hostPage } from './host-page.js';
import { strokes } from './pen.js';

/** @import {TestContext} from 'node:test' */
/** @import {Engine} from './engines/engine.js' */

/** The whole page; what it draws itself is there at once. */
const PAGE = 'index.html?lang=en&backend=cpu&data=synthetic';

/** @param {readonly number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Fails unless the losses are numbers that fall.
 *
 * @param {readonly number[]} losses
 * @param {number} count how many there are
 */
function assertLearns(losses, count) {
  assert.equal(losses.length, count);
  // JSON has null for what is not finite.
  assert(losses.every(Number.isFinite), `losses: ${losses.join(' ')}`);
  const [first, last] = [mean(losses.slice(0, 5)), mean(losses.slice(-5))];
  assert(last < 0.7 * first, `from ${first} to ${last}`);
}

/** @param {Engine} engine */
function suite(engine) {
  const lacks = engine.missing();
  if (lacks) {
    test('the page', (t) => {
      const why = `the page in ${engine.name}: ${lacks}`;
      console.log(`SKIPPED: ${why}`);
      t.skip(why);
    });
    return;
  }
  after(() => engine.close());

  /** @param {string} name @param {(t: TestContext) => Promise<void>} body */
  const inEngine = (name, body) => test(name, { timeout: patience(120_000) }, body);

  /** The whole page, both of whose lessons are ready. @param {TestContext} t */
  async function openLessons(t) {
    const page = await openPage(t, engine, PAGE);
    const [wave, digits] = [new Lesson(page, 'sin-cos'), new Lesson(page, 'mnist')];
    for (const lesson of [wave, digits]) assert.equal((await lesson.ready()).backend, 'cpu');
    return { page, wave, digits };
  }

  inEngine('both lessons learn', async (t) => {
    const { wave, digits } = await openLessons(t);
    assertLearns(await wave.step(60), 60);
    assertLearns(await digits.step(40), 40);
  });

  inEngine('threads share a batch, and the losses are the same', async (t) => {
    const { digits } = await openLessons(t);
    await digits.run((element) => element.set({ workers: 1 }));
    const alone = await digits.step(20);
    await digits.run((element) => element.reset());
    await digits.run((element) => element.set({ workers: 2 }));
    // Until the other one is there.
    let losses = await digits.step(20);
    assert.deepEqual(losses, alone);
    while ((await digits.state()).workers < 2) losses = await digits.step(5);
    assert(losses.every(Number.isFinite));
  });

  inEngine('of the two CPU modules, only the one that it runs is fetched', async (t) => {
    const site = await openSite();
    const before = site.requests.length;
    await openLessons(t);
    const fetched = site.requests.slice(before).map(([path]) => path);
    const modules = new Set(fetched.filter((path) => path.startsWith('worker-cpu')));
    const [name = ''] = [...modules].map((path) => path.replace(/(_bg\.wasm|\.js)$/, ''));
    assert.deepEqual([...modules].sort(), [`${name}.js`, `${name}_bg.wasm`]);
  });

  inEngine('the map of units stands above its key, beside the portrait', async (t) => {
    const { wave } = await openLessons(t);
    await wave.step(12);
    await wave.run((element) => element.figure('memory', {}));
    await wave.until(
      (element) => element.shadowRoot.querySelector('[part~="units"]').height === 32,
    );
    const { map, key, portrait } = await wave.run((element) => {
      const box = (/** @type {string} */ selector) =>
        element.shadowRoot.querySelector(selector).getBoundingClientRect();
      const map = box('[part~="units"]');
      return {
        map: { bottom: map.bottom, height: map.height },
        key: box('.memory-side .key').top,
        portrait: box('[part~="portrait"]').height,
      };
    });
    assert(map.bottom <= key, `the map ends at ${map.bottom}, its key begins at ${key}`);
    // Heights, since the page may still be on its way to the figure.
    assert(map.height < portrait, `${map.height} beside ${portrait}`);
  });

  inEngine('large type is larger, sharp, and read where one points', async (t) => {
    const { page, wave } = await openLessons(t);
    await wave.step(12);
    await wave.run((element) => element.figure('wave', {}));
    const measured = () =>
      wave.run(async (element) => {
        const part = (/** @type {string} */ name) =>
          element.shadowRoot.querySelector(`[part~="${name}"]`);
        part('wave-figure').scrollIntoView({ block: 'center' });
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        for (let k = 0; k < 3; k += 1) await frame();
        const canvas = part('wave-figure');
        const zoom = document.documentElement.classList.contains('large') ? 1.4 : 1;
        part('wave-point').textContent = '';
        // Of the screen, to one of the lesson's.
        const pixels = () => canvas.width / canvas.clientWidth / devicePixelRatio;
        const isSharp = () => Math.abs(pixels() - zoom) < 0.02;
        const isRead = () => /\d/.test(part('wave-point').textContent);
        // The page may still be on its way to the figure, and the figure to its size.
        for (let k = 0; k < 200 && !(isRead() && isSharp()); k += 1) {
          const box = canvas.getBoundingClientRect();
          // Older engines tell a box in its own pixels, and a pointer's place in the window's.
          const share = Math.abs(box.width - canvas.offsetWidth) < 1 ? zoom : 1;
          const place = {
            clientX: share * box.left + 36 * zoom + 1,
            clientY: share * (box.top + box.height / 2),
          };
          canvas.dispatchEvent(new PointerEvent('pointerleave'));
          canvas.dispatchEvent(new PointerEvent('pointermove', { ...place, bubbles: true }));
          await frame();
        }
        return {
          pixels: pixels(),
          said: part('wave-point').textContent,
          wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        };
      });
    const before = await measured();
    await page.run(() => /** @type {HTMLElement} */ (document.querySelector('.to-large')).click());
    const after = await measured();
    assert(Math.abs(before.pixels - 1) < 0.02, `${before.pixels}`);
    assert(Math.abs(after.pixels - 1.4) < 0.02, `${after.pixels}`);
    assert.match(before.said, /^Segment 5, point 1:/);
    assert.match(after.said, /^Segment 5, point 1:/);
    assert(after.wide <= 0, `${after.wide} pixels too wide`);
  });

  inEngine('play and pause, by clicks', async (t) => {
    const { wave, digits } = await openLessons(t);
    for (const lesson of [wave, digits]) {
      // So slow that the end is far away when the pause comes.
      await lesson.run((element) => element.set({ speed: 5 }));
      await lesson.click('play');
      await lesson.until(({ state }) => state.running && state.step >= 2);
      await lesson.click('pause');
      await lesson.until(({ state }) => !state.running);
      const { step, finished } = await lesson.state();
      assert.equal(finished, false, 'it stopped before the end');
      assert((await lesson.step(1)).every(Number.isFinite));
      assert.equal((await lesson.state()).step, step + 1, 'nothing trained on after the pause');
    }
  });

  inEngine('a digit is drawn with the mouse and read, also while the lesson trains', async (t) => {
    const { digits } = await openLessons(t);
    // A test image lies there until somebody draws.
    await digits.until(({ pad }) => pad.image !== null);
    await digits.draw(strokes(4, 0));
    assert.equal(await digits.run(({ pad }) => pad.image), null);
    assert.notEqual(await digits.prediction(), null);
    await digits.click('clear');
    assert.equal(await digits.prediction(), null);
    await digits.click('play');
    await digits.until(({ state }) => state.step >= 5);
    await digits.draw(strokes(7, 0));
    assert.notEqual(await digits.prediction(), null);
    assert.equal((await digits.state()).running, true);
  });

  inEngine('MNIST’s digits are learnt, and drawn ones read right', async (t) => {
    if (!needsMnist(t)) return;
    const page = await openPage(
      t,
      engine,
      'embed.html?lesson=mnist&lang=en&backend=cpu&data=mnist',
    );
    const digits = new Lesson(page, 'mnist');
    await digits.ready();
    assertLearns(await digits.step(200), 200);
    const { accuracy, labels } = await digits.run(async (element) => {
      const { accuracy, labels } = await element.evaluate(1000);
      return { accuracy, labels: [...labels.slice(0, 10)] };
    });
    assert.deepEqual(labels, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    assert(accuracy > 0.75, `accuracy after 200 steps: ${accuracy}`);
    // Those that are read with most confidence so early, one of them with two strokes.
    for (const digit of [1, 4, 7]) {
      await digits.draw(strokes(digit, 0));
      assert.equal(await digits.prediction(), digit);
      await digits.click('clear');
    }
  });

  inEngine('another language, by its link: nothing is lost', async (t) => {
    const { page, wave, digits } = await openLessons(t);
    const losses = await wave.step(3);
    await digits.step(2);
    await digits.draw(strokes(7, 0));
    const read = await digits.prediction();
    assert.notEqual(read, null);
    for (const [lang, play] of /** @type {const} */ ([
      ['zh', '开始'],
      ['en', 'Play'],
    ])) {
      await page.click(`[data-language="${lang}"]`);
      await page.until((lang) => document.documentElement.lang === lang, lang);
      assert.equal(await page.run(() => new URL(location.href).searchParams.get('lang')), lang);
      assert.equal(await wave.text('play'), play);
      assert.deepEqual(await wave.run(({ losses }) => [...losses]), losses);
      assert.equal((await digits.state()).step, 2);
      assert.equal(await digits.prediction(), read, 'what lies on the pad');
    }
    assert.equal((await wave.step(1)).length, 4);
  });

  inEngine('loaded again, the run is there again, in the same language', async (t) => {
    const { page, wave } = await openLessons(t);
    const losses = await wave.step(30);
    await page.click('[data-language="zh"]');
    await page.reload();
    await wave.ready();
    assert.equal(await page.run(() => document.documentElement.lang), 'zh');
    assert.equal(await wave.text('play'), '开始');
    assert.deepEqual((await wave.step(1)).slice(0, -1), losses);
  });

  inEngine('in a frame of another site it answers messages and learns', async (t) => {
    const site = await openSite();
    const source = hostPage(site.elsewhere('embed.html?lesson=sin-cos'));
    const page = await openPage(t, engine, 'host.html', { 'host.html': source });
    /** @param {string} event @param {string} [part] of its detail that is more than `least` */
    const heard = (event, part = '', least = 0) =>
      page.until(
        (event, part, least) =>
          /** @type {any} */ (globalThis).messages.some(
            (/** @type {any} */ message) =>
              message.event === event && (!part || message.detail[part] > least),
          ),
        event,
        part,
        least,
      );
    /** @param {string} method @param {...unknown} parameters @returns {Promise<any>} */
    const ask = async (method, ...parameters) => {
      const answer = await page.run(
        async (method, parameters) => {
          const { ok, value, error } = await /** @type {any} */ (globalThis).ask(
            method,
            .../** @type {any[]} */ (parameters),
          );
          return {
            ok,
            error,
            value: ArrayBuffer.isView(value) ? [.../** @type {any} */ (value)] : value,
          };
        },
        method,
        parameters,
      );
      assert(answer.ok, `${method}: ${answer.error?.message}`);
      return answer.value;
    };
    await heard('unroll-ready');
    assert.equal((await ask('ready')).backend, 'cpu', 'without a choice');
    assert.equal((await ask('step', 60)).step, 60);
    assertLearns(await ask('losses'), 60);
    await ask('play');
    await heard('unroll-metrics', 'step', 65);
    await ask('pause');
    assert.equal((await ask('state')).running, false);
    await heard('resize', 'height');
  });
}

for (const engine of [new Firefox(), new WebKit()]) describe(engine.name, () => suite(engine));
