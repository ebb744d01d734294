/**
 * Where the run stands: progress, how good it is, speed, time left, where the digits came from, what is loading.
 *
 * @module
 */

import { make, write } from '../lesson/dom.js';
import { reasonText } from '../texts/index.js';

/** @import {Context, Figure} from '../figures/figure.js' */
/** @import {TextKey} from '../texts/index.js' */
/** @import {DataSource, State} from '../worker/protocol.js' */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function status({ host, run, lesson, manifest, language, text, attempt }) {
  const bar = make('progress', {
    part: 'progress',
    max: '1',
    value: '0',
    'aria-label': text('status-loading'),
  });
  const what = make('span', { part: 'status', class: 'what' }, text('status-loading'));
  const where = make('span', { class: 'where' });
  const score = make('span', { part: 'score', class: 'score' });
  const speed = make('span', { class: 'speed' });
  const left = make('span', { class: 'left' });
  const reason = make('span', { part: 'backend-reason', class: 'reason' });
  const badge = make('span', { part: 'data-source', class: 'badge', hidden: true });
  const synthetic = make('p');
  const again = make(
    'button',
    { part: 'load-mnist', type: 'button', onclick: () => attempt(loadMnist()) },
    text('data-again'),
  );
  const why = make(
    'details',
    { class: 'note', hidden: true },
    make('summary', {}, text('data-synthetic-why')),
    synthetic,
    again,
  );
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  const precise = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const changed = run.watch('state', 'serves', 'progress', 'notice', 'backend');
  const otherData = run.watch('data');

  async function loadMnist() {
    again.disabled = true;
    try {
      await host.loadMnist();
    } finally {
      again.disabled = false;
    }
  }

  /** @param {number} seconds */
  function duration(seconds) {
    if (seconds < 90) return text('seconds', { count: whole.format(Math.ceil(seconds)) });
    return text('minutes', { count: whole.format(Math.ceil(seconds / 60)) });
  }

  /** @param {State} state */
  function phrase(state) {
    if (state.running) return text('status-running');
    if (state.finished) return text(/** @type {TextKey} */ (`status-finished-${lesson}`));
    if (run.trained)
      return text('status-trained', { accuracy: percent.format(run.trained.accuracy) });
    return state.step === 0 ? text('status-ready') : text('status-paused');
  }

  /** How good it is: its accuracy, if it was measured, or its loss. @param {State} state */
  function scoreOf({ accuracy, loss }) {
    // What is said of weights that came with the page says that, too.
    if (run.trained) return '';
    if (accuracy !== null) return text('status-accuracy', { accuracy: percent.format(accuracy) });
    return Number.isFinite(loss) ? text('status-loss', { loss: precise.format(Number(loss)) }) : '';
  }

  /** @param {DataSource} data */
  function tellSource(data) {
    badge.hidden = false;
    badge.classList.toggle('warning', data.synthetic);
    element.classList.toggle('synthetic', data.synthetic);
    const train = whole.format(data.train);
    if (data.synthetic) badge.textContent = text('data-synthetic');
    else badge.textContent = text(data.source === 'files' ? 'data-files' : 'data-mnist', { train });
    why.hidden = !data.synthetic;
    const reason = data.message?.replace(/^No MNIST could be found: |\.$/g, '');
    synthetic.textContent = reason ? text('data-missing-why', { reason }) : '';
    // If somebody asked for them, there is nothing to try again.
    again.hidden = !data.message;
  }

  function tellLoading() {
    const { progress, notice } = run;
    const failed = notice?.cause === 'start';
    if (failed) write(what, text('status-failed'));
    else if (!progress) write(what, text('status-loading'));
    else if (progress.what === 'digits') write(what, text('status-digits'));
    else {
      const module = progress.what === 'cpu' ? 'CPU' : 'WebGPU';
      write(what, text('status-module', { module }));
    }
    if (failed) bar.value = 0;
    else if (progress?.total) bar.value = Math.min(1, progress.loaded / progress.total);
    else if (progress) bar.removeAttribute('value');
    bar.setAttribute('aria-label', what.textContent ?? '');
    for (const other of [where, score, speed, left]) write(other, '');
  }

  /** @param {State} state */
  function tellRun(state) {
    write(what, phrase(state));
    bar.value = state.epochStep / state.stepsPerEpoch;
    bar.setAttribute('aria-label', phrase(state));
    const epoch = state.epoch + (state.finished ? 0 : 1);
    const later = /** @type {TextKey} */ (`status-later-${lesson}`);
    const stands = text(epoch > 1 ? later : manifest.stepKey, {
      step: whole.format(state.epochStep),
      total: whole.format(state.stepsPerEpoch),
      epoch,
      all: whole.format(state.step),
    });
    write(where, run.trained && !state.running ? '' : stands);
    write(score, scoreOf(state));
    const rate = state.stepsPerSecond;
    const moving = state.running && rate > 0;
    const pace = (rate < 10 ? fine : whole).format(rate);
    write(speed, moving ? text('status-speed', { speed: pace }) : '');
    const rest = (state.stepsPerEpoch - state.epochStep) / rate;
    write(left, moving ? text('status-left', { time: duration(rest) }) : '');
    element.classList.toggle('moving', state.running);
    element.classList.toggle('finished', state.finished);
  }

  const element = make(
    'div',
    { class: 'status loading', 'data-group': 'status' },
    make(
      'div',
      { class: 'line' },
      what,
      where,
      score,
      make('span', { class: 'turn' }),
      speed,
      left,
      reason,
      badge,
    ),
    bar,
    why,
  );

  return {
    element,
    quiet: true,
    draw() {
      if (otherData() && run.state?.data) tellSource(run.state.data);
      if (!changed()) return;
      write(reason, run.choice ? reasonText(language, run.choice) : '');
      const loading = !run.serves || !run.state || run.progress !== null;
      element.classList.toggle('loading', loading);
      if (run.serves && run.state && !run.progress) tellRun(run.state);
      else tellLoading();
    },
  };
}
