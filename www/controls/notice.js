/**
 * What went wrong, in words, with what can be done about it. The Run says what there is to tell, and it
 * goes when its cause is gone.
 *
 * @module
 */

import { make } from '../lesson/dom.js';
import { faultText } from '../texts/index.js';

/** @import {Context, Figure} from '../figures/figure.js' */
/** @import {Fault} from '../worker/protocol.js' */
/** @import {Notice} from '../lesson/run.js' */

/**
 * @param {Pick<Context, 'host' | 'run' | 'language' | 'text' | 'attempt'>} context
 * @returns {Figure} drawn whenever there is something else to tell, in view or not
 */
export function notice({ host, run, language, text, attempt }) {
  const message = make('p');
  const actions = make('div', { class: 'actions' });
  const element = make(
    'div',
    { part: 'error', class: 'notice', role: 'alert', hidden: true },
    message,
    actions,
  );
  const changed = run.watch('notice');

  function dismiss() {
    run.setNotice(null);
    draw();
  }

  /** @param {Fault} fault */
  async function smallerRate({ detail }) {
    const rate = smaller();
    await host.set({ learningRate: rate });
    // Weights of a file that fail at the first step already fail at any rate: then those of the seed.
    await host.reset(detail.step === '1' ? { seed: host.state.seed } : {});
  }

  function smaller() {
    return (run.state?.options.learningRate ?? 0.01) / 10;
  }

  /** What can be done about it. @param {Notice} notice @returns {Array<[part: string, words: string, onclick: () => void]>} */
  function ways({ fault, cause }) {
    if (fault.code === 'nan-loss') {
      const words = text('nan-action', { rate: Number(smaller().toPrecision(3)) });
      return [['smaller-rate', words, () => attempt(smallerRate(fault))]];
    }
    // A value that an attribute cannot have is the same at the next attempt.
    if (cause === 'start' && fault.code !== 'option-value')
      return [['retry', text('retry'), () => attempt(host.retry())]];
    return [];
  }

  function draw() {
    if (!changed()) return;
    const { notice } = run;
    const focused = element.contains(host.shadowRoot?.activeElement ?? null);
    element.hidden = notice === null;
    message.textContent = notice ? faultText(language, notice.fault) : '';
    const button = (/** @type {Record<string, any>} */ attributes, /** @type {string} */ words) =>
      make('button', { type: 'button', ...attributes }, words);
    const found = notice ? ways(notice) : [];
    actions.replaceChildren(
      ...found.map(([part, words, onclick]) => button({ part, class: 'primary', onclick }, words)),
      ...(notice ? [button({ part: 'dismiss', onclick: dismiss }, text('dismiss'))] : []),
    );
    // What was focused is no more.
    const play = host.shadowRoot?.querySelector('[part="play"]');
    if (focused) /** @type {HTMLElement | null | undefined} */ (play)?.focus();
  }

  return { element, draw };
}
