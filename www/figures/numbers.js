/**
 * A picture's numbers as a table, for those who do not see the picture or want to know exactly.
 *
 * @module
 */

import { make } from '../lesson/dom.js';

/** @import {Context} from './figure.js' */

/** `head` are the columns' names; the first cell of every row is its name. @typedef {{head: string[], rows: Array<Array<string | number>>}} Numbers */

/**
 * A table behind a line that opens it; it is filled while open, and stays open over a rebuild.
 *
 * @param {Pick<Context, 'text' | 'run'>} context
 * @param {string} name   a name of its own, for what is remembered
 * @param {string} title  what the table is of
 * @param {() => Numbers} read
 */
export function numbers({ text, run }, name, title, read) {
  const view = run.view(`numbers ${name}`, { open: false });
  const table = make('table', { 'aria-label': title });
  const element = make(
    'details',
    { class: 'numbers', open: view.open, ontoggle: toggled },
    make('summary', {}, text('as-table')),
    make('div', { class: 'table', tabindex: '0', role: 'group', 'aria-label': title }, table),
  );

  function toggled() {
    view.open = element.open;
    fill();
  }

  function fill() {
    if (!element.open) return;
    const { head, rows } = read();
    const top = make('tr', {}, ...head.map((name) => make('th', { scope: 'col' }, name)));
    const body = rows.map(([name, ...values]) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, String(name)),
        ...values.map((value) => make('td', {}, String(value))),
      ),
    );
    table.replaceChildren(make('thead', {}, top), make('tbody', {}, ...body));
  }

  return { element, /** What it shows has changed. */ changed: fill };
}
