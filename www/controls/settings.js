/**
 * The lesson's options as fields, and the seed.
 *
 * @module
 */

import { make, section, write } from '../lesson/dom.js';
import { OPTIONS } from '../lessons/options.js';
import { faultText } from '../texts/index.js';
import { UnrollError, asUnrollError } from '../worker/fault.js';

/** @import {Context, Figure} from '../figures/figure.js' */
/** @import {Setting} from '../lessons/manifest.js' */
/** @import {Option} from '../lessons/options.js' */
/** @import {TextKey} from '../texts/index.js' */
/** @import {Fault, State} from '../worker/protocol.js' */

/** Seeds that are made up are below this: short enough to be said aloud. */
const SEEDS = 100_000;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function settings({ host, run, lesson, manifest, text, language }) {
  /** What was refused last, and in which field; until somebody writes another value, or one holds. */
  const view = run.view('settings', {
    refused: /** @type {{field: string, fault: Fault} | null} */ (null),
  });
  const message = make('p', { class: 'field-error', role: 'alert' });
  const fields = manifest.settings.map(field);
  const seed = make('input', {
    part: 'seed',
    type: 'number',
    step: '1',
    min: '0',
    onchange: () => {
      const value = seed.valueAsNumber;
      change('seed', Number.isNaN(value) ? empty(text('seed')) : host.reset({ seed: value }));
    },
  });
  const newSeed = make(
    'button',
    {
      part: 'new-seed',
      type: 'button',
      onclick: () => change('seed', host.reset({ seed: Math.floor(Math.random() * SEEDS) })),
    },
    text('new-seed'),
  );
  const changed = run.watch('state');
  /** Fields whose new value is not answered yet. @type {Set<string>} */
  const asked = new Set();

  /** Somebody writes another value: what was said of the one before is over. */
  function forgetRefusal() {
    if (!view.refused) return;
    view.refused = null;
    tell(false);
  }

  /**
   * Shows a refusal beside the field that caused it, and the value that holds.
   *
   * @param {string} name
   * @param {Promise<unknown>} work
   */
  async function change(name, work) {
    asked.add(name);
    try {
      await work;
      view.refused = null;
    } catch (error) {
      const { code, fault } = asUnrollError(error);
      // What was superseded or closed was not refused.
      view.refused =
        code.startsWith('option-') || code === 'bad-request' ? { field: name, fault } : null;
    }
    asked.delete(name);
    tell(true);
  }

  /** What is left empty changes nothing. @param {string} called */
  async function empty(called) {
    const message = text('field-empty', { name: called });
    throw new UnrollError({ code: 'option-empty', message, detail: {} });
  }

  /** @param {Setting} setting */
  function field({ name, hint, off }) {
    const option = /** @type {Option} */ (OPTIONS[lesson][name]);
    const { kind } = option;
    const choices = choicesOf(option);
    /** @type {HTMLInputElement | HTMLSelectElement} */
    let input;
    /** @type {() => unknown} */
    let read;
    /** @type {(value: unknown) => void} */
    let show;
    if (choices.length > 0) {
      const label = (/** @type {string | number} */ choice) =>
        typeof choice === 'number'
          ? String(choice)
          : text(/** @type {TextKey} */ (`${name}-${choice}`));
      const options = choices.map((c) => make('option', { value: String(c) }, label(c)));
      input = make('select', {}, ...options);
      read = () => choices.find((choice) => String(choice) === input.value);
      show = (value) => {
        input.value = String(value);
        // What it came to is told beside it.
        const [first] = options;
        const count = run.state?.workers ?? 1;
        if (option.orAuto && first)
          write(
            first,
            value === 'auto' ? text('workers-auto-now', { count }) : text('workers-auto'),
          );
      };
    } else {
      const box = make(
        'input',
        kind === 'flag'
          ? { type: 'checkbox' }
          : {
              type: 'number',
              step: kind === 'integer' ? '1' : 'any',
              // Left empty, it has no number.
              placeholder: option.orNull ? text('none') : undefined,
            },
      );
      input = box;
      box.addEventListener('beforeinput', (event) => writeComma(/** @type {InputEvent} */ (event)));
      read = () => {
        if (kind === 'flag') return box.checked;
        return option.orNull && box.value === '' && !box.validity.badInput
          ? null
          : box.valueAsNumber;
      };
      show = (value) => {
        if (kind === 'flag') box.checked = Boolean(value);
        else box.value = value === null ? '' : String(value);
      };
    }
    input.setAttribute('part', name);
    input.addEventListener('change', () => {
      const value = read();
      change(name, Number.isNaN(value) ? empty(text(name)) : host.set({ [name]: value }));
    });
    const label = make('label', {}, make('span', {}, text(name)), input);
    if (hint) label.title = text(hint);
    return { name, input, label, show, off };
  }

  /** @param {boolean} answered  a field was just answered: it shows the value that holds */
  function tell(answered) {
    const { refused } = view;
    const words = refused ? faultText(language, refused.fault) : '';
    write(message, words);
    const { state } = run;
    for (const { name, input, show, off } of [
      ...fields,
      { name: 'seed', input: seed, show: showSeed, off: undefined },
    ]) {
      input.disabled = Boolean(state && off?.(state.options));
      if (refused?.field === name) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
      if (asked.has(name)) continue;
      // What somebody is writing stays.
      const value = name === 'seed' ? state?.seed : optionOf(state, name);
      const writing = input.matches(':focus') && input.matches('[type="number"]');
      if (state && (answered || !writing)) show(value);
      else if (answered && !state) show('');
    }
  }

  /** @param {unknown} value */
  function showSeed(value) {
    seed.value = String(value);
  }

  return {
    element: section(
      'settings',
      text('options'),
      make(
        'div',
        { class: 'fields', oninput: forgetRefusal },
        ...fields.map(({ label }) => label),
        make('label', {}, make('span', {}, text('seed')), seed),
        newSeed,
      ),
      message,
    ),
    draw() {
      if (changed()) tell(false);
    },
  };
}

/** What a list of its values holds, if it is chosen from one. @param {Option} option @returns {Array<string | number>} */
function choicesOf({ choices = [], orAuto, least = 1, most = 0 }) {
  if (!orAuto) return choices;
  return ['auto', ...Array.from({ length: most - least + 1 }, (_, k) => least + k)];
}

/** @param {State | null} state @param {string} name */
function optionOf(state, name) {
  return state?.options[/** @type {keyof State['options']} */ (name)];
}

/** Fields for numbers leave a comma out, and 0,01 would be 1: where one writes decimals with it, it is a point. @param {InputEvent} event */
function writeComma(event) {
  if (!event.data || !/^[^.,]*,[^.,]*$/.test(event.data)) return;
  event.preventDefault();
  document.execCommand('insertText', false, event.data.replace(',', '.'));
}
