/**
 * What to do with the state between two segments: the three ways side by side, and how far back the
 * gradient reaches in each.
 *
 * @module
 */

import { gradientBars } from '../canvas/bars.js';
import { curveChart, curveKey } from '../canvas/curves.js';
import { scientific } from '../canvas/notation.js';
import { mean, spread } from '../canvas/series.js';
import { make, section, write } from '../lesson/dom.js';
import { choiceOf, refuseUnknown, refuseValue, unlessEnded } from './figure.js';
import { NONE, numbers } from './numbers.js';
import { Question } from './question.js';

/** @import {Look} from '../canvas/curves.js' */
/** @import {Compared} from '../lesson/run.js' */
/** @import {Reach} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

/** @typedef {'carry' | 'reset' | 'truncated'} Mode */

/** @type {Record<Mode, Look>} */
const LOOKS = {
  carry: { colour: 'prediction' },
  reset: { colour: 'run-2', dash: [8, 4] },
  truncated: { colour: 'run-3', dash: [2, 3] },
};
const MODES = /** @type {const} */ (['carry', 'reset', 'truncated']);
const VIEWS = /** @type {const} */ (['losses', 'reach']);
/** Segments of each run: the tutorial's. */
const STEPS = 100;
/** Segments that the gradient is followed back through. */
const LOOKED_BACK = 4;
/** Losses at the end whose mean is given. */
const LATE = 20;
/** Rows of the table. */
const ROWS = 11;
/** While it trains, it is asked again this often, in milliseconds. */
const AGAIN = 1000;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function stateModes(context) {
  const { host, run, text, language, attempt } = context;
  const view = run.view('state-modes', {
    mode: /** @type {Mode} */ ('carry'),
    /** The last answer. */
    reach: /** @type {Reach | null} */ (null),
  });
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const format = (/** @type {number} */ value) => number.format(value);
  const tiny = (/** @type {number} */ value) => scientific(value, number);
  const chart = curveChart(context, {
    part: 'state-modes-chart',
    empty: text('state-modes-empty'),
    language,
    format,
    names: { step: text('axis-segments'), value: text('axis-loss') },
  });
  const bars = gradientBars(context, { part: 'reach-chart' });
  const compareButton = make(
    'button',
    {
      part: 'state-modes-compare',
      type: 'button',
      onclick: () => compare(MODES),
    },
    text('state-modes-compare'),
  );
  const says = make('p', { part: 'state-modes-says', class: 'note' });
  const key = make('p', { class: 'key', part: 'state-modes-key' });
  const reachMode = make(
    'select',
    {
      part: 'reach-mode',
      onchange: () => look(choiceOf('modes', reachMode.value, MODES)),
    },
    ...MODES.map((mode) => make('option', { value: mode }, text(`reach-${mode}`))),
  );
  const reachSays = make('p', { part: 'reach-says', class: 'note' });
  const table = numbers(context, 'state-modes', text('state-modes'), format, () => {
    const found = compared();
    const runs = found?.runs ?? [];
    return {
      head: [text('step-number'), ...modesOf(found).map((mode) => called(mode, found))],
      rows: spread(ROWS, STEPS).map((step) => [
        step,
        ...runs.map(({ losses }) => losses[step - 1] ?? null),
      ]),
    };
  });
  const reachTable = numbers(context, 'reach', text('reach'), tiny, () => ({
    head: [text('memory-point'), text('reach-norm')],
    rows: Array.from(view.reach?.norms ?? [], (norm, k) => [k + 1, norm]),
  }));

  /** Whether a comparison was under way when last looked at. */
  let waiting = false;
  let dirty = true;
  const question = new Question(context, AGAIN, ask);
  const fresh = run.watch('serves', 'fresh');
  const trained = run.watch('state', 'losses');
  const changed = run.watch('comparison');

  const compared = () => run.comparison('state-modes');
  const back = () => run.state?.options.segmentsBack ?? 2;

  /** @param {Compared | null} compared */
  function modesOf(compared) {
    return (compared?.variants ?? []).map(({ stateMode = 'carry' }) => stateMode);
  }

  /** @param {Mode} mode @param {Compared | null} compared */
  function called(mode, compared) {
    const count = compared?.options.segmentsBack ?? back();
    return mode === 'truncated'
      ? text('state-modes-truncated', { count })
      : text(`stateMode-${mode}`);
  }

  /** @param {readonly Mode[]} modes */
  function compare(modes) {
    const variants = modes.map((mode) => ({ stateMode: mode }));
    attempt(unlessEnded(host.compare({ name: 'state-modes', variants, steps: STEPS })));
  }

  /** @param {Mode} mode */
  function look(mode) {
    view.mode = mode;
    dirty = true;
    host.needsFrame();
  }

  async function ask() {
    view.reach = await host.gradientReach();
    dirty = true;
  }

  /** @param {Compared | null} compared */
  function comparisonWords(compared) {
    if (!compared) return '';
    if (compared.status === 'running') return text('try-running');
    const late = compared.runs.map(({ losses }, k) =>
      text('state-modes-late', {
        mode: called(modesOf(compared)[k] ?? 'carry', compared),
        loss: losses.length > 0 ? format(mean(losses.slice(-LATE))) : NONE,
      }),
    );
    const list = new Intl.ListFormat(language, { style: 'narrow' }).format(late);
    return text(compared.status === 'done' ? 'state-modes-says' : 'state-modes-cut-short', {
      late: list,
      seed: compared.seed,
      step: compared.step,
    });
  }

  function updateComparison() {
    const found = compared();
    const modes = modesOf(found);
    const floor = found && modes.includes('reset') ? floorOf(found.options) : null;
    key.replaceChildren(...modes.map((mode) => curveKey(called(mode, found), LOOKS[mode])));
    if (floor !== null)
      key.append(
        make('span', { class: 'level' }, text('state-modes-floor', { loss: format(floor) })),
      );
    const runs = found?.runs ?? [];
    const longest = Math.max(0, ...runs.map(({ losses }) => losses.length));
    chart.show({
      steps: Array.from({ length: longest }, (_, k) => k + 1),
      lines: runs.map(({ losses }, k) => ({ ...LOOKS[modes[k] ?? 'carry'], values: losses })),
      levels: floor === null ? [] : [floor],
      until: STEPS,
      logarithmic: true,
    });
    const words = comparisonWords(found);
    const running = found?.status === 'running';
    compareButton.disabled = running;
    write(says, words);
    if (!running)
      chart.describe(found ? `${text('state-modes')}. ${words}` : text('state-modes-empty'));
    if (waiting && found?.status === 'done') host.announce(words);
    waiting = running;
    table.changed();
  }

  function updateReach() {
    reachMode.value = view.mode;
    if (!view.reach) return;
    const { norms, step } = view.reach;
    const { mode } = view;
    const length = norms.length / LOOKED_BACK;
    const kept = mode === 'truncated' ? Math.min(LOOKED_BACK, back()) : 1;
    bars.show({
      norms,
      open: norms.length - kept * length,
      colour: 'prediction',
      ticks: Array.from({ length: LOOKED_BACK }, (_, k) => k * length + 1),
    });
    const border = norms.length - length;
    const hundredth = (norms[border] ?? 0) / 100;
    let far = 0;
    while (far < border && (norms[border - 1 - far] ?? 0) > hundredth) far += 1;
    const words = text(`reach-says-${mode}`, {
      count: back(),
      far: text(far < border ? 'reach-far' : 'reach-farther', { far }),
      step,
    });
    write(reachSays, words);
    bars.element.setAttribute('aria-label', `${text('reach')}. ${words}`);
    reachTable.changed();
  }

  bars.element.setAttribute('aria-label', text('reach'));
  return {
    element: section(
      'state-modes',
      text('state-modes'),
      key,
      chart.element,
      make('div', { class: 'figure-bar' }, compareButton, says),
      table.element,
      make('h4', {}, text('reach')),
      bars.element,
      make(
        'div',
        { class: 'figure-bar' },
        make('label', {}, make('span', {}, text('stateMode')), reachMode),
        reachSays,
      ),
      reachTable.element,
    ),
    show(what) {
      refuseUnknown('state-modes', what, 'view', 'modes');
      const { view: which = 'losses', modes = MODES } = what;
      refuseValue('modes', modes, Array.isArray(modes) && modes.length > 0, 'a list of modes');
      const wanted = /** @type {unknown[]} */ (modes).map((mode) => choiceOf('modes', mode, MODES));
      if (choiceOf('view', which, VIEWS) === 'losses') compare(wanted);
      else look(wanted[0] ?? 'carry');
    },
    draw() {
      if (trained()) {
        question.outdated();
        dirty = true;
      }
      question.draw(fresh());
      if (changed()) updateComparison();
      if (dirty) {
        dirty = false;
        updateReach();
      }
      chart.draw();
      bars.draw();
    },
  };
}

/**
 * The lowest loss where every segment begins with nothing known: its first point, where sin is 0, is 1 off. If it has but
 * two points, its ends, sin is 0 at both.
 *
 * @param {{timeStep?: number, endpoint?: string}} options
 */
function floorOf({ timeStep = 10, endpoint }) {
  return timeStep === 2 && endpoint === 'inclusive' ? 1 : 1 / timeStep;
}
