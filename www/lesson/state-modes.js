/**
 * What to do with the state between two segments: the three ways side by side, and how far back the
 * gradient reaches in each.
 *
 * @module
 */

import { make, section } from './dom.js';
import { gradientBars, scientific } from './gradient-bars.js';
import { lineKey, linesChart } from './lines.js';
import { Question } from './question.js';
import { numbers } from './table.js';

/** @import {Context, Part} from './parts.js' */
/** @import {TextKey} from '../texts/index.js' */
/** @import {Options, Reach} from '../worker/protocol.js' */

/** @typedef {NonNullable<Options['stateMode']>} Mode */

/** @type {Array<{mode: Mode, colour: string, dash: number[]}>} */
const MODES = [
  { mode: 'carry', colour: 'prediction', dash: [] },
  { mode: 'reset', colour: 'run-2', dash: [8, 4] },
  { mode: 'truncated', colour: 'run-3', dash: [2, 3] },
];
/** Segments of each run: the tutorial's. */
const STEPS = 100;
/** Segments that the gradient is followed back through. */
const LOOKED_BACK = 4;
const LATE = 20;
/** While it trains, it is asked again this often, in milliseconds. */
const AGAIN = 1000;

/**
 * @param {Context} context
 * @returns {Part}
 */
export function stateModes({ host, text, language, attempt }) {
  const chart = linesChart({ part: 'modes-chart', language });
  const bars = gradientBars({ part: 'reach-chart' });
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  chart.element.setAttribute('aria-label', text('modes-empty'));
  bars.element.setAttribute('aria-label', text('reach'));
  const label = (/** @type {Mode} */ mode) =>
    mode === 'truncated'
      ? text('modes-truncated', { count: compared?.back ?? back() })
      : text(/** @type {TextKey} */ (`stateMode-${mode}`));
  const run = make(
    'button',
    {
      part: 'modes-compare',
      type: 'button',
      onclick: () => attempt(compare(MODES.map(({ mode }) => mode))),
    },
    text('modes-compare'),
  );
  const says = make('p', { part: 'modes-says', class: 'note' }, text('modes-empty'));
  const key = make('p', { class: 'key', part: 'modes-key' });
  const chosen = make(
    'select',
    { part: 'reach-mode', onchange: changed },
    ...MODES.map(({ mode }) =>
      make('option', { value: mode }, text(/** @type {TextKey} */ (`reach-${mode}`))),
    ),
  );
  const reachSays = make('p', { part: 'reach-says', class: 'note' });
  const table = numbers(text, text('modes'), () => {
    const runs = compared?.runs ?? [];
    const steps = Array.from({ length: 11 }, (_, k) => Math.max(1, (k * STEPS) / 10));
    return {
      head: [text('step-number'), ...runs.map(({ mode }) => label(mode))],
      rows: steps.map((step) => [
        step,
        ...runs.map(({ losses }) =>
          step <= losses.length ? format.format(losses[step - 1]) : '\u2013',
        ),
      ]),
    };
  });
  const reachTable = numbers(text, text('reach'), () => ({
    head: [text('memory-point'), text('reach-norm')],
    rows: Array.from(reach?.norms ?? [], (norm, k) => [k + 1, scientific(norm, format)]),
  }));

  /** @type {{runs: Array<{mode: Mode, losses: number[]}>, back: number, floor: number | null} | null} */
  let compared = null;
  let comparing = false;
  /** @type {Reach | null} */
  let reach = null;
  let dirty = true;
  const question = new Question(host, AGAIN, ask);

  const back = () => host.state.options?.segmentsBack ?? 2;

  function changed() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {Mode[]} modes */
  async function compare(modes) {
    const { timeStep = 10 } = host.state.options;
    compared = {
      runs: modes.map((mode) => ({ mode, losses: [] })),
      back: back(),
      floor: modes.includes('reset') ? 1 / timeStep : null,
    };
    comparing = true;
    run.disabled = true;
    says.textContent = text('try-running');
    changed();
    try {
      await host.compare({ variants: modes.map((mode) => ({ stateMode: mode })), steps: STEPS });
      const late = compared.runs.map(({ mode, losses }) =>
        text('modes-late', { mode: label(mode), loss: format.format(mean(losses.slice(-LATE))) }),
      );
      says.textContent = text('modes-says', {
        late: new Intl.ListFormat(language, { style: 'narrow' }).format(late),
        seed: host.state.seed,
      });
      host.announce(says.textContent);
    } finally {
      comparing = false;
      run.disabled = false;
      changed();
    }
  }

  async function ask() {
    reach = await host.gradientReach();
    dirty = true;
  }

  function tell() {
    key.replaceChildren(
      ...(compared?.runs ?? []).map(({ mode }) => lineKey({ name: label(mode), ...looks(mode) })),
    );
    chart.show({
      lines: (compared?.runs ?? []).map(({ mode, losses }) => ({
        name: label(mode),
        values: losses,
        ...looks(mode),
      })),
      levels: compared?.floor
        ? [
            {
              name: text('modes-floor', { loss: format.format(compared.floor) }),
              value: compared.floor,
            },
          ]
        : [],
      steps: STEPS,
    });
    chart.element.setAttribute(
      'aria-label',
      compared ? `${text('modes')}. ${says.textContent}` : text('modes-empty'),
    );
    table.changed();
    if (!reach) return;
    const { norms } = reach;
    const length = norms.length / LOOKED_BACK;
    const mode = /** @type {Mode} */ (chosen.value);
    const kept = mode === 'truncated' ? Math.min(LOOKED_BACK, back()) : 1;
    const open = norms.length - kept * length;
    bars.show({
      norms,
      open,
      colour: 'prediction',
      ticks: Array.from({ length: LOOKED_BACK }, (_, k) => k * length + 1),
    });
    const border = norms.length - length;
    let far = 0;
    while (far < border && norms[border - 1 - far] > norms[border] / 100) far += 1;
    const words = text(
      mode === 'truncated'
        ? 'reach-says-truncated'
        : mode === 'reset'
          ? 'reach-says-reset'
          : 'reach-says-carry',
      {
        count: back(),
        far: text(far < border ? 'reach-far' : 'reach-farther', { far }),
        step: reach.step,
      },
    );
    reachSays.textContent = words;
    bars.element.setAttribute('aria-label', `${text('reach')}. ${words}`);
    reachTable.changed();
  }

  return {
    element: section(
      'modes',
      text('modes'),
      key,
      make('div', { class: 'chart' }, chart.element),
      make('div', { class: 'figure-bar' }, run, says),
      table.element,
      make('h4', {}, text('reach')),
      bars.element,
      make(
        'div',
        { class: 'figure-bar' },
        make('label', {}, make('span', {}, text('stateMode')), chosen),
        reachSays,
      ),
      reachTable.element,
    ),
    comparison({ runs }) {
      if (!comparing || !compared) return;
      runs.forEach(({ losses }, k) => compared?.runs[k]?.losses.push(...losses));
      dirty = true;
    },
    metrics: () => question.outdated(),
    state(state) {
      question.state(state);
      question.outdated();
      dirty = true;
    },
    ready: () => question.ready(),
    figure({ view, modes = MODES.map(({ mode }) => mode) }) {
      const wanted = /** @type {Mode[]} */ (modes);
      if (view !== 'reach') return attempt(compare(wanted));
      chosen.value = wanted[0];
      changed();
    },
    draw() {
      if (!chart.element.clientWidth) return;
      question.draw();
      if (dirty) {
        dirty = false;
        tell();
      }
      chart.draw();
      bars.draw();
    },
  };
}

/** @param {Mode} wanted */
function looks(wanted) {
  const { colour, dash } = MODES.find(({ mode }) => mode === wanted) ?? MODES[0];
  return { colour, dash };
}

/** @param {number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
