/**
 * A page in whichever engine: its functions are run, its parts are clicked, its faults are
 * gathered.
 *
 * @module
 */

import assert from 'node:assert/strict';
import { openSite, patience } from '../harness.js';

/** @import {TestContext} from 'node:test' */
/** @import {Engine, PointerAction, Tab} from './engine.js' */
/** @import {Strokes} from '../pen.js' */

/** How far the pointer goes between two of its events, in CSS pixels. */
const STRIDE = 30;

/**
 * The first script of every page: it hears what goes wrong from the very start, in a frame too.
 * What a lesson reports as a fault is one, and what a script logs as an error.
 */
const LISTENERS = `<script>{
  globalThis.faults = [];
  const note = (fault) => {
    faults.push(fault);
    if (parent !== window) parent.postMessage({ fault }, '*');
  };
  // Captured, since a file that does not load is an event of its element alone.
  addEventListener('error', ({ message, target }) =>
    note('error: ' + (message ?? target.src ?? target.href)), true);
  addEventListener('unhandledrejection', ({ reason }) => note('unhandled: ' + reason + ' ' + reason?.stack));
  addEventListener('unroll-error', ({ detail }) => note(detail.code + ': ' + detail.message));
  addEventListener('message', ({ data }) => {
    if (data?.fault) faults.push('in a frame: ' + data.fault);
  });
  const { error } = console;
  console.error = (...words) => {
    note('logged: ' + words.join(' '));
    error.apply(console, words);
  };
}</script>`;

/** The protocols want whole pixels. @param {number[]} point @returns {PointerAction} */
function moveTo([x, y]) {
  return { type: 'pointerMove', x: Math.round(x), y: Math.round(y), duration: 0 };
}

/** @param {number[]} from @param {number[]} to @returns {PointerAction[]} */
function line(from, to) {
  const steps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / STRIDE);
  return Array.from({ length: steps }, (_, k) => {
    const share = (k + 1) / steps;
    return moveTo([0, 1].map((axis) => from[axis] + (to[axis] - from[axis]) * share));
  });
}

/** @param {string} html */
function listened(html) {
  const [head] = /<head>/.exec(html) ?? [];
  assert(head, 'no head to put the listeners into');
  // Before a policy that is declared there: it holds for what comes after it.
  return html.replace(head, head + LISTENERS);
}

/**
 * A fresh page, which fails the test for any fault.
 *
 * @param {TestContext} t
 * @param {Engine} engine
 * @param {string} path relative to the site, with its query
 * @param {Record<string, string>} [pages] more pages, by name
 */
export async function openPage(t, engine, path, pages = {}) {
  const site = await openSite();
  let [script, count] = ['', 0];
  const tab = await engine.open((published) => {
    script = published;
    count += 1;
    return site.url(`published.js?${count}`);
  });
  const page = new Page(tab);
  t.after(async () => {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(reject, patience(20_000), new Error('the page does not answer any more'));
    });
    try {
      assert.deepEqual(await Promise.race([page.faults(), late]), [], 'faults of the page');
    } finally {
      clearTimeout(timer);
      await tab.close();
    }
  });
  site.fail(t, 'published.js', { bytes: Buffer.of(), rewrite: () => script });
  for (const name of ['index.html', 'embed.html']) site.fail(t, name, { rewrite: listened });
  for (const [name, html] of Object.entries(pages))
    site.fail(t, name, { bytes: Buffer.from(listened(html)) });
  await tab.navigate(site.url(path));
  return page;
}

class Page {
  #tab;
  /** Of the documents before this one. @type {string[]} */
  #faults = [];

  /** @param {Tab} tab */
  constructor(tab) {
    this.#tab = tab;
  }

  /**
   * Runs a function in the page; its arguments and its value are plain data.
   *
   * @template {any[]} A
   * @template R
   * @param {((...args: A) => R | Promise<R>) | string} body the function, or its source
   * @param {A} args
   * @returns {Promise<R>}
   */
  async run(body, ...args) {
    const answer = await this.#tab.evaluate(`(async () => {
      try {
        return JSON.stringify({ value: await (${body})(...${JSON.stringify(args)}) });
      } catch (error) {
        return JSON.stringify({ error: String(error) + '\\n' + error?.stack });
      }
    })()`);
    const { value, error } = JSON.parse(answer);
    if (error) throw new Error(`in the page: ${error}`);
    return value;
  }

  /**
   * Waits until a condition holds in the page; after a fault it may never.
   *
   * @template {any[]} A
   * @param {((...args: A) => unknown) | string} condition the function, or its source
   * @param {A} args
   * @returns {Promise<void>}
   */
  until(condition, ...args) {
    return this.run(
      `(...args) => new Promise((resolve, reject) => {
        const look = () => {
          try {
            if (faults.length > 0) reject(new Error('waiting in vain: ' + faults[0]));
            else if ((${condition})(...args)) resolve();
            else setTimeout(look, 20);
          } catch (error) {
            reject(error);
          }
        };
        look();
      })`,
      ...args,
    );
  }

  /** All that went wrong so far. */
  async faults() {
    return [...this.#faults, ...(await this.run(() => /** @type {any} */ (globalThis).faults))];
  }

  async reload() {
    this.#faults = await this.faults();
    await this.#tab.reload();
  }

  /**
   * Clicks an element in the middle.
   *
   * @param {string} selector
   * @param {string} [part] of the lesson that the selector finds
   */
  click(selector, part) {
    return this.#mouse(selector, part, ({ x, y, width, height }) => [
      moveTo([x + width / 2, y + height / 2]),
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ]);
  }

  /**
   * Draws over a part.
   *
   * @param {string} selector
   * @param {string} part
   * @param {Strokes} strokes in the unit square
   */
  draw(selector, part, strokes) {
    return this.#mouse(selector, part, (box) =>
      strokes.flatMap((stroke) => {
        const points = stroke.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height]);
        return [
          moveTo(points[0]),
          { type: 'pointerDown', button: 0 },
          ...points.slice(1).flatMap((to, k) => line(points[k], to)),
          { type: 'pointerUp', button: 0 },
        ];
      }),
    );
  }

  /**
   * Lets the mouse act on an element. The page may move meanwhile: figures come in above, and WebKit
   * does not hold still what is in view. What misses the element then reaches nothing, nor does what
   * follows it, and all is tried again.
   *
   * @param {string} selector
   * @param {string | undefined} part
   * @param {(box: {x: number, y: number, width: number, height: number}) => PointerAction[]} actionsIn
   */
  async #mouse(selector, part, actionsIn) {
    const parameters = { pointerType: /** @type {const} */ ('mouse') };
    let missed = true;
    while (missed) {
      const actions = actionsIn(await this.#box(selector, part));
      await this.run(
        (selector, part) => {
          const outer = document.querySelector(selector);
          const element = part ? outer?.shadowRoot?.querySelector(`[part~="${part}"]`) : outer;
          const events = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
          let missed = false;
          const guard = (/** @type {Event} */ event) => {
            missed ||= !event.composedPath().includes(/** @type {EventTarget} */ (element));
            if (!missed) return;
            event.stopImmediatePropagation();
            event.preventDefault();
          };
          for (const event of events) addEventListener(event, guard, true);
          /** @type {any} */ (globalThis).hasMissed = () => {
            for (const event of events) removeEventListener(event, guard, true);
            return missed;
          };
        },
        selector,
        part,
      );
      await this.#tab.perform([{ type: 'pointer', id: 'mouse', parameters, actions }]);
      missed = await this.run(() => /** @type {any} */ (globalThis).hasMissed());
    }
  }

  /**
   * Where an element is in the viewport, once it is there, lies still and nothing lies over it.
   *
   * @param {string} selector
   * @param {string} [part]
   */
  #box(selector, part) {
    return this.run(
      async (selector, part) => {
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        let last = '';
        for (;;) {
          const outer = document.querySelector(selector);
          const element = part ? outer?.shadowRoot?.querySelector(`[part~="${part}"]`) : outer;
          if (element) {
            element.scrollIntoView({ block: 'center', behavior: 'instant' });
            const { x, y, width, height } = element.getBoundingClientRect();
            const root = /** @type {Document | ShadowRoot} */ (element.getRootNode());
            const top = root.elementFromPoint(x + width / 2, y + height / 2);
            const now = JSON.stringify([x, y, width, height]);
            if (now === last && element.contains(top)) return { x, y, width, height };
            last = now;
          }
          await frame();
        }
      },
      selector,
      part,
    );
  }
}
