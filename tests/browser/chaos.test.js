/**
 * Two lessons on one page under hundreds of random actions, workers that are killed and devices that are
 * lost among them: every promise settles, nothing is thrown, nothing is left behind.
 *
 * CHAOS_SEED and CHAOS_COUNT choose another sequence, and a longer one. The sequence of actions
 * follows from the seed; what each of them meets depends on the machine.
 *
 * @module
 */

import assert from 'node:assert/strict';
import { BACKENDS, holdings, Lesson, openElements, workersAre, patience } from './harness.js';
import { test } from 'node:test';

/** @import {TestContext} from 'node:test' */
/** @import {Page} from 'playwright-core' */
/** @import {Backend} from './harness.js' */

const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e6));
const COUNT = Number(process.env.CHAOS_COUNT ?? 500);
const PATIENCE = { timeout: patience(240_000 + 500 * COUNT) };

const LESSONS = /** @type {const} */ (['sin-cos', 'mnist']);
const PLACES = '<div id="here"></div><div id="there"></div>';

/** Numbers from 0 to 1 that follow from a seed (mulberry32). @param {number} seed */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What runs in the page: the two elements, and a record of every promise that they gave. */
function install() {
  const open = new Map();
  /** @type {string[]} */
  const strange = [];
  let last = 0;
  /** @type {Record<string, number>} */
  const outcomes = {};
  /** @param {string} what @param {unknown} promise */
  function track(what, promise) {
    if (!(promise instanceof Promise)) return void strange.push(`${what} gave no promise`);
    last += 1;
    const id = last;
    open.set(id, what);
    const settle = (/** @type {string} */ how) => {
      open.delete(id);
      outcomes[how] = (outcomes[how] ?? 0) + 1;
    };
    promise.then(
      () => settle('ok'),
      (error) => {
        settle(String(error?.code));
        if (typeof error?.code !== 'string') strange.push(`${what}: ${error?.stack ?? error}`);
      },
    );
  }
  const elements = ['sin-cos', 'mnist'].map((lesson) => {
    const element = /** @type {any} */ (document.createElement('unroll-lesson'));
    element.setAttribute('lesson', lesson);
    element.setAttribute('data', 'synthetic');
    element.setAttribute('backend', 'cpu');
    element.setAttribute('lang', 'en');
    document.querySelector('#here')?.append(element);
    return element;
  });
  /** @type {Array<Uint8Array | null>} */
  const weights = [null, null];
  const chaos = {
    elements,
    open,
    strange,
    outcomes,
    /** @param {number} which @param {string} member @param {any[]} parameters */
    call(which, member, parameters) {
      try {
        track(`${elements[which].lesson} ${member}`, elements[which][member](...parameters));
      } catch (error) {
        strange.push(`${member} threw ${error}`);
      }
    },
    /** @param {number} which */
    keep(which) {
      const saved = elements[which].saveWeights();
      track('saveWeights', saved);
      saved.then(
        (/** @type {Uint8Array} */ bytes) => {
          weights[which] = bytes;
        },
        () => {},
      );
    },
    /** @param {number} which */
    load(which) {
      const bytes = weights[which];
      if (bytes) track('loadWeights', elements[which].loadWeights(bytes));
    },
    /** @param {number} which @param {'here' | 'there'} where */
    place: (which, where) => document.querySelector(`#${where}`)?.append(elements[which]),
    /** @param {number} which @param {string} part */
    press: (which, part) =>
      elements[which].shadowRoot.querySelector(`[part~="${part}"]:not([hidden])`)?.click(),
  };
  Object.assign(globalThis, { chaos });
}

/** The page's record. @param {Page} page */
const record = (page) =>
  page.evaluate(() => {
    const { open, strange, outcomes } = /** @type {any} */ (globalThis).chaos;
    return { open: [...open.values()], strange, outcomes };
  });

/**
 * One random action.
 *
 * @param {Page} page
 * @param {() => number} random
 * @param {Backend} browser
 * @returns {Promise<string>} what it was
 */
async function act(page, random, browser) {
  const pick = (/** @type {readonly any[]} */ list) => list[Math.floor(random() * list.length)];
  const whole = (/** @type {number} */ most) => 1 + Math.floor(random() * most);
  const which = random() < 0.5 ? 0 : 1;
  // What was taken away comes back before long.
  if (random() < 0.3) {
    await page.evaluate(() => {
      const { chaos } = /** @type {any} */ (globalThis);
      for (const which of [0, 1])
        if (!chaos.elements[which].isConnected) chaos.place(which, 'here');
    });
  }
  const small = which === 1 ? 8 : 200;
  /** @param {string} member @param {...any} parameters */
  const call = async (member, ...parameters) => {
    await page.evaluate(
      ([which, member, parameters]) =>
        /** @type {any} */ (globalThis).chaos.call(which, member, parameters),
      /** @type {const} */ ([which, member, parameters]),
    );
    return `${member} ${JSON.stringify(parameters)}`;
  };
  /** @param {'keep' | 'load' | 'place' | 'press'} how @param {...any} parameters */
  const does = async (how, ...parameters) => {
    await page.evaluate(
      ([which, how, parameters]) =>
        /** @type {any} */ (globalThis).chaos[how](which, .../** @type {any[]} */ (parameters)),
      /** @type {const} */ ([which, how, parameters]),
    );
    return `${how} ${JSON.stringify(parameters)}`;
  };
  const options = () =>
    pick([
      { learningRate: random() * 0.05 + 0.001 },
      { hiddenSize: whole(48) },
      { speed: pick([5, 100, null]) },
      { learningRate: -1 },
      { nonsense: 1 },
      which === 1 ? { batchSize: whole(32) } : { timeStep: 1 + whole(20) },
      which === 1
        ? { cell: pick(['lstm', 'rnn']) }
        : { stateMode: pick(['carry', 'reset', 'truncated']) },
      which === 1
        ? { shuffle: random() < 0.5, carryState: random() < 0.2 }
        : { endpoint: pick(['inclusive', 'exclusive']) },
    ]);
  /** `[how often, what]`. @type {Array<[number, () => Promise<string>]>} */
  const actions = [
    [6, () => call('play')],
    [6, () => call('pause')],
    [8, () => call('step', whole(small))],
    [1, () => call('step', 1_000_000)],
    [8, () => call('set', options())],
    [5, () => call('reset', ...(random() < 0.5 ? [] : [{ seed: whole(100) }]))],
    [
      5,
      async () => {
        const lang = pick(['en', 'zh']);
        await page.evaluate(
          ([which, lang]) =>
            /** @type {any} */ (globalThis).chaos.elements[which].setAttribute('lang', lang),
          /** @type {const} */ ([which, lang]),
        );
        return lang;
      },
    ],
    [browser === 'webgpu' ? 3 : 2, () => call('set', { backend: pick(['cpu', 'webgpu', 'auto']) })],
    [6, () => does('place', pick(['here', 'there']))],
    [
      2,
      async () => {
        await page.evaluate(
          (which) => /** @type {any} */ (globalThis).chaos.elements[which].remove(),
          which,
        );
        return 'remove';
      },
    ],
    [
      4,
      () =>
        call('compare', {
          variants: Array.from({ length: whole(3) }, options),
          steps: whole(small),
        }),
    ],
    [2, () => call('stopComparison')],
    [4, () => call('evaluate', whole(500))],
    [3, () => does('keep')],
    [3, () => does('load')],
    [2, () => call('rowGradients')],
    [2, () => call('gradientReach')],
    [
      4,
      () =>
        call('classifyDrawing', [
          Array.from({ length: 8 }, () => [Math.round(280 * random()), Math.round(280 * random())]),
        ]),
    ],
    [3, () => call('digit', 'test', whole(100))],
    [
      6,
      () =>
        does(
          'press',
          pick(['play', 'pause', 'step', 'reset', 'keep-run', 'clear', 'retry', 'dismiss']),
        ),
    ],
    [
      1,
      async () => {
        const worker = pick(page.workers());
        const how = pick(['close', 'throw']);
        await worker
          ?.evaluate((/** @type {string} */ how) => {
            setTimeout(() => {
              if (how === 'close') globalThis.close();
              else throw new Error('boom');
            });
          }, how)
          .catch(() => {});
        return `kill by ${how}`;
      },
    ],
    [
      browser === 'webgpu' ? 2 : 0,
      async () => {
        const worker = pick(page.workers().filter((one) => one.url().includes('webgpu')));
        await worker
          ?.evaluate(() => /** @type {any} */ (globalThis).unrollGpuDevice?.destroy())
          .catch(() => {});
        return 'destroy the device';
      },
    ],
  ];
  const sum = actions.reduce((all, [often]) => all + often, 0);
  let at = random() * sum;
  for (const [often, action] of actions) {
    at -= often;
    if (at < 0) return `${LESSONS[which]}: ${await action()}`;
  }
  return 'nothing';
}

/** Brings both lessons to the same place on any page. @param {Page} page */
async function settle(page) {
  for (const lesson of LESSONS) {
    const one = new Lesson(page, `unroll-lesson[lesson="${lesson}"]`);
    await one.run((element) => element.setAttribute('lang', 'en'));
    await one.ready();
    await one.call('pause');
    await one.call('set', { backend: 'cpu' });
    if (lesson === 'mnist') await one.call('set', { batchSize: 16, cell: 'lstm', hiddenSize: 16 });
    else await one.call('set', { hiddenSize: 32, timeStep: 10 });
    await one.call('set', { speed: null });
    await one.call('reset', { seed: 1 });
    await one.call('step', 50);
    // What is many nodes and is drawn only in view, or with an evaluation, is there on both pages.
    await one.run((element) => element.figure('code', {}).then(() => {}));
    await one.part('code').locator('pre span').first().waitFor({ state: 'attached' });
    if (lesson !== 'mnist') continue;
    await one.call('evaluate', 100);
    await one.run((element) => element.figure('mistakes', {}).then(() => {}));
    await one.part('mistakes-gallery').locator('li button').first().waitFor();
  }
}

for (const browser of BACKENDS) {
  test(`${COUNT} random actions over two lessons [${browser}]`, PATIENCE, async (t) => {
    t.diagnostic(`CHAOS_SEED=${SEED} CHAOS_COUNT=${COUNT}`);
    // What workers say when they are killed; nothing that the page itself did not catch.
    const errors = [/^(?!uncaught)/, /boom/];
    const page = await openElements(t, PLACES, { backend: browser, errors });
    await page.evaluate(install);
    const random = numbers(SEED);
    /** @type {string[]} */
    const story = [];
    try {
      for (let k = 0; k < COUNT; k += 1) {
        story.push(await act(page, random, browser));
        // Some things are under way when the next action comes, some are over.
        await page.evaluate(
          (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
          random() < 0.5 ? 0 : 120 * random(),
        );
      }
      await ends(t, page, browser);
    } catch (error) {
      t.diagnostic(`the last of it:\n${story.slice(-30).join('\n')}`);
      throw error;
    }
  });
}

/** What holds when the storm is over. @param {TestContext} t @param {Page} page @param {Backend} browser */
async function ends(t, page, browser) {
  const lessons = LESSONS.map((name) => new Lesson(page, `unroll-lesson[lesson="${name}"]`));
  await page.evaluate(() => {
    const { chaos } = /** @type {any} */ (globalThis);
    for (const which of [0, 1]) if (!chaos.elements[which].isConnected) chaos.place(which, 'here');
  });
  for (const lesson of lessons) {
    await lesson.element.scrollIntoViewIfNeeded();
    const answered = await Promise.race([
      lesson.outcome((element) => element.pause()),
      lesson.part('retry').waitFor({ timeout: 60_000 }),
    ]);
    if (!answered?.ok && (await lesson.part('retry').isVisible())) {
      await lesson.part('retry').click();
      await lesson.call('pause');
    }
    await lesson.outcome((element) => element.stopComparison());
  }
  const until = performance.now() + 60_000;
  let { open, strange, outcomes } = await record(page);
  while (open.length > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    ({ open, strange, outcomes } = await record(page));
  }
  t.diagnostic(JSON.stringify(outcomes));
  assert.deepEqual(open, [], 'promises that are pending');
  assert.deepEqual(strange, [], 'what was thrown, or rejected without a code');
  await workersAre(page, 2);

  // Two new lessons in place of the two that went through all of it: what those left behind is what counts.
  await page.evaluate(() => {
    const { chaos } = /** @type {any} */ (globalThis);
    for (const element of chaos.elements) element.remove();
  });
  await workersAre(page, 0);
  await page.evaluate(install);
  await settle(page);
  const after = await holdings(page);
  const fresh = await openElements(t, PLACES, { backend: browser });
  await fresh.evaluate(install);
  await settle(fresh);
  const before = await holdings(fresh);
  t.diagnostic(`fresh ${JSON.stringify(before)}, after all of it ${JSON.stringify(after)}`);
  for (const kind of /** @type {const} */ (['nodes', 'listeners']))
    assert(
      after[kind] < 1.1 * before[kind],
      `${kind}: ${before[kind]} fresh, ${after[kind]} after`,
    );
}
