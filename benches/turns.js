/**
 * Runners take turns: some rounds of each, and a median for the table. Nothing here fails because a runner
 * does: its cell says what happened.
 *
 * @module
 */

/** @import {Cell, Row} from './table.js' */

/**
 * What n runs gave: milliseconds of one, and the losses if it was a step.
 *
 * @typedef {{ms: number, losses?: number[], remark?: string}} Timing
 */
/**
 * Somebody who computes.
 *
 * @typedef {object} Runner
 * @property {boolean} [afresh]  every round starts from initial weights, before the clock runs
 * @property {boolean} [once]  a round is one run, without any to warm up
 * @property {(n: number, afresh: boolean) => Promise<Timing>} run
 * @property {() => Promise<void>} close
 */
/** @typedef {{who: string, open: () => Promise<Runner>}} Contender */
/** A row that is not measured yet; `slow`: at such sizes nothing is learned in so few steps. @typedef {{what: string, contenders: Contender[], slow?: boolean}} Race */

export const ROUNDS = Number(process.env.ROUNDS ?? 3);
/** What a round should take, in milliseconds, and how many runs it may have. */
const [ROUND, LEAST, MOST] = [1500, 3, 1000];
/** What one contender may take to open or for one round, in milliseconds. */
const PATIENCE = 180_000;

export const say = (/** @type {string} */ text) => process.stderr.write(`bench: ${text}\n`);

/** What is told under the tables. @type {string[]} */
export const notes = [];

/** A cell without a figure; why is told under the table. @param {string} who @param {string} why @returns {Cell} */
export function failed(who, why) {
  say(`${who}: ${why}`);
  notes.push(`${who}: ${why}.`);
  return { text: 'failed' };
}

/** @param {unknown} error */
export function firstLine(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^[\w.]+: (Error: )?/, '').split('\n')[0];
}

/** @param {number[]} values */
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** @param {number[]} values */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** @template T @param {Promise<T>} work @param {string} what @returns {Promise<T>} */
export async function bounded(work, what, patience = PATIENCE) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took over ${patience / 1000} s`)), patience);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([work, late]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Does it learn? The last quarter of the losses against the first few.
 *
 * @param {number[]} losses
 * @param {boolean} slow
 */
function learning(losses, slow) {
  const few = Math.max(2, Math.floor(losses.length / 4));
  const [first, last] = [mean(losses.slice(0, few)), mean(losses.slice(-few))];
  return { first, last, learns: losses.every(Number.isFinite) && (slow || last < 0.995 * first) };
}

/** Runs until it is as fast as it gets. Returns how many runs a round has. @param {Runner} runner @param {number[]} losses */
async function warmUp(runner, losses) {
  let runs = 2;
  for (let k = 0; k < 3; k += 1) {
    const timing = await runner.run(runs, false);
    losses.push(...(timing.losses ?? []));
    runs = Math.round(Math.min(MOST, Math.max(LEAST, ROUND / timing.ms)));
  }
  return runs;
}

/**
 * The contenders of all these rows, in turns.
 *
 * @param {Race[]} races
 * @returns {Promise<Row[]>}
 */
export async function inTurns(races) {
  /** @type {Row[]} */
  const rows = races.map(({ what }) => ({ what, cells: {} }));
  const running = new Set(
    races.flatMap(({ what, contenders, slow = false }, row) =>
      contenders.map(({ who, open }) => ({
        name: `${who}, ${what}`,
        slow,
        open,
        runner: /** @type {Runner | null} */ (null),
        cell: (/** @type {Cell} */ cell) => (rows[row].cells[who] = cell),
        runs: 1,
        times: /** @type {number[]} */ ([]),
        losses: /** @type {number[]} */ ([]),
        remark: /** @type {string | undefined} */ (undefined),
      })),
    ),
  );
  /** @typedef {typeof running extends Set<infer Entry> ? Entry : never} Entry */
  // Whoever is late must not go on computing while the others are measured.
  const each = async (/** @type {(entry: Entry) => Promise<void>} */ body) => {
    for (const entry of [...running]) {
      try {
        await bounded(body(entry), 'one round');
      } catch (error) {
        const missing = /** @type {any} */ (error).missing;
        entry.cell(missing ? { text: missing } : failed(entry.name, firstLine(error)));
        running.delete(entry);
        await entry.runner?.close().catch(() => {});
      }
    }
  };
  await each(async (entry) => {
    entry.runner = await entry.open();
  });
  await each(async (entry) => {
    const runner = /** @type {Runner} */ (entry.runner);
    if (!runner.once) entry.runs = await warmUp(runner, entry.losses);
  });
  for (let round = 1; round <= ROUNDS; round += 1) {
    await each(async (entry) => {
      const runner = /** @type {Runner} */ (entry.runner);
      if (runner.afresh) entry.losses.length = 0;
      const { ms, losses = [], remark } = await runner.run(entry.runs, Boolean(runner.afresh));
      entry.times.push(ms);
      entry.losses.push(...losses);
      entry.remark = remark;
      say(`${entry.name}, round ${round}: ${ms.toFixed(3)} ms, mean of ${entry.runs}`);
    });
  }
  for (const { name, slow, runner, cell, times, losses, remark } of running) {
    await runner?.close();
    const found = cell({ ms: median(times), remark });
    if (losses.length === 0) continue;
    const { first, last, learns } = learning(losses, slow);
    const change = `the loss went from ${first.toFixed(3)} to ${last.toFixed(3)}`;
    say(`${name}: ${change}`);
    if (!learns) {
      found.remark = 'does not learn';
      notes.push(`${name}: ${change}.`);
    }
  }
  return rows;
}
