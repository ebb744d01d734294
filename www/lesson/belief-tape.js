/**
 * The belief tape: what the network would say after each of the 28 rows of a digit, and the row at
 * which it decided. It follows the drawing pad; with nothing drawn it shows a test image.
 *
 * A row can be blanked, to see from there on what the network would have believed without it. Where the
 * network reads in another order than from the top down, its rows are the 28 pixels of each time step.
 *
 * @module
 */

import { make, section } from './dom.js';
import { Question } from './question.js';
import { numbers } from './table.js';
import { DIGITS, ROWS, decidedRow, ranking, tapePicture } from './tape-picture.js';

/** @import {Context, Part, Reading} from './parts.js' */
/** @import {Prediction} from '../worker/protocol.js' */
/** @import {Tape} from './tape-picture.js' */

/** While it trains, the digit is read again this often, in milliseconds. */
const AGAIN = 500;

/**
 * A digit to show: the drawing, or a test image where there is none.
 * @typedef {{drawing: Reading | null, index: number, blank: number[]}} Wanted
 */

/**
 * @param {Context} context
 * @returns {Part}
 */
export function beliefTape({ host, text, language, attempt }) {
  const picture = tapePicture({
    hover(at) {
      hovered = at;
      changed();
    },
    pick,
  });
  picture.element.setAttribute('aria-label', text('tape'));
  const name = make('p', { part: 'tape-name' });
  const decided = make('p', { part: 'tape-decided', class: 'tape-decided' });
  const forked = make('p', { part: 'tape-forked', class: 'note' });
  const caution = make('p', { class: 'note', hidden: true }, text('tape-untrained'));
  const note = make('p', { part: 'tape-note', class: 'note' }, text('tape-note-last'));
  const after = make('h4', {});
  const says = make('p', { part: 'tape-says', class: 'note' });
  const range = make('input', {
    part: 'tape-row',
    type: 'range',
    min: 1,
    max: ROWS,
    value: ROWS,
    oninput: () => pick(range.valueAsNumber - 1),
  });
  const blank = make('button', { part: 'tape-blank', type: 'button', onclick: () => toggle(row) });
  const restore = make(
    'button',
    { part: 'tape-restore', type: 'button', onclick: () => want({ blank: [] }) },
    text('tape-restore'),
  );
  const previous = make(
    'button',
    {
      part: 'tape-previous',
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
      part: 'tape-next',
      type: 'button',
      'aria-label': text('tape-next'),
      title: text('tape-next'),
      onclick: () => turn(1),
    },
    '\u203a',
  );
  const own = make(
    'button',
    { part: 'tape-drawing', type: 'button', onclick: () => want({ drawing, blank: [] }) },
    text('tape-own'),
  );
  const keyWhole = make(
    'span',
    { class: 'tape-key-whole' },
    make('span', { class: 'swatch outline' }),
    text('tape-key-whole'),
  );
  const bars = Array.from({ length: DIGITS }, (_, k) => {
    const fill = make('span', { class: 'fill' });
    const was = make('span', { class: 'was' });
    const share = make('span', { class: 'share' });
    return {
      fill,
      was,
      share,
      item: make(
        'li',
        {},
        make('span', { class: 'name' }, String(k)),
        make('span', { class: 'track' }, fill, was),
        share,
      ),
    };
  });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const table = numbers(text, text('tape'), () => ({
    head: [text('gates-row'), ...Array.from({ length: DIGITS }, (_, k) => String(k))],
    rows: tape
      ? Array.from({ length: ROWS }, (_, at) => [
          at + 1,
          ...Array.from({ length: DIGITS }, (_, k) =>
            percent.format(tape?.belief.beliefs[DIGITS * at + k] ?? 0),
          ),
        ])
      : [],
  }));

  /** @type {Wanted} */
  let wanted = { drawing: null, index: 0, blank: [] };
  /** What is on the pad, shown or not. @type {Reading | null} */
  let drawing = null;
  /** @type {Tape | null} */
  let tape = null;
  let row = ROWS - 1;
  /** @type {number | null} */
  let hovered = null;
  let dirty = true;
  const question = new Question(host, AGAIN, ask);

  function changed() {
    dirty = true;
    host.needsFrame();
  }

  /** @param {Partial<Wanted>} what */
  function want(what) {
    wanted = { ...wanted, ...what };
    question.changed();
    changed();
  }

  /** @param {number} at the last row read, from 0 */
  function pick(at) {
    row = at;
    range.value = String(at + 1);
    changed();
  }

  /** @param {number} at */
  function toggle(at) {
    const others = wanted.blank.filter((one) => one !== at);
    want({
      blank: others.length < wanted.blank.length ? others : [...others, at].sort((a, b) => a - b),
    });
  }

  /** @param {number} by */
  function turn(by) {
    const count = host.state.data?.test ?? 1;
    const index = wanted.drawing ? wanted.index : (wanted.index + by + count) % count;
    want({ drawing: null, index, blank: [] });
  }

  /** Asks for what is wanted. */
  async function ask() {
    const asked = wanted;
    const [image, order] = await Promise.all([
      asked.drawing ?? host.digit('test', asked.index),
      host.scanOrder(),
    ]);
    const pixels = image.pixels.slice();
    for (const at of asked.blank)
      for (const pixel of order.subarray(ROWS * at, ROWS * (at + 1))) pixels[pixel] = 0;
    const [whole, belief] = await Promise.all([
      asked.drawing ?? host.predict(image.pixels),
      asked.blank.length > 0 ? host.predict(pixels) : null,
    ]);
    if (asked !== wanted) return;
    tape = {
      pixels: Uint8Array.from(order, (at) => pixels[at]),
      belief: belief ?? whole,
      whole: belief && whole,
      blank: asked.blank,
    };
    picture.show(tape);
    table.changed();
    const key = host.state.data?.synthetic ? 'tape-test-synthetic' : 'examples-alt';
    name.textContent =
      'label' in image
        ? text(key, { index: image.index, label: image.label })
        : (image.name ?? text('tape-drawing'));
    changed();
  }

  /** @param {Prediction} belief @param {number} at */
  function first({ beliefs }, at) {
    const [digit, second] = ranking(beliefs, at);
    const share = (/** @type {number} */ k) => percent.format(beliefs[DIGITS * at + k]);
    return { row: at + 1, digit, probability: share(digit), second, share: share(second) };
  }

  function tell() {
    const at = hovered ?? row;
    after.textContent = text('tape-after', { row: at + 1 });
    const blanked = wanted.blank.includes(row);
    blank.textContent = text(blanked ? 'tape-unblank' : 'tape-blank', { row: row + 1 });
    restore.disabled = wanted.blank.length === 0;
    own.hidden = !drawing || wanted.drawing !== null;
    if (!tape) return;
    const { belief, whole } = tape;
    const settled = { digit: belief.digit, row: decidedRow(belief) + 1 };
    decided.textContent = text('tape-decided', settled);
    forked.textContent = whole
      ? text('tape-forked', {
          rows: tape.blank.map((one) => one + 1).join(text('tape-comma')),
          digit: whole.digit,
          row: decidedRow(whole) + 1,
        })
      : '';
    caution.hidden = !host.untrained;
    keyWhole.hidden = !whole;
    const sentence = (/** @type {number} */ of) => {
      const words = first(belief, of);
      if (!whole) return text('tape-says', words);
      const { digit, probability } = first(whole, of);
      return text('tape-says-forked', { ...words, whole: digit, before: probability });
    };
    says.textContent = sentence(at);
    range.setAttribute('aria-valuetext', sentence(row));
    picture.element.setAttribute(
      'aria-label',
      text('tape-alt', {
        name: name.textContent,
        decided: decided.textContent,
        forked: forked.textContent,
      }).trim(),
    );
    const [top] = ranking(belief.beliefs, at);
    bars.forEach(({ fill, was, share, item }, k) => {
      const probability = belief.beliefs[DIGITS * at + k];
      fill.style.inlineSize = `${100 * probability}%`;
      share.textContent = percent.format(probability);
      item.className = k === top ? 'top' : '';
      was.hidden = !whole;
      if (whole) was.style.inlineSize = `${100 * whole.beliefs[DIGITS * at + k]}%`;
    });
  }

  /** @param {number} digit the first test image of it */
  async function find(digit) {
    const count = host.state.data?.test ?? 1;
    for (let index = 0; index < count; index += 1) {
      if ((await host.digit('test', index)).label === digit) return index;
    }
    return 0;
  }

  /** @param {{digit?: number, index?: number, row?: number, erase?: number[]}} what rows from 1 */
  async function present({ digit, index, row: at = ROWS, erase = [] }) {
    pick(at - 1);
    want({
      drawing: null,
      index: index ?? (digit === undefined ? wanted.index : await find(digit)),
      blank: erase.map((one) => one - 1),
    });
  }

  tell();
  return {
    element: section(
      'tape',
      text('tape'),
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
            make('span', {}, text('tape-key-full', { most: percent.format(1) })),
            make('span', { class: 'swatch target' }),
            text('tape-key-decided'),
            keyWhole,
          ),
          picture.element,
          make('label', { class: 'tape-range' }, text('tape-range'), range),
          make('div', { class: 'buttons' }, blank, restore),
          table.element,
        ),
        make(
          'div',
          { class: 'answer' },
          make(
            'div',
            {},
            make('div', { class: 'tape-name' }, name, previous, next),
            decided,
            forked,
            caution,
            own,
          ),
          make(
            'div',
            {},
            after,
            make(
              'ul',
              { class: 'bars', 'aria-label': text('prediction-bars') },
              ...bars.map(({ item }) => item),
            ),
            says,
          ),
          note,
        ),
      ),
    ),
    drawingRead(reading) {
      const other =
        reading?.pixels.some((value, k) => value !== drawing?.pixels[k]) ?? drawing !== null;
      const followed = wanted.drawing !== null;
      drawing = reading;
      if (other) want({ drawing, blank: [] });
      else if (followed) want({ drawing });
    },
    state(state) {
      question.state(state);
      note.textContent = text(
        state.options.trainOn === 'every' ? 'tape-note-every' : 'tape-note-last',
      );
      if (!wanted.drawing) question.outdated();
    },
    ready: () => question.ready(),
    figure(what) {
      attempt(present(what));
    },
    draw() {
      if (!picture.element.clientWidth) return;
      question.draw();
      if (!dirty) return;
      dirty = false;
      tell();
      picture.read(hovered ?? row);
      picture.draw();
    },
  };
}
