/**
 * What the gates and the states of an LSTM or a GRU do at every row of the digit at hand.
 *
 * Every map has a row for each of the digit's rows and a column for each hidden unit; they share the order of
 * the units, so that a unit can be followed from map to map.
 *
 * @module
 */

import { ROWS } from '../canvas/beliefs.js';
import { digitPicture } from '../canvas/digit.js';
import { heatmap } from '../canvas/heatmap.js';
import { MINUS, decimals } from '../canvas/notation.js';
import { seenBox } from '../canvas/seen.js';
import { make, section, write } from '../lesson/dom.js';
import { GATES, cellOf, isGate } from './cell-parts.js';
import { choiceOf, firstOf, refuseUnknown, testCount, wholeOf } from './figure.js';
import { LookedAt } from './looked-at.js';
import { numbers } from './numbers.js';
import { Question } from './question.js';

/** @import {Inspection, Options} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */
/** @import {TextKey} from '../texts/index.js' */

/** While it trains, the digit is looked into again this often, in milliseconds. */
const AGAIN = 800;

const MAPS = /** @type {const} */ ([
  ...['input', 'forget', 'cell', 'output'],
  ...['reset', 'update', 'new'],
  ...['c', 'h'],
]);
const SHOWN = /** @type {const} */ (['all', ...MAPS]);
const SORTED = /** @type {const} */ (['none', 'peak']);

/** @typedef {typeof MAPS[number]} Map */

/** Those that each cell has: its gates in the protocol's order, then its states. @type {Record<Options['cell'], readonly Map[]>} */
const OF_CELL = {
  rnn: ['h'],
  lstm: [...GATES.lstm, 'c', 'h'],
  gru: [...GATES.gru, 'h'],
};
/** The gate by whose peaks units are sorted if all maps are shown: what it lets through is kept. @type {Record<keyof typeof OF_CELL, Map>} */
const KEEPS = { rnn: 'h', lstm: 'forget', gru: 'update' };

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function gates(context) {
  const { host, run, text, language, signal } = context;
  const view = run.view('gates', {
    /** null: the one that says what is kept. */
    show: /** @type {typeof SHOWN[number] | null} */ (null),
    sort: /** @type {typeof SORTED[number]} */ ('peak'),
    /** What is read out. */
    row: 13,
    unit: 0,
    /** The last answer, and the digit as it was read. */
    seen: /** @type {Inspection | null} */ (null),
    digit: /** @type {Uint8Array | null} */ (null),
  });
  const fixed = decimals(language, 2);
  const called = (/** @type {Map} */ map) => text(/** @type {TextKey} */ (`gates-${map}`));
  const looked = new LookedAt(context, 'gates', () => {
    question.changed();
    again();
  });
  const digit = digitPicture({ 'aria-label': text('sees-alt') });
  const maps = MAPS.map((map) => {
    const picture = heatmap(context, { part: `gates-${map}` });
    const row = make('span', { class: 'mark-row' });
    const column = make('span', { class: 'mark-unit' });
    const most = make('span', { class: 'most' });
    const cell = make(
      'div',
      { class: 'film-map' },
      make('h4', {}, called(map), most),
      make('div', { class: 'film-frame' }, picture.element, row, column),
    );
    picture.element.setAttribute('aria-label', called(map));
    for (const type of /** @type {const} */ (['pointermove', 'pointerdown']))
      picture.element.addEventListener(type, (event) => point(event, picture.element), { signal });
    picture.element.addEventListener('pointerleave', leave, { signal });
    return { map, picture, row, column, most, cell };
  });
  const option = (/** @type {string} */ value, /** @type {string} */ words) =>
    make('option', { value }, words);
  const shows = make('select', {
    part: 'gates-show',
    onchange: () => choose({ show: choiceOf('show', shows.value, SHOWN) }),
  });
  const sorts = make(
    'select',
    {
      part: 'gates-sort',
      onchange: () => choose({ sort: choiceOf('sort', sorts.value, SORTED) }),
    },
    ...SORTED.map((sort) => option(sort, text(`gates-sort-${sort}`))),
  );
  const rowRange = make('input', {
    part: 'gates-row',
    type: 'range',
    min: 1,
    max: ROWS,
    value: view.row + 1,
    oninput: () => choose({ row: rowRange.valueAsNumber - 1 }),
  });
  const unitRange = make('input', {
    part: 'gates-unit',
    type: 'range',
    min: 1,
    max: 1,
    value: 1,
    oninput: () => choose({ unit: order()[unitRange.valueAsNumber - 1] ?? 0 }),
  });
  const says = make('p', { part: 'gates-says', class: 'note' });
  const sorted = make('p', { class: 'note', part: 'gates-sorted' });
  const lacks = make('p', { class: 'note', part: 'gates-lacks' });
  const table = numbers(context, 'gates', text('gates'), fixed, () => ({
    head: [text('gates-unit'), ...present().map(called)],
    rows: Array.from({ length: view.seen?.hiddenSize ?? 0 }, (_, unit) => [
      unit + 1,
      ...present().map((map) => value(map, view.row, unit)),
    ]),
  }));

  let dirty = true;
  /** What the pointer is over. @type {{row: number, unit: number} | null} */
  let pointed = null;
  /** The maps to choose from. @type {readonly Map[] | null} */
  let offered = null;
  const question = new Question(context, AGAIN, ask);
  const trained = run.watch('state', 'losses', 'fresh');
  const read = run.watch('reading', 'serves');

  function again() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {Partial<typeof view>} what */
  function choose(what) {
    pointed = null;
    Object.assign(view, what);
    again();
  }

  /** What is pointed at is read out until the pointer leaves; what is pressed stays. @param {PointerEvent} event @param {HTMLElement} element */
  function point(event, element) {
    const { seen } = view;
    if (!seen) return;
    const box = seenBox(element, context.theme.zoom);
    const within = (/** @type {number} */ share, /** @type {number} */ count) =>
      Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    pointed = {
      row: within((event.clientY - box.top) / box.height, ROWS),
      unit: order()[within((event.clientX - box.left) / box.width, seen.hiddenSize)] ?? 0,
    };
    if (event.buttons > 0) Object.assign(view, pointed);
    again();
  }

  function leave() {
    pointed = null;
    again();
  }

  /** The cell that was looked into. */
  const kind = () => (view.seen ? cellOf(view.seen) : 'lstm');

  const present = () => OF_CELL[kind()];

  /** @param {Map} map @param {number} row @param {number} unit */
  function value(map, row, unit) {
    if (!view.seen) return 0;
    const { gates, hidden, cellState, hiddenSize: size } = view.seen;
    if (map === 'h') return hidden[row * size + unit] ?? 0;
    if (map === 'c') return cellState[row * size + unit] ?? 0;
    const perRow = gates.length / ROWS;
    return gates[row * perRow + present().indexOf(map) * size + unit] ?? 0;
  }

  async function ask() {
    const { key } = looked;
    const image = await looked.image();
    if (!image) return;
    const [inspection, order] = await Promise.all([host.inspect(image.pixels), host.scanOrder()]);
    if (key !== looked.key) return;
    view.seen = inspection;
    view.digit = Uint8Array.from(order, (at) => image.pixels[at] ?? 0);
    looked.label(image);
    dirty = true;
  }

  /** The row at which a unit's value is largest in magnitude. @param {Map} map @param {number} unit */
  function peak(map, unit) {
    let best = 0;
    for (let row = 1; row < ROWS; row += 1)
      if (Math.abs(value(map, row, unit)) > Math.abs(value(map, best, unit))) best = row;
    return best;
  }

  /** What was chosen of those that there are. */
  function shown() {
    const wanted = view.show ?? KEEPS[kind()];
    return present().includes(/** @type {Map} */ (wanted)) ? wanted : 'all';
  }

  /** What is shown: where there is one map, that. */
  const chosen = () => (present().length > 1 ? shown() : 'h');

  /** The map that units are sorted by. @returns {Map} */
  function sortedBy() {
    const map = chosen();
    return map === 'all' ? KEEPS[kind()] : map;
  }

  /** The units, column by column. Not kept: what it depends on may have changed since the last frame. */
  const order = () => columns(view.seen?.hiddenSize ?? 0, sortedBy());

  /** The units in the order of the columns. @param {number} size @param {Map} by */
  function columns(size, by) {
    const units = Array.from({ length: size }, (_, unit) => unit);
    if (view.sort === 'none') return units;
    const peaks = units.map((unit) => peak(by, unit));
    return units.sort((a, b) => (peaks[a] ?? 0) - (peaks[b] ?? 0) || a - b);
  }

  /** @param {typeof maps[number]} one @param {number[]} order @param {number} at  the row that is read out @param {number} place  the unit's */
  function updateMap({ map, picture, row, column, most }, order, at, place) {
    const size = order.length;
    const signed = !isGate(map);
    const values = new Float32Array(ROWS * size);
    for (let each = 0; each < ROWS; each += 1)
      for (const [k, unit] of order.entries()) values[each * size + k] = value(map, each, unit);
    // Only the cell state has no bound.
    const largest =
      map === 'c' ? values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6) : 1;
    picture.show({ values, rows: ROWS, columns: size, most: largest, signed });
    write(
      most,
      signed
        ? text('gates-signed', { most: map === 'c' ? fixed(largest) : '1' })
        : text('gates-unit-range'),
    );
    most.className = signed ? 'most signed' : 'most';
    row.style.insetBlockStart = `${(100 * at) / ROWS}%`;
    column.style.insetInlineStart = `${(100 * place) / size}%`;
    column.style.inlineSize = `${100 / size}%`;
    picture.element.setAttribute(
      'aria-label',
      text('gates-alt', { map: called(map), digit: looked.name.textContent ?? '', units: size }),
    );
  }

  /** What there is to choose from. @param {readonly Map[]} there */
  function offer(there) {
    if (offered === there) return;
    offered = there;
    shows.replaceChildren(
      option('all', text('gates-all')),
      ...there.map((map) => option(map, called(map))),
    );
  }

  function update() {
    const there = present();
    offer(there);
    shows.value = shown();
    sorts.value = view.sort;
    const map = chosen();
    for (const one of maps)
      one.cell.hidden = !there.includes(one.map) || (map !== 'all' && map !== one.map);
    film.classList.toggle('single', map !== 'all');
    if (!view.seen) return;
    digit.show(view.digit);
    digit.describe(looked.name.textContent ?? '');
    const size = view.seen.hiddenSize;
    const cell = kind();
    const by = sortedBy();
    const units = order();
    const at = pointed ?? view;
    const { row } = at;
    const unit = Math.min(at.unit, size - 1);
    const place = units.indexOf(unit);
    lacks.hidden = cell === 'lstm';
    write(lacks, cell === 'lstm' ? '' : text(`gates-lacks-${cell}`));
    shows.disabled = there.length === 1;
    write(
      sorted,
      view.sort === 'peak' ? text('gates-sorted', { map: called(by) }) : text('gates-unsorted'),
    );
    unitRange.max = String(size);
    unitRange.value = String(place + 1);
    rowRange.value = String(row + 1);
    for (const one of maps) if (!one.cell.hidden) updateMap(one, units, row, place);
    const shownMaps = maps.filter((one) => !one.cell.hidden);
    ofGates.hidden = !shownMaps.some((one) => isGate(one.map));
    ofStates.hidden = shownMaps.every((one) => isGate(one.map));
    const values = there
      .filter((one) => map === 'all' || one === map)
      .map((map) => `${called(map)} ${fixed(value(map, row, unit))}`);
    const words = text('gates-says', {
      row: row + 1,
      unit: unit + 1,
      values: values.join(text('comma')),
    });
    write(says, words);
    rowRange.setAttribute('aria-valuetext', words);
    unitRange.setAttribute('aria-valuetext', words);
    table.changed();
  }

  const film = make(
    'div',
    { class: 'film' },
    make(
      'div',
      { class: 'film-map film-digit' },
      make('h4', {}, text('gates-digit')),
      make('div', { class: 'film-frame' }, digit.element),
    ),
    ...maps.map(({ cell }) => cell),
  );
  const ofGates = make('span', {}, '0', make('span', { class: 'ramp' }), '1');
  const ofStates = make('span', {}, MINUS, make('span', { class: 'ramp signed' }), '+');
  const key = make('p', { class: 'key' }, ofGates, ofStates, text('gates-key'));
  return {
    element: section(
      'gates',
      text('gates'),
      make(
        'div',
        { class: 'figure-bar' },
        make('label', {}, make('span', {}, text('gates-show')), shows),
        make('label', {}, make('span', {}, text('gates-sort')), sorts),
        make('div', { class: 'tape-name' }, looked.name, looked.previous, looked.next),
        looked.back,
      ),
      lacks,
      film,
      key,
      make(
        'div',
        { class: 'knobs' },
        make('label', { class: 'knob' }, make('span', {}, text('gates-row')), rowRange),
        make('label', { class: 'knob' }, make('span', {}, text('gates-place')), unitRange),
      ),
      says,
      sorted,
      table.element,
    ),
    async show(what) {
      refuseUnknown('gates', what, 'digit', 'index', 'show', 'sort', 'row', 'unit');
      const { digit, index, show, sort, row, unit } = what;
      if (show !== undefined) choose({ show: choiceOf('show', show, SHOWN) });
      if (sort !== undefined) choose({ sort: choiceOf('sort', sort, SORTED) });
      if (row !== undefined) choose({ row: wholeOf('row', row, 1, ROWS) - 1 });
      if (unit !== undefined) choose({ unit: wholeOf('unit', unit, 1, 256) - 1 });
      looked.notice();
      if (index !== undefined) looked.choose(wholeOf('index', index, 0, testCount(run) - 1));
      else if (digit !== undefined) looked.choose(await firstOf(context, digit));
    },
    draw() {
      looked.notice();
      if (trained()) question.outdated();
      question.draw(read());
      if (dirty) {
        dirty = false;
        update();
      }
      for (const { picture, cell } of maps) if (!cell.hidden) picture.draw();
    },
  };
}
