/**
 * The gate film: what the gates and the states of an LSTM do at every row of the digit at hand.
 *
 * Every map has a row for each of the digit's rows and a column for each hidden unit; they share the order of
 * the units, so that a unit can be followed from map to map.
 *
 * @module
 */

import { make, section } from './dom.js';
import { heatmap } from './heatmap.js';
import { digitCanvas, drawDigit } from './pixels.js';
import { Question } from './question.js';
import { numbers } from './table.js';

/** @import {Context, Part, Reading} from './parts.js' */
/** @import {Inspection} from '../worker/protocol.js' */
/** @import {TextKey} from '../texts/index.js' */

const ROWS = 28;
/** While it trains, the digit is looked into again this often, in milliseconds. */
const AGAIN = 800;

/** In the order of the protocol's gates, then the states. */
const MAPS = /** @type {const} */ (['input', 'forget', 'cell', 'output', 'c', 'h']);

/** @typedef {typeof MAPS[number]} Map */

/** Those that an RNN has. @type {Map[]} */
const OF_RNN = ['h'];
/** Those that may be negative. @type {Map[]} */
const SIGNED = ['cell', 'c', 'h'];

/**
 * @param {Context} context
 * @returns {Part}
 */
export function gateFilm({ host, text, language, attempt }) {
  const fixed = new Intl.NumberFormat(language, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: 'negative',
  });
  const name = make('p', { part: 'gates-name' });
  const previous = make(
    'button',
    {
      part: 'gates-previous',
      type: 'button',
      'aria-label': text('tape-previous'),
      title: text('tape-previous'),
      onclick: () => turn(-1),
    },
    '\u2039',
  );
  const next = make(
    'button',
    {
      part: 'gates-next',
      type: 'button',
      'aria-label': text('tape-next'),
      title: text('tape-next'),
      onclick: () => turn(1),
    },
    '\u203a',
  );
  const own = make(
    'button',
    { part: 'gates-drawing', type: 'button', hidden: true, onclick: back },
    text('tape-own'),
  );
  const digit = digitCanvas(text('sees-alt'));
  const maps = MAPS.map((map) => {
    const picture = heatmap({ part: `gates-${map}` });
    const mark = make('span', { class: 'mark-row' });
    const column = make('span', { class: 'mark-unit' });
    const most = make('span', { class: 'most' });
    const cell = make(
      'div',
      { class: 'film-map' },
      make('h4', {}, text(/** @type {TextKey} */ (`gates-${map}`)), most),
      make('div', { class: 'film-frame' }, picture.element, mark, column),
    );
    picture.element.setAttribute('aria-label', text(/** @type {TextKey} */ (`gates-${map}`)));
    for (const type of /** @type {const} */ (['pointermove', 'pointerdown']))
      picture.element.addEventListener(type, (event) => point(event, picture.element));
    return { map, picture, mark, column, most, cell };
  });
  const option = (/** @type {string} */ value, /** @type {string} */ words) =>
    make('option', { value }, words);
  const shows = make(
    'select',
    { part: 'gates-show', onchange: changed },
    option('all', text('gates-all')),
    ...MAPS.map((map) => option(map, text(/** @type {TextKey} */ (`gates-${map}`)))),
  );
  const sorts = make(
    'select',
    { part: 'gates-sort', onchange: changed },
    option('none', text('gates-sort-none')),
    option('peak', text('gates-sort-peak')),
  );
  const rowRange = make('input', {
    part: 'gates-row',
    type: 'range',
    min: 1,
    max: ROWS,
    value: 14,
    oninput: () => read(rowRange.valueAsNumber - 1, place),
  });
  const unitRange = make('input', {
    part: 'gates-unit',
    type: 'range',
    min: 1,
    max: 1,
    value: 1,
    oninput: () => read(row, unitRange.valueAsNumber - 1),
  });
  const says = make('p', { part: 'gates-says', class: 'note' });
  const sorted = make('p', { class: 'note', part: 'gates-sorted' });
  const none = make('p', { class: 'note', part: 'gates-none', hidden: true }, text('gates-none'));
  const table = numbers(text, text('gates'), () => ({
    head: [
      text('gates-unit'),
      ...present().map((map) => text(/** @type {TextKey} */ (`gates-${map}`))),
    ],
    rows: seen
      ? Array.from({ length: seen.hiddenSize }, (_, unit) => [
          unit + 1,
          ...present().map((map) => fixed.format(value(map, row, unit))),
        ])
      : [],
  }));

  /** @type {Reading | null} */
  let drawing = null;
  /** Which test image; null: the drawing. @type {number | null} */
  let index = 0;
  /** @type {Inspection | null} */
  let seen = null;
  /** The units in the order of the columns. @type {number[]} */
  let order = [];
  let row = 13;
  /** The column that is read out. */
  let place = 0;
  let dirty = true;
  const question = new Question(host, AGAIN, ask);
  drawDigit(digit, null);

  function changed() {
    dirty = true;
    host.needsFrame();
  }

  function again() {
    question.changed();
    changed();
  }

  /** @param {number} toRow @param {number} toPlace */
  function read(toRow, toPlace) {
    [row, place] = [toRow, toPlace];
    changed();
  }

  /** @param {PointerEvent} event @param {HTMLElement} element */
  function point(event, element) {
    if (!seen) return;
    const box = element.getBoundingClientRect();
    const within = (/** @type {number} */ share, /** @type {number} */ count) =>
      Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    read(
      within((event.clientY - box.top) / box.height, ROWS),
      within((event.clientX - box.left) / box.width, seen.hiddenSize),
    );
  }

  /** @param {number} by */
  function turn(by) {
    const count = host.state.data?.test ?? 1;
    index = ((index ?? -by) + by + count) % count;
    again();
  }

  function back() {
    index = null;
    again();
  }

  const present = () => (seen && seen.gates.length === 0 ? OF_RNN : [...MAPS]);

  /** @param {Map} map @param {number} at @param {number} unit */
  function value(map, at, unit) {
    if (!seen) return 0;
    const { gates, hidden, cellState, hiddenSize: size } = seen;
    if (map === 'h') return hidden[at * size + unit];
    if (map === 'c') return cellState[at * size + unit];
    return gates[(4 * at + MAPS.indexOf(map)) * size + unit];
  }

  async function ask() {
    const [asked, drawn] = [index, drawing];
    const image = asked === null && drawn ? drawn : await host.digit('test', asked ?? 0);
    const [inspection, scan] = await Promise.all([host.inspect(image.pixels), host.scanOrder()]);
    if (asked !== index || (asked === null && drawn !== drawing)) return;
    seen = inspection;
    drawDigit(
      digit,
      Uint8Array.from(scan, (at) => image.pixels[at]),
    );
    name.textContent =
      'label' in image
        ? text(host.state.data?.synthetic ? 'tape-test-synthetic' : 'examples-alt', {
            index: image.index,
            label: image.label,
          })
        : (image.name ?? text('tape-drawing'));
    digit.setAttribute('aria-label', name.textContent);
    changed();
  }

  /** The row at which a unit's value is largest in magnitude. @param {Map} map @param {number} unit */
  function peak(map, unit) {
    let best = 0;
    for (let at = 1; at < ROWS; at += 1)
      if (Math.abs(value(map, at, unit)) > Math.abs(value(map, best, unit))) best = at;
    return best;
  }

  function tell() {
    own.hidden = !drawing || index === null;
    if (!seen) return;
    const size = seen.hiddenSize;
    const there = present();
    none.hidden = there.length > 1;
    const chosen = there.length > 1 ? /** @type {Map | 'all'} */ (shows.value) : 'h';
    shows.disabled = there.length === 1;
    /** @type {Map} */
    const by = chosen === 'all' ? 'forget' : chosen;
    order = Array.from({ length: size }, (_, unit) => unit);
    if (sorts.value === 'peak') {
      const peaks = order.map((unit) => peak(by, unit));
      order.sort((a, b) => peaks[a] - peaks[b] || a - b);
    }
    sorted.textContent =
      sorts.value === 'peak'
        ? text('gates-sorted', { map: text(/** @type {TextKey} */ (`gates-${by}`)) })
        : text('gates-unsorted');
    place = Math.min(place, size - 1);
    unitRange.max = String(size);
    unitRange.value = String(place + 1);
    rowRange.value = String(row + 1);
    for (const { map, picture, mark, column, most, cell } of maps) {
      cell.hidden = !there.includes(map) || (chosen !== 'all' && chosen !== map);
      if (cell.hidden) continue;
      const signed = SIGNED.includes(map);
      let largest = 1;
      const values = new Float32Array(ROWS * size);
      for (let at = 0; at < ROWS; at += 1)
        for (let k = 0; k < size; k += 1) values[at * size + k] = value(map, at, order[k]);
      if (map === 'c')
        largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
      picture.show({ values, rows: ROWS, columns: size, most: largest, signed });
      most.textContent = signed
        ? text('gates-signed', { most: map === 'c' ? fixed.format(largest) : '1' })
        : text('gates-unit-range');
      most.className = signed ? 'most signed' : 'most';
      mark.style.insetBlockStart = `${(100 * row) / ROWS}%`;
      column.style.insetInlineStart = `${(100 * place) / size}%`;
      column.style.inlineSize = `${100 / size}%`;
      picture.element.setAttribute(
        'aria-label',
        text('gates-alt', {
          map: text(/** @type {TextKey} */ (`gates-${map}`)),
          digit: name.textContent ?? '',
          units: size,
        }),
      );
    }
    film.classList.toggle('single', chosen !== 'all');
    const unit = order[place];
    const values = there
      .filter((map) => chosen === 'all' || map === chosen)
      .map(
        (map) =>
          `${text(/** @type {TextKey} */ (`gates-${map}`))} ${fixed.format(value(map, row, unit))}`,
      );
    const words = text('gates-says', {
      row: row + 1,
      unit: unit + 1,
      values: values.join(text('tape-comma')),
    });
    says.textContent = words;
    rowRange.setAttribute('aria-valuetext', words);
    unitRange.setAttribute('aria-valuetext', words);
    table.changed();
  }

  /** @param {number} digit the first test image of it */
  async function find(digit) {
    const count = host.state.data?.test ?? 1;
    for (let at = 0; at < count; at += 1)
      if ((await host.digit('test', at)).label === digit) return at;
    return 0;
  }

  const film = make(
    'div',
    { class: 'film' },
    make(
      'div',
      { class: 'film-map film-digit' },
      make('h4', {}, text('gates-digit')),
      make('div', { class: 'film-frame' }, digit),
    ),
    ...maps.map(({ cell }) => cell),
  );
  return {
    element: section(
      'gates',
      text('gates'),
      make(
        'div',
        { class: 'figure-bar' },
        make('label', {}, make('span', {}, text('gates-show')), shows),
        make('label', {}, make('span', {}, text('gates-sort')), sorts),
        make('div', { class: 'tape-name' }, name, previous, next),
        own,
      ),
      none,
      film,
      make(
        'p',
        { class: 'key' },
        '0',
        make('span', { class: 'ramp' }),
        '1',
        make('span', { class: 'gap' }),
        '\u2212',
        make('span', { class: 'ramp signed' }),
        '+',
        make('span', { class: 'gap' }),
        text('gates-key'),
      ),
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
    drawingRead(reading) {
      const other =
        reading?.pixels.some((value, k) => value !== drawing?.pixels[k]) ?? drawing !== null;
      drawing = reading;
      if (other) index = reading ? null : (index ?? 0);
      if (other || index === null) again();
    },
    state(state) {
      question.state(state);
      question.outdated();
    },
    ready: () => question.ready(),
    figure({ digit: wanted, show, sort }) {
      if (show !== undefined) shows.value = String(show);
      if (sort !== undefined) sorts.value = String(sort);
      changed();
      if (wanted === undefined) return;
      attempt(
        find(/** @type {number} */ (wanted)).then((found) => {
          index = found;
          again();
        }),
      );
    },
    draw() {
      if (!film.clientWidth) return;
      question.draw();
      if (dirty) {
        dirty = false;
        tell();
      }
      for (const { picture, cell } of maps) if (!cell.hidden) picture.draw();
    },
  };
}
