/**
 * A picture's numbers as a table, for those who do not see the picture or want to know exactly.
 *
 * @module
 */

import { make } from './dom.js';

/** @import {Texts} from '../texts/index.js' */

/**
 * A table behind a line that opens it; it is filled while open.
 *
 * @param {Texts} text
 * @param {string} title       what the table is of
 * @param {() => {head: string[], rows: Array<Array<string | number>>}} read  what it shows, the first of every row being its name
 */
export function numbers(text, title, read) {
  const table = make('table', { 'aria-label': title });
  const element = make(
    'details',
    { class: 'numbers', ontoggle: fill },
    make('summary', {}, text('as-table')),
    make('div', { class: 'table', tabindex: '0', role: 'group', 'aria-label': title }, table),
  );

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
