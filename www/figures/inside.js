/**
 * Inside the cell: its diagram with the numbers of one unit at one row, each part's equation, and gates that one
 * holds to see what the network would have made of the digit.
 *
 * @module
 */

import { DIGITS, ROWS, firstTwo } from '../canvas/beliefs.js';
import { tapePicture } from '../canvas/tape.js';
import { decimals } from '../canvas/notation.js';
import { make, section, write } from '../lesson/dom.js';
import { cellDiagram } from './cell-diagram.js';
import { PARTS, SYMBOLS, Unit, cellOf, equation, isGate, subscripts, sum } from './cell-parts.js';
import { choiceOf, firstOf, refuseUnknown, refuseValue, testCount, wholeOf } from './figure.js';
import { PRESETS, holdControls } from './hold.js';
import { keptBars } from './kept-bars.js';
import { LookedAt } from './looked-at.js';
import { Question } from './question.js';

/** @import {Tape} from '../canvas/tape.js' */
/** @import {Unrolled} from '../worker/protocol.js' */
/** @import {CellDiagram} from './cell-diagram.js' */
/** @import {Cell, Part} from './cell-parts.js' */
/** @import {TextKey} from '../texts/index.js' */
/** @import {Context, Figure} from './figure.js' */
/** @import {Hold, Holds} from './hold.js' */

/** While it trains, the digit is unrolled again this often, in milliseconds. */
const AGAIN = 800;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function inside(context) {
  const { host, run, text, language } = context;
  const view = run.view('inside', {
    part: /** @type {Part} */ ('forget'),
    row: 13,
    unit: 0,
    held: /** @type {Holds} */ ({}),
    /** The last answers: as the network is, and with the gates held, if any are. */
    free: /** @type {Unrolled | null} */ (null),
    with: /** @type {Unrolled | null} */ (null),
    digit: /** @type {Uint8Array | null} */ (null),
    holds: /** @type {Holds} */ ({}),
    /** Of the test image, if it is one. */
    index: /** @type {number | null} */ (null),
  });
  const written = decimals(language, 2);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const looked = new LookedAt(context, 'inside', () => {
    question.changed();
    again();
  });
  const frame = make('div', { class: 'cell-frame' });
  const parts = make('div', { class: 'buttons chips', role: 'group' });
  parts.setAttribute('aria-label', text('inside-parts'));
  const about = make('p', { part: 'inside-about' });
  const formula = make('code', { part: 'inside-formula', class: 'formula' });
  const numbers = make('code', { part: 'inside-numbers', class: 'formula' });
  const lacks = make('p', { class: 'note' }, text('inside-lacks'));
  const maps = make(
    'button',
    { part: 'inside-maps', type: 'button', class: 'plain', onclick: showMaps },
    text('inside-maps'),
  );
  const next = make(
    'button',
    { part: 'inside-go-on', type: 'button', class: 'plain', onclick: goOn },
    text('inside-next'),
  );
  const rowRange = make('input', {
    part: 'inside-row',
    type: 'range',
    min: 1,
    max: ROWS,
    value: view.row + 1,
    oninput: () => choose({ row: rowRange.valueAsNumber - 1 }),
  });
  const unitRange = make('input', {
    part: 'inside-unit',
    type: 'range',
    min: 1,
    max: 64,
    value: view.unit + 1,
    oninput: () => choose({ unit: unitRange.valueAsNumber - 1 }),
  });
  const rowWords = make('span', { class: 'where' });
  const unitWords = make('span', { class: 'where' });
  const controls = holdControls(text, {
    hold(gate, hold) {
      const { [gate]: _, ...others } = view.held;
      holdAll(hold ? { ...others, [gate]: hold } : others);
    },
    replace(holds) {
      const [gate] = /** @type {Part[]} */ (Object.keys(holds));
      if (gate) view.part = gate;
      holdAll(holds);
    },
  });
  const tape = tapePicture(context, {
    hover: () => {},
    pick: (row) => choose({ row }),
  });
  tape.element.setAttribute('part', 'inside-tape');
  tape.element.setAttribute('aria-label', text('belief-tape'));
  const verdict = make('p', { part: 'inside-verdict', class: 'tape-decided' });
  const instead = make('p', { part: 'inside-instead', class: 'note' });
  const kept = keptBars(context, { pick: (row) => choose({ row }) });
  const keptWords = make('p', { part: 'inside-kept', class: 'note' });
  const pathTitle = make('h4', {}, text('inside-path', { symbol: 'c', unit: view.unit + 1 }));
  const path = make('div', { class: 'cell-path' }, pathTitle, kept.element, keptWords);
  kept.element.setAttribute('aria-label', pathTitle.textContent ?? '');

  /** @type {CellDiagram | null} */
  let diagram = null;
  let dirty = true;
  /** What was held when its reading was said last. */
  let told = view.held;
  const question = new Question(context, AGAIN, ask);
  const trained = run.watch('state', 'losses', 'fresh');
  const read = run.watch('reading', 'serves');

  function again() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {Partial<Pick<typeof view, 'part' | 'row' | 'unit'>>} what */
  function choose(what) {
    Object.assign(view, what);
    again();
  }

  /** @param {Holds} held */
  function holdAll(held) {
    view.held = held;
    question.changed();
    again();
  }

  async function ask() {
    const { held } = view;
    const { key } = looked;
    const image = await looked.image();
    if (!image) return;
    const [free, order] = await Promise.all([host.unroll(image.pixels), host.scanOrder()]);
    // Another cell has other gates: what cannot be held any more is let go.
    const known = PARTS[cellOf(free)];
    const there = Object.entries(held).filter(([gate]) =>
      known.includes(/** @type {Part} */ (gate)),
    );
    const list = there.map(([gate, hold]) => ({ gate, ...hold }));
    const other = there.length > 0 ? await host.unroll(image.pixels, { held: list }) : null;
    if (key !== looked.key || held !== view.held) return;
    view.free = free;
    view.with = other;
    view.held = view.holds = Object.fromEntries(there);
    view.digit = Uint8Array.from(order, (at) => image.pixels[at] ?? 0);
    view.index = image.test?.index ?? null;
    looked.label(image);
    dirty = true;
    if (held !== told) host.announce(text('inside-reads', firsts(other ?? free)));
    told = view.held;
  }

  /** The next part, and after the last one the next row. */
  function goOn() {
    if (!view.free) return;
    const order = PARTS[cellOf(view.free)];
    const at = order.indexOf(view.part) + 1;
    const [first = 'h'] = order;
    if (at < order.length) choose({ part: order[at] ?? first });
    else choose({ part: first, row: (view.row + 1) % ROWS });
  }

  function showMaps() {
    const { part: show, row, unit, index } = view;
    const digit = index === null ? {} : { index };
    context.attempt(host.figure('gates', { show, row: row + 1, unit: unit + 1, ...digit }));
  }

  /** @param {Cell} cell */
  function build(cell) {
    diagram = cellDiagram(cell, {
      label: text(`inside-alt-${cell}`),
      pick: (part) => choose({ part }),
    });
    frame.replaceChildren(diagram.element);
    lacks.hidden = cell !== 'rnn';
    maps.hidden = path.hidden = controls.element.hidden = cell === 'rnn';
    parts.replaceChildren(
      ...PARTS[cell].map((part) =>
        make(
          'button',
          {
            part: `inside-${part}`,
            type: 'button',
            class: 'plain',
            'data-part': part,
            onclick: () => choose({ part }),
          },
          text(`gates-${part}`),
        ),
      ),
    );
  }

  /** What is held, in words. */
  function inWords() {
    const items = Object.entries(view.holds).map(([gate, { value, from, to }]) =>
      text(from === to ? 'inside-held-in' : 'inside-held', {
        gate: text(/** @type {TextKey} */ (`gates-${gate}`)),
        value,
        from: from + 1,
        to: to + 1,
      }),
    );
    return new Intl.ListFormat(language).format(items);
  }

  /** @param {Unrolled} unrolled */
  function firsts({ beliefs }) {
    const [digit] = firstTwo(beliefs, ROWS - 1);
    const probability = percent.format(beliefs[DIGITS * (ROWS - 1) + digit] ?? 0);
    return { digit, probability };
  }

  /** @param {Unrolled} free @param {Unrolled | null} other */
  function showVerdict(free, other) {
    const was = firsts(free);
    const untrained = run.state?.untrained ?? true;
    write(
      verdict,
      untrained ? text('belief-tape-undecided') : text('inside-reads', firsts(other ?? free)),
    );
    const words = { held: inWords(), digit: was.digit, probability: was.probability };
    if (cellOf(free) === 'rnn') write(instead, '');
    else if (!other) write(instead, text('inside-free'));
    else write(instead, text(untrained ? 'inside-instead-untrained' : 'inside-instead', words));
    /** @param {Unrolled} one */
    const belief = (one) => ({
      beliefs: one.beliefs,
      digit: firsts(one).digit,
      step: one.step,
      probabilities: one.beliefs.subarray(-DIGITS),
    });
    const rows = new Set(
      Object.values(view.holds).flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, k) => from + k),
      ),
    );
    /** @type {Tape} */
    const both = {
      pixels: view.digit ?? new Uint8Array(ROWS * ROWS),
      belief: belief(other ?? free),
      whole: other && belief(free),
      blank: [],
      held: [...rows].sort((a, b) => a - b),
    };
    tape.show(both, view.row, { reading: false, untrained });
    tape.element.setAttribute('aria-label', `${verdict.textContent} ${instead.textContent}`);
  }

  /** How much of the unit's state goes on along the line at the top. @param {Unrolled} shown @param {number} unit */
  function showKept(shown, unit) {
    const cell = cellOf(shown);
    if (cell === 'rnn') return;
    const gate = Array.from({ length: ROWS }, (_, row) => new Unit(shown, row, unit).kept);
    const left = new Float32Array(ROWS).fill(1);
    for (let row = ROWS - 2; row >= 0; row -= 1)
      left[row] = (left[row + 1] ?? 1) * (gate[row + 1] ?? 1);
    const symbol = cell === 'lstm' ? 'c' : 'h';
    const name = { unit: unit + 1, symbol, gate: SYMBOLS[cell === 'lstm' ? 'forget' : 'update'] };
    write(pathTitle, text('inside-path', name));
    kept.show(left, view.row);
    const share = percent.format(left[view.row] ?? 0);
    write(keptWords, text('inside-path-says', { ...name, row: view.row + 1, share }));
    kept.element.setAttribute('aria-label', keptWords.textContent ?? '');
  }

  function update() {
    const { free } = view;
    if (!free) return;
    const shown = view.with ?? free;
    const cell = cellOf(shown);
    if (diagram?.cell !== cell) build(cell);
    if (!PARTS[cell].includes(view.part)) view.part = PARTS[cell][0] ?? 'h';
    const { part, row } = view;
    const unitAt = Math.min(view.unit, shown.hiddenSize - 1);
    const unit = new Unit(shown, row, unitAt);
    const hold = view.holds[part];
    const isHeld = (/** @type {Part} */ one) => holds(view.holds[one], row);
    diagram?.show(unit, part, isHeld, written);
    for (const button of parts.children)
      button.setAttribute('aria-pressed', String(button.getAttribute('data-part') === part));
    write(about, text(part === 'h' ? `inside-about-h-${cell}` : `inside-about-${part}`));
    formula.replaceChildren(...subscripts(equation(cell, part, row + 1)));
    numbers.replaceChildren(
      ...subscripts(
        hold && holds(hold, row)
          ? text('inside-is-held', { symbol: SYMBOLS[part], value: hold.value })
          : sum(cell, part, unit),
      ),
    );
    rowRange.value = String(row + 1);
    write(rowWords, text('inside-row-of', { row: row + 1 }));
    unitRange.max = String(shown.hiddenSize);
    unitRange.value = String(unitAt + 1);
    write(unitWords, text('inside-unit-of', { unit: unitAt + 1, units: shown.hiddenSize }));
    rowRange.setAttribute('aria-valuetext', `${rowWords.textContent}, ${numbers.textContent}`);
    unitRange.setAttribute('aria-valuetext', `${unitWords.textContent}, ${numbers.textContent}`);
    controls.show(cell, part, isGate(part), view.held);
    showVerdict(free, view.with);
    showKept(shown, unitAt);
  }

  // As large before there is an answer as after it.
  const begins = run.state?.options.cell ?? 'lstm';
  build(begins);
  controls.show(begins, view.part, isGate(view.part), view.held);
  return {
    element: section(
      'inside',
      text('inside-title'),
      make(
        'div',
        { class: 'figure-bar' },
        make('div', { class: 'tape-name' }, looked.name, looked.previous, looked.next),
        looked.back,
      ),
      frame,
      make(
        'div',
        { class: 'cell-told' },
        parts,
        about,
        make(
          'div',
          { class: 'formulas' },
          formula,
          numbers,
          make('div', { class: 'buttons' }, next, maps),
        ),
        lacks,
      ),
      make(
        'div',
        { class: 'knobs' },
        make('label', { class: 'knob' }, make('span', {}, text('gates-row')), rowRange, rowWords),
        make(
          'label',
          { class: 'knob' },
          make('span', {}, text('gates-unit')),
          unitRange,
          unitWords,
        ),
      ),
      controls.element,
      make(
        'div',
        { class: 'cell-held' },
        make('div', { class: 'cell-side' }, verdict, instead, path),
        tape.element,
      ),
    ),
    async show(what) {
      refuseUnknown('inside', what, 'digit', 'index', 'part', 'row', 'unit', 'hold');
      const { digit, index, part, row, unit, hold } = what;
      if (part !== undefined) choose({ part: choiceOf('part', part, PARTS_OF_ALL) });
      if (row !== undefined) choose({ row: wholeOf('row', row, 1, ROWS) - 1 });
      if (unit !== undefined) choose({ unit: wholeOf('unit', unit, 1, 256) - 1 });
      if (hold !== undefined) holdAll(presetOf(run.state?.options.cell ?? 'lstm', hold));
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
      tape.draw();
      kept.draw();
    },
  };
}

const PARTS_OF_ALL = /** @type {const} */ ([
  ...['forget', 'input', 'cell', 'c', 'output', 'h'],
  ...['reset', 'update', 'new'],
]);

/** One of the cases by its name; null lets all go. @param {Cell} cell @param {unknown} name @returns {Holds} */
function presetOf(cell, name) {
  if (name === null) return {};
  const known = Object.entries(PRESETS[cell]);
  const found = known.find(([one]) => one === name)?.[1];
  const names = known.map(([one]) => one).join(', ');
  refuseValue('hold', name, found !== undefined, `null or one of ${names}`);
  return found ?? {};
}

/** @param {Hold | undefined} hold @param {number} row */
function holds(hold, row) {
  return hold !== undefined && hold.from <= row && row <= hold.to;
}
