/**
 * Messages to an embedded lesson that anybody may have sent, mutated from valid ones: every one is answered, and the
 * worker lives on. FUZZ=100000 sends as many (scripts/fuzz).
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ASKING, openElements, openSite, patience } from './harness.js';
import { root } from './site.js';

const MESSAGES = Number(process.env.FUZZ ?? 300);
const WHOLE = { timeout: patience(120_000) + 100 * MESSAGES };

for (const kind of ['sin-cos', 'mnist'])
  test(`messages to ${kind}`, WHOLE, async (t) => {
    const site = await openSite();
    for (const file of ['mutate.js', 'valid.js'])
      site.fail(t, file, { bytes: readFileSync(join(root, 'tests/browser/unit', file)) });
    const address = site.elsewhere(
      `embed.html?lesson=${kind}&backend=cpu&data=synthetic&hide=${ASKING}`,
    );
    const page = await openElements(
      t,
      `<iframe src="${address}" width="600" height="600" title="lesson"></iframe>`,
    );
    const { codes, pending, faults, step } = await page.evaluate(async (count) => {
      const here = (/** @type {string} */ file) => import(new URL(file, location.href).href);
      const { mutateValue, oneOf, randomFrom } = await here('mutate.js');
      const { MESSAGES } = await here('valid.js');
      const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
      const waiting = new Map();
      /** @type {string[]} */
      const faults = [];
      addEventListener('message', ({ data }) => {
        if (data?.event === 'unroll-error') faults.push(data.detail.code);
        waiting.get(data?.id)?.(data);
        waiting.delete(data?.id);
      });
      let last = 0;
      /** @param {any} message @returns {Promise<any>} */
      const send = (message) =>
        new Promise((resolve) => {
          last += 1;
          waiting.set(last, resolve);
          frame.contentWindow?.postMessage({ unroll: 1, ...message, id: last }, '*');
        });
      const soon = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
      // Before its scripts run nobody answers.
      while (!(await Promise.race([send({ method: 'ready' }), soon(500)])));
      waiting.clear();
      const random = randomFrom(count);
      /** @type {Record<string, number>} */
      const codes = {};
      for (let k = 0; k < count; k += 1) {
        const [method, ...args] = oneOf(random, MESSAGES);
        // Nobody waits for a million steps.
        const message = mutateValue(random, { method, args });
        const sent = typeof message === 'object' && message !== null ? message : { method, args };
        const answered = send(sent).then(({ ok, error }) => {
          const code = ok ? 'ok' : String(error?.code);
          codes[code] = (codes[code] ?? 0) + 1;
        });
        await Promise.race([answered, soon(100)]);
        if (k % 20 === 19)
          await Promise.all([send({ method: 'pause' }), send({ method: 'stopComparison' })]);
      }
      await Promise.race([
        (async () => {
          while (waiting.size > 0) {
            await send({ method: 'pause' });
            await send({ method: 'stopComparison' });
            await soon(200);
          }
        })(),
        soon(60_000),
      ]);
      const { value } = await send({ method: 'reset', args: [{ seed: 1 }] });
      const pending = waiting.size;
      await send({ method: 'set', args: [{ learningRate: 0.01, hiddenSize: 5 }] });
      const { value: after, error } = await send({ method: 'step', args: [2] });
      return { codes, pending, faults, step: after?.step ?? error ?? value };
    }, MESSAGES);
    t.diagnostic(JSON.stringify(codes));
    assert.deepEqual(
      faults.filter((code) => code === 'recovered' || code === 'crashed'),
      [],
    );
    assert.equal(codes.crashed, undefined);
    assert.equal(codes.undefined, undefined);
    assert.equal(pending, 0, 'messages without an answer');
    assert.equal(step, 2);
    assert(codes.ok > 0 && codes['bad-request'] > 0);
  });
