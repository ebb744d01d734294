/**
 * What went wrong, in words, with what can be done about it.
 *
 * @module
 */

import { faultText } from '../texts/index.js';
import { make } from './dom.js';

/** @import {Context} from './parts.js' */
/** @import {Fault} from '../worker/protocol.js' */

/** @param {Context} context */
export function notice({ host, language, text, attempt }) {
  const message = make('p');
  const actions = make('div', { class: 'actions' });
  const element = make(
    'div',
    { part: 'error', class: 'notice', role: 'alert', hidden: true },
    message,
    actions,
  );
  const close = () =>
    make('button', { part: 'dismiss', type: 'button', onclick: () => hide() }, text('dismiss'));

  function hide() {
    element.hidden = true;
    message.textContent = '';
    actions.replaceChildren();
  }

  /** @param {Fault} fault */
  async function smallerRate({ detail }) {
    const rate = (host.state.options?.learningRate ?? 0.01) / 10;
    await host.set({ learningRate: rate });
    // Weights of a file that fail at the first step already fail at any rate: then those of the seed.
    await host.reset(detail.step === '1' ? { seed: host.state.seed } : {});
    hide();
  }

  return {
    element,
    hide,
    /** @param {Fault} fault */
    show(fault) {
      element.hidden = false;
      message.textContent = faultText(language, fault);
      actions.replaceChildren(close());
      if (fault.code !== 'nan-loss') return;
      const rate = (host.state.options?.learningRate ?? 0.01) / 10;
      const action = text('nan-action', { rate: Number(rate.toPrecision(3)) });
      actions.prepend(
        make(
          'button',
          {
            part: 'smaller-rate',
            type: 'button',
            class: 'primary',
            onclick: () => attempt(smallerRate(fault)),
          },
          action,
        ),
      );
    },
  };
}
