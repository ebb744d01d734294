/**
 * A picture's numbers as a table, for those who do not see the picture or want to know exactly, and as a file.
 *
 * @module
 */

import { make } from '../lesson/dom.js';
import { download } from '../lesson/download.js';

/** @import {Context} from './figure.js' */

/** What a table shows where there is no value. */
export const NONE = '\u2013';

/** `head` are the columns' names; the first cell of every row is its name. @typedef {{head: string[], rows: Array<Array<number | null>>}} Numbers */

/** Significant digits of a number in a file: as many as an f32 has. */
const SIGNIFICANT = 7;

/**
 * A table behind a line that opens it; it is filled while open, and stays open over a rebuild.
 *
 * @param {Pick<Context, 'text' | 'run'>} context
 * @param {string} name   a name of its own, for what is remembered
 * @param {string} title  what the table is of
 * @param {(value: number) => string} format  of the table's cells; the file has the numbers themselves
 * @param {() => Numbers} read
 * @param {() => Numbers} [readAll]  for the file, where the table shows only some of the rows
 */
export function numbers({ text, run }, name, title, format, read, readAll = read) {
  const view = run.view(`numbers ${name}`, { open: false });
  const table = make('table', { 'aria-label': title });
  const element = make(
    'details',
    { class: 'numbers', open: view.open, ontoggle: toggled },
    make('summary', {}, text('as-table')),
    make('div', { class: 'table', tabindex: '0', role: 'group', 'aria-label': title }, table),
    make(
      'button',
      { part: `${name}-csv`, type: 'button', class: 'plain', onclick: save },
      text('save-csv'),
    ),
  );

  function save() {
    const { head, rows } = readAll();
    const lines = [head.map(quoted), ...rows.map((row) => row.map(plain))];
    // Spreadsheets take it for UTF-8 by its mark.
    download(
      `\uFEFF${lines.map((line) => line.join(',')).join('\r\n')}\r\n`,
      `unroll-${name}.csv`,
      'text/csv',
    );
  }

  /** @param {number | null | undefined} value */
  function shown(value) {
    return isThere(value) ? format(value) : NONE;
  }

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
        make('th', { scope: 'row' }, Number.isInteger(name) ? String(name) : shown(name)),
        ...values.map((value) => make('td', {}, shown(value))),
      ),
    );
    table.replaceChildren(make('thead', {}, top), make('tbody', {}, ...body));
  }

  return { element, /** What it shows has changed. */ changed: fill };
}

/** A column's name in a file of comma-separated values, as RFC 4180 has it. @param {string} words */
function quoted(words) {
  return /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
}

/** A number as programs read it, in whatever language. @param {number | null} value */
function plain(value) {
  return isThere(value) ? String(Number(value.toPrecision(SIGNIFICANT))) : '';
}

/** @param {number | null | undefined} value @returns {value is number} */
function isThere(value) {
  return value !== null && value !== undefined && !Number.isNaN(value);
}
