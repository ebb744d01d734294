/**
 * Holding gates: open or shut, in some rows or in all, to see what the network would have made of it.
 *
 * @module
 */

import { ROWS } from '../canvas/beliefs.js';
import { make, write } from '../lesson/dom.js';

/** @import {TextKey, Texts} from '../texts/index.js' */
/** @import {Cell, Part} from './cell-parts.js' */

/** What a gate is held at, in rows from 0, the last one included. @typedef {{value: number, from: number, to: number}} Hold */
/** @typedef {Partial<Record<Part, Hold>>} Holds */

const ALL = { from: 0, to: ROWS - 1 };

/** @typedef {'never-forget' | 'wipe-at' | 'begin-at' | 'closed' | 'frozen' | 'hidden' | 'copy' | 'blind'} Preset */

/** @type {Record<Cell, Partial<Record<Preset, Holds>>>} */
export const PRESETS = {
  rnn: {},
  lstm: {
    'never-forget': { forget: { value: 1, ...ALL } },
    'wipe-at': { forget: { value: 0, from: 13, to: 13 } },
    'begin-at': {
      forget: { value: 0, from: 13, to: 13 },
      output: { value: 0, from: 12, to: 12 },
    },
    closed: { input: { value: 0, from: 14, to: ROWS - 1 } },
    frozen: {
      forget: { value: 1, from: 14, to: ROWS - 1 },
      input: { value: 0, from: 14, to: ROWS - 1 },
    },
    hidden: { output: { value: 0, from: 0, to: ROWS - 2 } },
  },
  gru: {
    copy: { update: { value: 1, from: 14, to: ROWS - 1 } },
    'begin-at': {
      update: { value: 0, from: 13, to: 13 },
      reset: { value: 0, from: 13, to: 13 },
    },
    blind: { reset: { value: 0, ...ALL } },
  },
};

/**
 * The controls: for the chosen gate what it is held at and where, and a few whole cases.
 *
 * @param {Texts} text
 * @param {object} how
 * @param {(gate: Part, hold: Hold | null) => void} how.hold
 * @param {(holds: Holds) => void} how.replace
 */
export function holdControls(text, { hold, replace }) {
  /** The chosen gate, if it is one. @type {Part | null} */
  let gate = null;
  /** @type {Hold | null} */
  let held = null;
  /** @type {Cell | null} */
  let offered = null;

  const choose = (/** @type {number | null} */ value) => {
    if (gate) hold(gate, value === null ? null : { ...ALL, ...held, value });
  };
  const buttons = [null, 0, 1].map((value) => {
    const name = value === null ? 'free' : String(value);
    const button = make(
      'button',
      { part: `inside-hold-${name}`, type: 'button', class: 'plain', onclick: () => choose(value) },
      value === null ? text('inside-hold-free') : text('inside-hold-at', { value }),
    );
    return { value, button };
  });
  const place = (/** @type {'from' | 'to'} */ which) => {
    const input = make('input', {
      part: `inside-hold-${which}`,
      type: 'number',
      min: 1,
      max: ROWS,
      'aria-label': text(`inside-hold-${which}`),
      onchange: () => {
        const row = Math.round(input.valueAsNumber) - 1;
        if (!gate || !held) return;
        const fits = row >= 0 && row < ROWS;
        const other = { ...held, [which]: fits ? row : held[which] };
        // The other end comes along, rather than that nothing is held.
        if (other.from > other.to) other[which === 'from' ? 'to' : 'from'] = other[which];
        hold(gate, other);
        input.value = String(other[which] + 1);
      },
    });
    return input;
  };
  const [from, to] = [place('from'), place('to')];
  const rows = make(
    'span',
    { class: 'hold-rows' },
    text('inside-hold-rows'),
    from,
    text('inside-hold-until'),
    to,
  );
  const legend = make('legend', {});
  const editor = make(
    'fieldset',
    { class: 'hold' },
    legend,
    make('div', { class: 'buttons' }, ...buttons.map(({ button }) => button), rows),
  );
  const presets = make('div', { class: 'buttons chips', role: 'group' });
  presets.setAttribute('aria-label', text('inside-presets'));
  const release = make(
    'button',
    {
      part: 'inside-release',
      type: 'button',
      class: 'plain',
      onclick: () => {
        // It will be of no use, and would lose the focus.
        presets.querySelector('button')?.focus();
        replace({});
      },
    },
    text('inside-release'),
  );
  const tries = make(
    'div',
    { class: 'hold-tries' },
    make('h4', {}, text('inside-presets')),
    presets,
  );

  return {
    element: make('div', { class: 'holds' }, editor, tries),
    /**
     * @param {Cell} cell
     * @param {Part} part   the chosen one
     * @param {boolean} holdable
     * @param {Holds} holds
     */
    show(cell, part, holdable, holds) {
      gate = holdable ? part : null;
      held = holds[part] ?? null;
      editor.disabled = !holdable;
      write(
        legend,
        holdable
          ? text('inside-hold', { gate: text(/** @type {TextKey} */ (`gates-${part}`)) })
          : text('inside-hold-none'),
      );
      for (const { value, button } of buttons)
        button.setAttribute('aria-pressed', String(holdable && value === (held?.value ?? null)));
      from.disabled = to.disabled = !held;
      // What somebody types in is theirs.
      const { activeElement } = /** @type {Document | ShadowRoot} */ (editor.getRootNode());
      if (activeElement !== from) from.value = String((held ?? ALL).from + 1);
      if (activeElement !== to) to.value = String((held ?? ALL).to + 1);
      release.disabled = Object.keys(holds).length === 0;
      tries.hidden = cell === 'rnn';
      if (offered === cell) return;
      offered = cell;
      const names = /** @type {Preset[]} */ (Object.keys(PRESETS[cell]));
      presets.replaceChildren(
        ...names.map((name) =>
          make(
            'button',
            {
              part: `inside-${name}`,
              type: 'button',
              class: 'plain',
              onclick: () => replace(PRESETS[cell][name] ?? {}),
            },
            text(`inside-${name}`),
          ),
        ),
        release,
      );
    },
  };
}
