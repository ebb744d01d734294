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
  const element = make('div', { part: 'error', class: 'notice', role: 'alert', hidden: true }, message, actions);
  const close = () =>
    make('button', { part: 'dismiss', type: 'button', onclick: () => hide() }, text('dismiss'));

  function hide() {
    element.hidden = true;
    message.textContent = '';
    actions.replaceChildren();
  }

  async function smallerRate() {
    const rate = (host.state.options?.learningRate ?? 0.01) / 10;
    await host.set({ learningRate: rate });
    await host.reset();
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
        make('button', { part: 'smaller-rate', type: 'button', class: 'primary', onclick: () => attempt(smallerRate()) }, action),
      );
    },
  };
}
