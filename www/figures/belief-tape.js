/**
 * The belief tape: what the network would say after each of the 28 rows of a digit, and the row at
 * which it decided. It follows the drawing pad; with nothing drawn it shows a test image.
 *
 * A row can be blanked, to see from there on what the network would have believed without it. Where the
 * network reads in another order than from the top down, its rows are the 28 pixels of each time step.
 *
 * @module
 */

import { DIGITS, ROWS, decidedRow, firstTwo } from '../canvas/beliefs.js';
import { tapePicture } from '../canvas/tape.js';
import { make, section, write } from '../lesson/dom.js';
import { digitBars } from './digit-bars.js';
import { firstOf, refuseUnknown, refuseValue, testCount, wholeOf } from './figure.js';
import { lineKey } from './line-key.js';
import { LookedAt } from './looked-at.js';
import { numbers } from './numbers.js';
import { Question } from './question.js';
import { ScanLine } from './scan-line.js';

/** @import {Tape} from '../canvas/tape.js' */
/** @import {Prediction} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

/** While it trains, the digit is read again this often, in milliseconds. */
const AGAIN = 500;
/** What is drawn is read from the top once the pen has rested so long, in milliseconds. */
const RESTS = 600;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function beliefTape(context) {
  const { host, run, text, language } = context;
  const view = run.view('belief-tape', {
    /** The last row read, from 0. */
    row: ROWS - 1,
    /** Rows that are blank, from 0. */
    blank: /** @type {number[]} */ ([]),
    /** The last answer. */
    tape: /** @type {Tape | null} */ (null),
  });
  const picture = tapePicture(context, {
    hover(row) {
      hovered = row;
      scan.stop();
      again();
    },
    pick,
  });
  picture.element.setAttribute('aria-label', text('belief-tape'));
  const looked = new LookedAt(context, 'tape', () => {
    view.blank = [];
    question.changed();
    again();
  });
  const decided = make('p', { part: 'tape-decided', class: 'tape-decided' });
  const forked = make('p', { part: 'tape-forked', class: 'note' });
  const caution = make('p', { class: 'note absent' }, text('untrained'));
  const note = make('p', { part: 'tape-note', class: 'note' });
  const after = make('h4', {});
  const says = make('p', { part: 'tape-says', class: 'note' });
  const range = make('input', {
    part: 'tape-row',
    type: 'range',
    min: 1,
    max: ROWS,
    value: view.row + 1,
    // Under somebody's hand it does not move by itself.
    onfocus: () => pick(view.row),
    oninput: () => pick(range.valueAsNumber - 1),
  });
  const blank = make('button', {
    part: 'tape-blank',
    type: 'button',
    onclick: () => toggle(view.row),
  });
  const restore = make(
    'button',
    { part: 'tape-restore', type: 'button', onclick: () => erase([]) },
    text('belief-tape-restore'),
  );
  const keyDecided = lineKey('decided', text('belief-tape-key-decided'));
  const keyWhole = lineKey('outline', text('belief-tape-key-whole'));
  keyWhole.classList.add('absent');
  const bars = digitBars({ 'aria-label': text('prediction-bars') });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const table = numbers(context, 'belief-tape', text('belief-tape'), percent.format, () => ({
    head: [text('gates-row'), ...Array.from({ length: DIGITS }, (_, k) => String(k))],
    rows: Array.from({ length: view.tape ? ROWS : 0 }, (_, row) => [
      row + 1,
      ...Array.from({ length: DIGITS }, (_, k) => view.tape?.belief.beliefs[DIGITS * row + k] ?? 0),
    ]),
  }));

  /** The row pointed at. @type {number | null} */
  let hovered = null;
  /** The row that bars and slider tell of. */
  let told = view.row;
  let dirty = true;
  const scan = new ScanLine(ROWS, context.theme);
  /** The digit that the line went over last. @type {unknown} */
  let scanned = null;
  const question = new Question(context, AGAIN, ask);
  const trained = run.watch('state', 'losses', 'fresh');
  const read = run.watch('reading', 'serves');

  function again() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {number} row the last one read, from 0 */
  function pick(row) {
    // Whoever chooses a row looks at it.
    scan.stop();
    scanned = looked.key;
    view.row = row;
    range.value = String(row + 1);
    again();
  }

  /** @param {number[]} rows from 0 */
  function erase(rows) {
    view.blank = rows.toSorted((a, b) => a - b);
    question.changed();
    again();
  }

  /** @param {number} row */
  function toggle(row) {
    const others = view.blank.filter((one) => one !== row);
    erase(others.length < view.blank.length ? others : [...others, row]);
  }

  async function ask() {
    const [key, rows] = [looked.key, view.blank];
    const [image, order] = await Promise.all([looked.image(), host.scanOrder()]);
    if (!image) return;
    const pixels = image.pixels.slice();
    for (const row of rows)
      for (const pixel of order.subarray(ROWS * row, ROWS * (row + 1))) pixels[pixel] = 0;
    const [whole, belief] = await Promise.all([
      image.reading ?? host.predict(image.pixels),
      rows.length > 0 ? host.predict(pixels) : null,
    ]);
    if (key !== looked.key || rows !== view.blank) return;
    view.tape = {
      pixels: Uint8Array.from(order, (at) => pixels[at] ?? 0),
      belief: belief ?? whole,
      whole: belief && whole,
      blank: rows,
    };
    looked.label(image);
    host.showsOnTape({
      index: image.test?.index ?? null,
      label: image.test?.label ?? null,
      blank: rows.map((row) => row + 1),
      reading: belief ?? whole,
      whole,
    });
    table.changed();
    if (scanned !== key) scan.begin(looked.followsPad ? RESTS : 0);
    scanned = key;
    dirty = true;
  }

  const isUntrained = () => run.state?.untrained ?? true;

  /** @param {Prediction} belief @param {number} row */
  function firsts({ beliefs }, row) {
    const [digit, second] = firstTwo(beliefs, row);
    const share = (/** @type {number} */ k) => percent.format(beliefs[DIGITS * row + k] ?? 0);
    return { row: row + 1, digit, probability: share(digit), second, share: share(second) };
  }

  /** What is said of a row. @param {Tape} tape @param {number} row */
  function sentence({ belief, whole }, row) {
    const words = firsts(belief, row);
    if (!whole) return text('belief-tape-says', words);
    const { digit, probability } = firsts(whole, row);
    return text('belief-tape-says-forked', { ...words, whole: digit, before: probability });
  }

  /** What is said of the decision, and of the one before rows were blanked. @param {Tape} tape @returns {[string, string]} */
  function decision({ belief, whole, blank }) {
    const rows = blank.map((row) => row + 1).join(text('comma'));
    if (isUntrained())
      return [text('belief-tape-undecided'), whole ? text('belief-tape-blanked', { rows }) : ''];
    return [
      text('belief-tape-decided', { digit: belief.digit, row: decidedRow(belief) + 1 }),
      whole
        ? text('belief-tape-forked', { rows, digit: whole.digit, row: decidedRow(whole) + 1 })
        : '',
    ];
  }

  function update() {
    const row = lookedAt();
    const every = run.state?.options.trainOn === 'every';
    write(note, text(every ? 'belief-tape-note-every' : 'belief-tape-note-last'));
    told = row;
    range.value = String((scan.row ?? view.row) + 1);
    write(after, text('belief-tape-after', { row: row + 1 }));
    const blanked = view.blank.includes(view.row);
    const key = blanked ? 'belief-tape-unblank' : 'belief-tape-blank';
    write(blank, text(key, { row: view.row + 1 }));
    restore.disabled = view.blank.length === 0;
    if (!view.tape) return;
    const { tape } = view;
    const { belief, whole } = tape;
    const [when, instead] = decision(tape);
    write(decided, when);
    write(forked, instead);
    caution.classList.toggle('absent', !isUntrained());
    keyWhole.classList.toggle('absent', !whole);
    write(says, sentence(tape, row));
    range.setAttribute('aria-valuetext', sentence(tape, view.row));
    picture.element.setAttribute(
      'aria-label',
      text('belief-tape-alt', {
        name: looked.name.textContent ?? '',
        decided: when,
        forked: instead,
      }).trim(),
    );
    const [top] = firstTwo(belief.beliefs, row);
    bars.show((k) => {
      const share = belief.beliefs[DIGITS * row + k] ?? 0;
      const was = whole ? (whole.beliefs[DIGITS * row + k] ?? 0) : null;
      return { share, words: percent.format(share), was, top: k === top };
    });
    showPicture();
  }

  /** The last row that is read: the line's while it moves. */
  const lookedAt = () => scan.row ?? hovered ?? view.row;

  function showPicture() {
    const reading = scan.row !== null;
    picture.show(view.tape, lookedAt(), { reading, untrained: isUntrained() });
  }

  return {
    element: section(
      'belief-tape',
      text('belief-tape'),
      make(
        'div',
        { class: 'tape' },
        make(
          'div',
          { class: 'tape-side' },
          make(
            'div',
            { class: 'key' },
            make('span', {}, percent.format(0)),
            make('span', { class: 'ramp' }),
            make('span', {}, text('belief-tape-key-full', { most: percent.format(1) })),
            keyDecided,
            keyWhole,
          ),
          picture.element,
          make('label', { class: 'tape-range' }, text('belief-tape-range'), range),
          make('div', { class: 'buttons' }, blank, restore),
          table.element,
        ),
        make(
          'div',
          { class: 'answer' },
          make(
            'div',
            {},
            make('div', { class: 'tape-name' }, looked.name, looked.previous, looked.next),
            decided,
            forked,
            caution,
            looked.back,
          ),
          make('div', {}, after, bars.element, says),
          note,
        ),
      ),
    ),
    async show(what) {
      refuseUnknown('belief-tape', what, 'digit', 'index', 'row', 'erase');
      const { digit, index, row = ROWS, erase: rows } = what;
      const to = wholeOf('row', row, 1, ROWS) - 1;
      refuseValue('erase', rows, rows === undefined || Array.isArray(rows), 'a list of rows');
      const blanks = /** @type {unknown[] | undefined} */ (rows)?.map(
        (one) => wholeOf('erase', one, 1, ROWS) - 1,
      );
      looked.notice();
      if (index !== undefined) looked.choose(wholeOf('index', index, 0, testCount(run) - 1));
      else if (digit !== undefined) looked.choose(await firstOf(context, digit));
      if ('row' in what || digit !== undefined || index !== undefined) pick(to);
      if (blanks) erase(blanks);
    },
    draw() {
      looked.notice();
      if (trained()) {
        dirty = true;
        // What lies on the pad is read for all: it comes as a reading.
        if (!looked.followsPad) question.outdated();
      }
      question.draw(read());
      // Bars and slider go along with the line.
      if (dirty || lookedAt() !== told) {
        dirty = false;
        update();
      } else if (scan.moves) {
        showPicture();
      }
      scan.onward(() => host.needsFrame());
      picture.draw();
    },
  };
}
