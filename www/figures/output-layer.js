/**
 * The output layer as a loop over time steps and as one product: both codes, and the numbers of both.
 *
 * @module
 */

import { MINUS, decimals } from '../canvas/notation.js';
import { make, section, write } from '../lesson/dom.js';
import { roving } from '../lesson/roving.js';
import { choiceOf, refuseUnknown, wholeOf } from './figure.js';
import { Question } from './question.js';
import { keepRows } from './rows.js';

/** @import {Outputs} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

const FORMS = /** @type {const} */ (['loop', 'reshape']);
/** Products that are written out. */
const WRITTEN = 3;
/** Time steps of a segment, at most. */
const MOST = 200;
/** While it trains, it is asked again this often, in milliseconds. */
const AGAIN = 1000;

/** @typedef {typeof FORMS[number]} Form */
/** `step` is the segment's. @typedef {{outputs: Outputs, states: Float32Array, step: number}} Shown */

/** @type {Record<Form, (hidden: number) => string>} */
const CODE = {
  loop: () => `outs = []
for time_step in range(r_out.size(1)):
    outs.append(self.out(r_out[:, time_step, :]))
return torch.stack(outs, dim=1), h_state`,
  reshape: (hidden) => `r_out = r_out.view(-1, ${hidden})
outs = self.out(r_out)
outs = outs.view(-1, TIME_STEP, 1)
return outs, h_state`,
};

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function outputLayer(context) {
  const { host, run, text, language, signal } = context;
  const view = run.view('output-layer', {
    form: /** @type {Form} */ ('loop'),
    /** The one that is followed, from 1. */
    timeStep: 1,
    /** The last answer, and the number of the run that it belongs to. */
    shown: /** @type {Shown | null} */ (null),
    run: 0,
  });
  const fixed = decimals(language, 7);
  const short = decimals(language, 2);
  const codes = FORMS.map((form) => {
    const code = make('code', {});
    const button = make(
      'button',
      {
        part: `output-layer-${form}`,
        type: 'button',
        'aria-pressed': 'false',
        onclick: () => choose({ form }),
      },
      text(`output-layer-${form}`),
    );
    const listing = make('pre', { tabindex: '0' }, code);
    return {
      form,
      code,
      button,
      listing,
      element: make('div', { class: 'form' }, button, listing),
    };
  });
  const sum = make('p', { part: 'output-layer-sum', class: 'note' });
  const same = make('p', { part: 'output-layer-same', class: 'note' });
  const head = make(
    'tr',
    {},
    make('th', { scope: 'col' }, text('output-layer-step')),
    ...FORMS.map((form) => make('th', { scope: 'col' }, text(`output-layer-${form}`))),
  );
  const body = make('tbody', {});
  const otherRows = roving(body, signal);
  const hint = make('p', { class: 'note' }, text('output-layer-empty'));
  const table = make(
    'div',
    { class: 'table', tabindex: '0', role: 'group', 'aria-label': text('output-layer') },
    make('table', { part: 'output-layer-table' }, make('thead', {}, head), body),
  );
  /** @type {Map<unknown, ReturnType<typeof makeRow>>} */
  const rows = new Map();

  let dirty = true;
  const question = new Question(context, AGAIN, ask);
  const serves = run.watch('serves');
  const trained = run.watch('state', 'losses', 'fresh');

  /** @param {Partial<typeof view>} what */
  function choose(what) {
    Object.assign(view, what);
    dirty = true;
    host.needsFrame();
  }

  async function ask() {
    const segment = run.segments.at(run.segments.last);
    view.shown = segment && {
      outputs: await host.outputLayer(segment.hidden.slice()),
      states: segment.hidden,
      step: segment.step,
    };
    dirty = true;
  }

  /** @param {number} timeStep */
  function makeRow(timeStep) {
    const button = make(
      'button',
      { type: 'button', class: 'plain', onclick: () => choose({ timeStep }) },
      String(timeStep),
    );
    const loop = make('td', {});
    const reshape = make('td', {});
    const element = make('tr', {}, make('th', { scope: 'row' }, button), loop, reshape);
    return { element, button, cells: { loop, reshape } };
  }

  /** w · h + b for the time step that is followed, written out. @param {Shown} shown @param {number} timeStep */
  function sumOf({ outputs: { weight, bias, looped, reshaped }, states }, timeStep) {
    const state = states.subarray((timeStep - 1) * weight.length, timeStep * weight.length);
    const product = (/** @type {number} */ k) =>
      `${short(weight[k] ?? 0)} · ${bracketed(short(state[k] ?? 0))}`;
    const last = weight.length - 1;
    const first = Array.from({ length: Math.min(WRITTEN, last) }, (_, k) => product(k));
    const left = last > WRITTEN ? ['…'] : [];
    const products = [...first, ...left, product(last)];
    const value = (view.form === 'loop' ? looped : reshaped)[timeStep - 1] ?? 0;
    return text('output-layer-sum', {
      step: timeStep,
      sum: `${products.join(' + ')} + ${bracketed(short(bias))}`,
      value: fixed(value),
    });
  }

  function update() {
    for (const { form, code, button, listing } of codes) {
      write(code, CODE[form](run.state?.options.hiddenSize ?? 32));
      button.setAttribute('aria-pressed', String(form === view.form));
      listing.classList.toggle('chosen', form === view.form);
    }
    const { shown } = view;
    hint.hidden = shown !== null;
    same.hidden = shown === null;
    sum.classList.toggle('absent', shown === null);
    const looped = shown?.outputs.looped ?? new Float32Array();
    const reshaped = shown?.outputs.reshaped ?? new Float32Array();
    const count = shown ? looped.length : (run.state?.options.timeStep ?? 10);
    const followed = Math.min(view.timeStep, count);
    const written = (/** @type {number | undefined} */ value) =>
      value === undefined ? '\u2013' : fixed(value);
    const timeSteps = Array.from({ length: count }, (_, k) => k + 1);
    keepRows(body, rows, timeSteps, {
      key: (timeStep) => timeStep,
      make: makeRow,
      update({ element, button, cells }, timeStep) {
        const chosen = timeStep === followed;
        element.className = chosen ? 'chosen' : '';
        button.setAttribute('aria-pressed', String(chosen));
        write(cells.loop, written(looped[timeStep - 1]));
        write(cells.reshape, written(reshaped[timeStep - 1]));
        for (const form of FORMS) cells[form].className = form === view.form ? 'chosen' : '';
      },
    });
    otherRows();
    if (!shown) return;
    write(sum, sumOf(shown, followed));
    const most = looped.reduce(
      (most, value, k) => Math.max(most, Math.abs(value - (reshaped[k] ?? 0))),
      0,
    );
    const { step } = shown;
    write(
      same,
      most === 0
        ? text('output-layer-same', { count, step })
        : text('output-layer-differ', { count, step, most: most.toExponential(0) }),
    );
  }

  return {
    element: section(
      'output-layer',
      text('output-layer'),
      make('div', { class: 'forms' }, ...codes.map(({ element }) => element)),
      hint,
      same,
      table,
      sum,
    ),
    show(what) {
      refuseUnknown('output-layer', what, 'form', 'timeStep');
      const { form = view.form, timeStep = view.timeStep } = what;
      choose({
        form: choiceOf('form', form, FORMS),
        timeStep: wholeOf('timeStep', timeStep, 1, MOST),
      });
    },
    draw() {
      const now = run.state?.run ?? 0;
      if (now !== view.run) Object.assign(view, { run: now, shown: null });
      if (trained()) {
        question.outdated();
        dirty = true;
      }
      question.draw(serves());
      if (!dirty) return;
      dirty = false;
      update();
    },
  };
}

/** Negative numbers in brackets. @param {string} number */
function bracketed(number) {
  return number.startsWith(MINUS) ? `(${number})` : number;
}
