/**
 * Code beside the curve: the lesson as a program in PyTorch and in Burn, with the constants of the
 * run at hand. What differs from the tutorial's program is marked.
 *
 * @module
 */

import { burn } from './code/burn.js';
import { listing } from './code/listing.js';
import { pytorch } from './code/pytorch.js';
import { SEED, TUTORIAL } from './code/tutorial.js';
import { make } from './dom.js';
import { SETTINGS } from './options.js';

/** @import {Context, Part} from './parts.js' */
/** @import {State} from '../worker/protocol.js' */
/** @import {TextKey} from '../texts/index.js' */

const LANGUAGES = [
  { name: /** @type {const} */ ('pytorch'), title: 'PyTorch', write: pytorch },
  { name: /** @type {const} */ ('burn'), title: 'Burn', write: burn },
];

/**
 * @param {Context} context
 * @returns {Part}
 */
export function code({ host, lesson, text, language }) {
  const programs = LANGUAGES.map(({ name, title, write }, k) => {
    const tab = make(
      'button',
      {
        id: `tab-${name}`,
        role: 'tab',
        type: 'button',
        'aria-controls': `panel-${name}`,
        onclick: () => show(k),
      },
      title,
    );
    const listed = make('pre', {
      tabindex: '0',
      role: 'group',
      'aria-label': text('code-program', { language: title }),
    });
    const note = make(
      'p',
      { class: 'note' },
      text(/** @type {TextKey} */ (`code-${name}-${lesson}`)),
    );
    const panel = make(
      'div',
      { id: `panel-${name}`, role: 'tabpanel', 'aria-labelledby': `tab-${name}` },
      listed,
      note,
    );
    return { name, write, tab, listed, panel, program: '' };
  });
  const tabs = make(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': text('code-tabs'), onkeydown },
    ...programs.map(({ tab }) => tab),
  );
  const copied = make('span', { class: 'note' });
  const copyButton = make('button', { part: 'copy', type: 'button', onclick: copy }, text('copy'));
  const differs = make('p', { class: 'note' });
  const details = make(
    'details',
    {},
    make('summary', {}, make('h3', {}, text('code'))),
    differs,
    make('div', { class: 'code-bar' }, tabs, copied, copyButton),
    ...programs.map(({ panel }) => panel),
  );
  let shown = 0;
  show(0);

  /** @param {number} which */
  function show(which) {
    shown = which;
    copied.textContent = '';
    programs.forEach(({ tab, panel }, k) => {
      tab.setAttribute('aria-selected', String(k === which));
      tab.tabIndex = k === which ? 0 : -1;
      panel.hidden = k !== which;
    });
  }

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    const last = programs.length - 1;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowLeft: shown === 0 ? last : shown - 1,
      ArrowRight: shown === last ? 0 : shown + 1,
      Home: 0,
      End: last,
    };
    if (!(event.key in goals)) return;
    event.preventDefault();
    show(goals[event.key]);
    programs[shown].tab.focus();
  }

  async function copy() {
    const { program, listed } = programs[shown];
    copied.textContent = '';
    try {
      await navigator.clipboard.writeText(program);
      copied.textContent = text('copied');
    } catch {
      // Not everywhere may a page write there: not over http, not in another site's frame.
      getSelection()?.selectAllChildren(listed);
      copied.textContent = text('copy-selected');
    }
    host.announce(copied.textContent);
  }

  /** @param {State} state */
  function state({ options, seed }) {
    const tutorial = TUTORIAL[lesson];
    for (const one of programs) {
      const program = one.write(lesson, options, seed);
      if (program === one.program) continue;
      one.program = program;
      one.listed.replaceChildren(...listing(one.name, program, one.write(lesson, tutorial, SEED)));
      copied.textContent = '';
    }
    const changed = SETTINGS.filter(({ name }) => options[name] !== tutorial[name]).map(
      ({ name }) => text(name),
    );
    if (seed !== SEED) changed.push(text('seed'));
    const names = new Intl.ListFormat(language).format(changed);
    differs.textContent = changed.length > 0 ? text('code-differs', { names }) : text('code-same');
  }

  return {
    element: make(
      'section',
      { 'data-group': 'code', part: 'code' },
      details,
      make('slot', { name: 'code' }),
    ),
    state,
    figure({ language }) {
      details.open = true;
      show(
        Math.max(
          0,
          LANGUAGES.findIndex(({ name }) => name === language),
        ),
      );
    },
  };
}
