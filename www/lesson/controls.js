/**
 * Play, pause, step, reset, speed, backend.
 *
 * @module
 */

import { reasonText } from '../texts/index.js';
import { make } from './dom.js';
import { SPEEDS } from './options.js';

/** @import {Context, Part} from './parts.js' */
/** @import {BackendChoice} from '../worker/protocol.js' */

/** @type {BackendChoice[]} */
const BACKENDS = ['auto', 'cpu', 'webgpu'];

/**
 * @param {Context} context
 * @returns {Part}
 */
export function controls({ host, text, language, attempt }) {
  const play = make(
    'button',
    { part: 'play', type: 'button', class: 'primary', onclick: () => attempt(host.play()) },
    text('play'),
  );
  const pause = make(
    'button',
    {
      part: 'pause',
      type: 'button',
      class: 'primary',
      hidden: true,
      onclick: () => attempt(host.pause()),
    },
    text('pause'),
  );
  const step = make(
    'button',
    { part: 'step', type: 'button', onclick: () => attempt(host.step()) },
    text('step'),
  );
  const reset = make(
    'button',
    {
      part: 'reset',
      type: 'button',
      title: text('reset-hint'),
      onclick: () => attempt(host.reset()),
    },
    text('reset'),
  );
  const speed = make(
    'select',
    {
      part: 'speed',
      onchange: () => attempt(host.set({ speed: speed.value ? Number(speed.value) : null })),
    },
    ...SPEEDS.map((rate) => make('option', { value: rate ?? '' }, speedText(rate))),
  );
  const backend = make(
    'select',
    { part: 'backend', onchange: () => choose() },
    ...BACKENDS.map((name) => make('option', { value: name }, text(`backend-${name}`))),
  );
  const reason = make('p', { part: 'backend-reason', class: 'note' });
  backend.value = host.askedBackend;

  /** @param {number | null} rate */
  function speedText(rate) {
    if (rate === null) return text('speed-full');
    return rate === 20 ? text('speed-tutorial') : text('speed-some', { count: rate });
  }

  function choose() {
    backend.disabled = true;
    const changed = host.set({ backend: backend.value }).finally(() => {
      backend.disabled = false;
      backend.value = host.askedBackend;
    });
    attempt(changed);
  }

  return {
    element: make(
      'div',
      { class: 'controls', 'data-group': 'controls' },
      make('div', { class: 'buttons' }, play, pause, step, reset),
      make('label', {}, make('span', {}, text('speed')), speed),
      make('label', { 'data-group': 'backend' }, make('span', {}, text('backend')), backend),
      reason,
    ),
    state(state) {
      const hadFocus = play.matches(':focus') || pause.matches(':focus');
      play.hidden = state.running;
      pause.hidden = !state.running;
      step.disabled = state.running;
      if (hadFocus) (state.running ? pause : play).focus();
      const rate = state.options.speed ?? '';
      if (![...speed.options].some((option) => option.value === String(rate))) {
        speed.append(make('option', { value: rate }, text('speed-some', { count: rate })));
      }
      speed.value = String(rate);
    },
    backend(choice) {
      reason.textContent = reasonText(language, choice);
      backend.value = host.askedBackend;
    },
  };
}
