/**
 * Where the run stands: progress, speed, time left, where the digits came from, what is loading.
 *
 * @module
 */

import { make } from './dom.js';

/** @import {Context, Part} from './parts.js' */
/** @import {DataSource, State, WorkerEvent} from '../worker/protocol.js' */

/**
 * @param {Context} context
 * @returns {Part & {progress: (event: Extract<WorkerEvent, {event: 'progress'}>) => void}}
 */
export function status({ lesson, language, text }) {
  const bar = make('progress', {
    part: 'progress',
    max: '1',
    value: '0',
    'aria-label': text('status-loading'),
  });
  const what = make('span', { part: 'status', class: 'what' }, text('status-loading'));
  const where = make('span', { class: 'where' });
  const speed = make('span', { class: 'speed' });
  const left = make('span', { class: 'left' });
  const badge = make('span', { part: 'data-source', class: 'badge', hidden: true });
  const reason = make('p');
  const why = make(
    'details',
    { class: 'note', hidden: true },
    make('summary', {}, text('data-synthetic-why')),
    reason,
  );
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  /** @type {State | null} */
  let last = null;
  let loading = true;

  /** @param {number} seconds */
  function duration(seconds) {
    if (seconds < 90) return text('seconds', { count: whole.format(Math.ceil(seconds)) });
    return text('minutes', { count: whole.format(Math.ceil(seconds / 60)) });
  }

  /** @param {State} state */
  function phrase(state) {
    if (state.running) return text('status-running');
    if (state.finished) return text('status-finished');
    return state.step === 0 ? text('status-ready') : text('status-paused');
  }

  /** @param {DataSource} data */
  function source(data) {
    badge.hidden = false;
    badge.classList.toggle('warning', data.synthetic);
    const train = whole.format(data.train);
    if (data.synthetic) badge.textContent = text('data-synthetic');
    else badge.textContent = text(data.source === 'files' ? 'data-files' : 'data-mnist', { train });
    why.hidden = !data.synthetic;
    reason.textContent = data.message ?? '';
  }

  return {
    element: make(
      'div',
      { class: 'status', 'data-group': 'status' },
      make('div', { class: 'line' }, what, where, speed, left, badge),
      bar,
      why,
    ),
    state(state) {
      last = state;
      if (state.data) source(state.data);
    },
    ready() {
      loading = false;
    },
    progress(event) {
      if (!loading) return;
      what.textContent =
        event.what === 'digits'
          ? text('status-digits')
          : text('status-module', { module: event.what === 'cpu' ? 'CPU' : 'WebGPU' });
      if (event.total) bar.value = Math.min(1, event.loaded / event.total);
      else bar.removeAttribute('value');
    },
    draw() {
      if (!last || loading) return;
      what.textContent = phrase(last);
      bar.value = last.epochStep / last.stepsPerEpoch;
      bar.setAttribute('aria-label', phrase(last));
      const round = last.epoch + (last.finished ? 0 : 1);
      const key = lesson === 'mnist' ? 'status-step-mnist' : 'status-step-sin-cos';
      const step = text(key, {
        step: whole.format(last.epochStep),
        total: whole.format(last.stepsPerEpoch),
      });
      where.textContent = round > 1 ? `${step}, ${text('status-epoch', { epoch: round })}` : step;
      const rate = last.stepsPerSecond;
      speed.textContent =
        last.running && rate > 0
          ? text('status-speed', { speed: (rate < 10 ? fine : whole).format(rate) })
          : '';
      const rest = (last.stepsPerEpoch - last.epochStep) / rate;
      left.textContent =
        last.running && rate > 0 ? text('status-left', { time: duration(rest) }) : '';
    },
  };
}
