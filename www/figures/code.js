/**
 * Code beside the curve: the lesson as a program in PyTorch and in Burn, with the constants of the
 * run at hand. What differs from the tutorial's program is marked.
 *
 * @module
 */

import { beginningOf } from '../lessons/beginning.js';
import { PACE } from '../lessons/manifest.js';
import { toClipboard } from '../lesson/clipboard.js';
import { make, plainSection, write } from '../lesson/dom.js';
import { listing } from './code/listing.js';
import { LANGUAGES } from './code/program.js';
import { refuseUnknown, refuseValue } from './figure.js';

/** @import {Context, Figure} from './figure.js' */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function code(context) {
  const { host, run, lesson, manifest, text, language } = context;
  const { programs, settings, seed: tutorialSeed } = manifest;
  const tutorial = beginningOf(lesson);
  const view = run.view('code', { open: /** @type {boolean | null} */ (null), shown: 0 });
  const panels = programs.map(({ language, note, write }, k) => {
    const { title } = LANGUAGES[language];
    const tab = make(
      'button',
      {
        id: `tab-${language}`,
        role: 'tab',
        type: 'button',
        'aria-controls': `panel-${language}`,
        onclick: () => choose(k),
      },
      title,
    );
    const listed = make('pre', {
      tabindex: '0',
      role: 'group',
      'aria-label': text('code-program', { language: title }),
    });
    const panel = make(
      'div',
      { id: `panel-${language}`, role: 'tabpanel', 'aria-labelledby': `tab-${language}` },
      listed,
      make('p', { class: 'note' }, text(note)),
    );
    return { language, write, tab, listed, panel, program: '' };
  });
  const tabs = make(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': text('code-tabs'), onkeydown },
    ...panels.map(({ tab }) => tab),
  );
  const copied = make('span', { class: 'note' });
  const copyButton = make('button', { part: 'copy', type: 'button', onclick: copy }, text('copy'));
  const differs = make('p', { class: 'note' });
  const details = make(
    'details',
    {
      open: view.open ?? false,
      ontoggle: () => {
        view.open = details.open;
      },
    },
    make('summary', {}, make('h3', {}, text('code'))),
    differs,
    make('div', { class: 'code-bar' }, tabs, copied, copyButton),
    ...panels.map(({ panel }) => panel),
  );
  const changed = run.watch('state');
  /** Whether somebody has just asked for a program. */
  let shown = false;

  /** @param {number} which */
  function choose(which) {
    view.shown = which;
    write(copied, '');
    panels.forEach(({ tab, panel }, k) => {
      tab.setAttribute('aria-selected', String(k === which));
      tab.tabIndex = k === which ? 0 : -1;
      panel.hidden = k !== which;
    });
  }

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    const last = panels.length - 1;
    /** @type {Record<string, number>} */
    const goals = {
      ArrowLeft: view.shown === 0 ? last : view.shown - 1,
      ArrowRight: view.shown === last ? 0 : view.shown + 1,
      Home: 0,
      End: last,
    };
    const goal = goals[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    choose(goal);
    panels[goal]?.tab.focus();
  }

  async function copy() {
    const panel = panels[view.shown];
    if (!panel) return;
    write(copied, '');
    const isCopied = await toClipboard(panel.program);
    if (!isCopied) getSelection()?.selectAllChildren(panel.listed);
    write(copied, text(isCopied ? 'copied' : 'copy-selected'));
    host.announce(copied.textContent ?? '');
  }

  function update() {
    if (!run.state) return;
    const { options, seed } = run.state;
    for (const panel of panels) {
      const program = panel.write(options, seed);
      if (program === panel.program) continue;
      panel.program = program;
      const original = panel.write(tutorial, tutorialSeed);
      panel.listed.replaceChildren(...listing(panel.language, program, original));
      write(copied, '');
    }
    const names = settings
      .filter(({ name }) => !PACE.has(name) && options[name] !== tutorial[name])
      .map(({ name }) => text(name));
    if (seed !== tutorialSeed) names.push(text('seed'));
    const list = new Intl.ListFormat(language).format(names);
    write(differs, names.length > 0 ? text('code-differs', { names: list }) : text('code-same'));
  }

  /** The first line that differs, to where one looks. */
  function lookAtMark() {
    const listed = panels[view.shown]?.listed;
    const mark = listed?.querySelector('mark');
    if (!listed) return;
    listed.scrollTop = mark ? mark.offsetTop - listed.offsetTop - listed.clientHeight / 3 : 0;
  }

  choose(view.shown);
  return {
    still: true,
    quiet: true,
    element: plainSection('code', details),
    unfold() {
      details.open = view.open ?? true;
    },
    show(what) {
      refuseUnknown('code', what, 'language');
      details.open = true;
      if (what.language === undefined) return;
      const which = panels.findIndex(({ language }) => language === what.language);
      const names = panels.map(({ language }) => language).join(', ');
      refuseValue('language', what.language, which >= 0, `one of ${names}`);
      choose(which);
      shown = true;
      host.needsFrame();
    },
    draw() {
      if (changed()) update();
      if (shown) lookAtMark();
      shown = false;
    },
  };
}
