/**
 * The output layer as a loop over time steps and as one product: both codes, and the numbers of both.
 *
 * @module
 */

import { make, section } from './dom.js';
import { Question } from './question.js';

/** @import {Context, Part} from './parts.js' */
/** @import {Outputs} from '../worker/protocol.js' */
/** @import {TextKey} from '../texts/index.js' */

/** @typedef {'loop' | 'reshape'} Form */

const FORMS = /** @type {const} */ (['loop', 'reshape']);
/** Products that are written out. */
const WRITTEN = 3;
/** While it trains, it is asked again this often, in milliseconds. */
const AGAIN = 1000;

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
 * @returns {Part}
 */
export function outputLayer({ host, text, language }) {
  const fixed = new Intl.NumberFormat(language, {
    minimumFractionDigits: 7,
    maximumFractionDigits: 7,
  });
  const short = new Intl.NumberFormat(language, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: 'negative',
  });
  const codes = FORMS.map((form) => ({
    form,
    code: make('code', {}),
    button: make(
      'button',
      {
        part: `output-${form}`,
        type: 'button',
        'aria-pressed': 'false',
        onclick: () => choose(form, at),
      },
      text(/** @type {TextKey} */ (`output-${form}`)),
    ),
  }));
  const sum = make('p', { part: 'output-sum', class: 'note' });
  const same = make('p', { part: 'output-same', class: 'note' });
  const head = make(
    'thead',
    {},
    make(
      'tr',
      {},
      make('th', { scope: 'col' }, text('output-step')),
      ...FORMS.map((form) =>
        make('th', { scope: 'col' }, text(/** @type {TextKey} */ (`output-${form}`))),
      ),
    ),
  );
  const body = make('tbody', {});
  const hint = make('p', { class: 'note' }, text('output-empty'));
  const table = make(
    'div',
    { class: 'table', tabindex: '0', role: 'group', 'aria-label': text('output') },
    make('table', { part: 'output-table' }, head, body),
  );

  /** @type {Form} */
  let form = 'loop';
  /** The time step that is followed, from 1. */
  let at = 1;
  /** @type {{outputs: Outputs, states: Float32Array, step: number} | null} */
  let shown = null;
  let dirty = true;
  const question = new Question(host, AGAIN, ask);

  function changed() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {Form} next @param {number} step */
  function choose(next, step) {
    form = next;
    at = step;
    changed();
  }

  async function ask() {
    const segment = host.segments.at(host.segments.last);
    shown = segment && {
      outputs: await host.outputLayer(segment.hidden.slice()),
      states: segment.hidden,
      step: segment.step,
    };
    dirty = true;
  }

  function tell() {
    for (const one of codes) {
      one.code.textContent = CODE[one.form](host.state.options?.hiddenSize ?? 32);
      one.button.setAttribute('aria-pressed', String(one.form === form));
      one.code.parentElement?.classList.toggle('chosen', one.form === form);
    }
    hint.hidden = shown !== null;
    table.hidden = sum.hidden = same.hidden = shown === null;
    if (!shown) return;
    const { looped, reshaped, weight, bias } = shown.outputs;
    const count = looped.length;
    const row = Math.min(at, count);
    body.replaceChildren(
      ...Array.from(looped, (value, k) => {
        const pick = make(
          'button',
          {
            type: 'button',
            class: 'plain',
            'aria-pressed': String(k + 1 === row),
            onclick: () => choose(form, k + 1),
          },
          String(k + 1),
        );
        return make(
          'tr',
          { class: k + 1 === row ? 'chosen' : '' },
          make('th', { scope: 'row' }, pick),
          make('td', { class: form === 'loop' ? 'chosen' : '' }, fixed.format(value)),
          make('td', { class: form === 'reshape' ? 'chosen' : '' }, fixed.format(reshaped[k])),
        );
      }),
    );
    const state = shown.states.subarray((row - 1) * weight.length, row * weight.length);
    const product = (/** @type {number} */ k) =>
      `${short.format(weight[k])} · ${bracketed(short.format(state[k]))}`;
    const products =
      weight.length <= WRITTEN + 1
        ? Array.from(weight, (_, k) => product(k))
        : [
            ...Array.from({ length: WRITTEN }, (_, k) => product(k)),
            '…',
            product(weight.length - 1),
          ];
    sum.textContent = text('output-sum', {
      step: row,
      sum: `${products.join(' + ')} + ${bracketed(short.format(bias))}`,
      value: fixed.format((form === 'loop' ? looped : reshaped)[row - 1]),
    });
    let most = 0;
    looped.forEach((value, k) => (most = Math.max(most, Math.abs(value - reshaped[k]))));
    same.textContent =
      most === 0
        ? text('output-same', { count, step: shown.step })
        : text('output-differ', { count, step: shown.step, most: most.toExponential(0) });
  }

  tell();
  return {
    element: section(
      'output',
      text('output'),
      make(
        'div',
        { class: 'forms' },
        ...codes.map(({ code, button }) =>
          make('div', { class: 'form' }, button, make('pre', { tabindex: '0' }, code)),
        ),
      ),
      hint,
      same,
      table,
      sum,
    ),
    metrics: () => question.outdated(),
    state(state) {
      question.state(state);
      question.outdated();
      dirty = true;
    },
    fresh() {
      shown = null;
      dirty = true;
      question.outdated();
    },
    ready: () => question.ready(),
    figure({ form: next = form, timeStep = at }) {
      choose(/** @type {Form} */ (next), /** @type {number} */ (timeStep));
    },
    draw() {
      if (!sum.parentElement?.clientWidth) return;
      question.draw();
      if (!dirty) return;
      dirty = false;
      tell();
    },
  };
}

/** @param {string} number negative numbers in brackets */
function bracketed(number) {
  return /^[-\u2212]/.test(number) ? `(${number})` : number;
}
