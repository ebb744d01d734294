/**
 * Play, pause, step, reset, copy the link, embed, speed, backend.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';
import { copyLink } from './copy-link.js';
import { embedDialog } from './embed-dialog.js';

/** @import {Context, Figure} from '../figures/figure.js' */
/** @import {BackendChoice, State} from '../worker/protocol.js' */

/** @type {BackendChoice[]} */
const BACKENDS = ['auto', 'cpu', 'webgpu'];
/** Steps per second of the tutorial's own program. */
const TUTORIAL = 20;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function controls(context) {
  const { host, run, manifest, text, attempt } = context;
  /** How many changes of backend are under way. */
  const view = run.view('controls', { changing: 0, pinned: false });
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
    { part: 'speed', onchange: () => attempt(changeSpeed()) },
    ...manifest.speeds.map((rate) => make('option', { value: rate ?? '' }, speedText(rate))),
  );
  const backend = make(
    'select',
    { part: 'backend', onchange: () => attempt(change(), 'backend') },
    ...BACKENDS.map((name) => make('option', { value: name }, text(`backend-${name}`))),
  );
  const pin = make(
    'button',
    {
      part: 'pin-settings',
      type: 'button',
      class: 'pin',
      title: text('settings-pin'),
      'aria-pressed': 'false',
      onclick: () => pinSettings(!view.pinned),
    },
    text('options'),
  );
  const share = copyLink(context);
  const embed = embedDialog(context);
  const changed = run.watch('state', 'backend', 'serves');
  /** Speeds that were chosen and are not in use yet. */
  let changingSpeed = 0;
  backend.value = host.askedBackend;

  /** @param {number | null} rate */
  function speedText(rate) {
    if (rate === null) return text('speed-full');
    return rate === TUTORIAL ? text('speed-tutorial') : text('speed-some', { count: rate });
  }

  async function changeSpeed() {
    changingSpeed += 1;
    try {
      await host.set({ speed: speed.value ? Number(speed.value) : null });
    } finally {
      changingSpeed -= 1;
      if (run.state) tell(run.state);
    }
  }

  async function change() {
    const asked = backend.value;
    view.changing += 1;
    backend.disabled = true;
    try {
      await host.set({ backend: asked });
    } finally {
      view.changing -= 1;
      tellBackend();
    }
  }

  function tellBackend() {
    backend.disabled = view.changing > 0;
    if (view.changing === 0) backend.value = host.askedBackend;
  }

  /** Keeps the settings beside the controls, however far one reads. @param {boolean} on */
  function pinSettings(on) {
    view.pinned = on;
    pin.setAttribute('aria-pressed', String(on));
    const root = /** @type {ShadowRoot} */ (pin.getRootNode());
    root.querySelector('.lesson')?.classList.toggle('pinned', on);
  }

  /** @param {State} state */
  function tell({ running, options }) {
    play.classList.toggle('afresh', run.trained !== null);
    write(play, text(run.trained ? 'play-afresh' : 'play'));
    const { activeElement } = /** @type {ShadowRoot} */ (play.getRootNode());
    const hadFocus = activeElement === play || activeElement === pause;
    play.hidden = running;
    pause.hidden = !running;
    step.disabled = running;
    // The page stays where it is.
    if (hadFocus) (running ? pause : play).focus({ preventScroll: true });
    const rate = options.speed;
    if (![...speed.options].some(({ value }) => value === String(rate ?? '')))
      speed.append(make('option', { value: rate ?? '' }, speedText(rate)));
    if (changingSpeed === 0) speed.value = String(rate ?? '');
  }

  return {
    element: make(
      'div',
      { class: 'controls', 'data-group': 'controls' },
      make('div', { class: 'buttons' }, play, pause, step, reset, pin),
      make(
        'div',
        { class: 'extras' },
        make('label', {}, make('span', {}, text('speed')), speed),
        make('label', { 'data-group': 'backend' }, make('span', {}, text('backend')), backend),
        make('div', { class: 'buttons share' }, share.button, ...embed),
        share.address,
      ),
    ),
    draw() {
      // A change that began before the controls were built anew ends without their hearing of it.
      if (backend.disabled !== view.changing > 0) tellBackend();
      if (pin.ariaPressed !== String(view.pinned)) pinSettings(view.pinned);
      if (!changed()) return;
      tellBackend();
      if (run.state) tell(run.state);
    },
  };
}
