/**
 * The lesson's options as fields, and the seed.
 *
 * @module
 */

import { faultText } from '../texts/index.js';
import { make, section } from './dom.js';
import { SETTINGS } from './options.js';

/** @import {Context, Part} from './parts.js' */
/** @import {Setting} from './options.js' */
/** @import {State} from '../worker/protocol.js' */

/**
 * @param {Context} context
 * @returns {Part}
 */
export function settings(context) {
  const { host, lesson, text, language } = context;
  const message = make('p', { class: 'field-error', role: 'alert' });
  const fields = SETTINGS.filter((setting) => setting.lessons.includes(lesson)).map(field);

  /** @type {State | null} */
  let last = null;
  const seed = make('input', {
    part: 'seed',
    type: 'number',
    step: '1',
    min: '0',
    onchange: () => change(seed, host.reset({ seed: seed.valueAsNumber })),
  });
  const newSeed = make(
    'button',
    {
      part: 'new-seed',
      type: 'button',
      onclick: () => change(seed, host.reset({ seed: Math.floor(Math.random() * 100_000) })),
    },
    text('new-seed'),
  );

  /**
   * Shows a refusal beside the field that caused it, and the value that holds.
   *
   * @param {HTMLInputElement | HTMLSelectElement} input
   * @param {Promise<unknown>} work
   */
  async function change(input, work) {
    try {
      await work;
      message.textContent = '';
      input.removeAttribute('aria-invalid');
    } catch (error) {
      const fault = /** @type {import('../worker/protocol.js').Fault} */ (error);
      message.textContent = faultText(language, fault);
      input.setAttribute('aria-invalid', 'true');
    }
    if (last) show(last);
  }

  /** @param {Setting} setting */
  function field(setting) {
    const { name, kind } = setting;
    /** @type {HTMLInputElement | HTMLSelectElement} */
    let input;
    /** @type {() => unknown} */
    let read;
    if (kind === 'choice') {
      const choices = setting.choices ?? [];
      const label = (/** @type {string} */ choice) =>
        text(/** @type {import('../texts/index.js').TextKey} */ (`${name}-${choice}`));
      input = make('select', {}, ...choices.map((c) => make('option', { value: c }, label(c))));
      read = () => input.value;
    } else if (kind === 'flag') {
      const box = make('input', { type: 'checkbox' });
      input = box;
      read = () => box.checked;
    } else {
      const box = make('input', { type: 'number', step: setting.step });
      input = box;
      read = () => box.valueAsNumber;
    }
    input.setAttribute('part', name);
    input.addEventListener('change', () => change(input, host.set({ [name]: read() })));
    const label = make('label', {}, make('span', {}, text(name)), input);
    if (setting.hint) label.title = text(setting.hint);
    return { name, input, label };
  }

  /** @param {State} state */
  function show(state) {
    for (const { name, input } of fields) {
      const value = state.options[name];
      if (input instanceof HTMLInputElement && input.type === 'checkbox') {
        input.checked = Boolean(value);
      } else if (!input.matches(':focus') || input.hasAttribute('aria-invalid')) {
        input.value = String(value);
      }
    }
    if (!seed.matches(':focus')) seed.value = String(state.seed);
  }

  return {
    element: section(
      'settings',
      text('options'),
      make(
        'div',
        { class: 'fields' },
        ...fields.map(({ label }) => label),
        make('label', {}, make('span', {}, text('seed')), seed),
        newSeed,
      ),
      message,
    ),
    state(state) {
      last = state;
      show(state);
    },
  };
}
