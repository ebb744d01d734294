/**
 * The order in which a digit is read: the digit as it is, and as the network gets it, time step by time step.
 *
 * @module
 */

import { ROWS } from '../canvas/beliefs.js';
import { digitPicture } from '../canvas/digit.js';
import { make, section, write } from '../lesson/dom.js';
import { choiceOf, refuseUnknown, testImageName } from './figure.js';
import { Question } from './question.js';
import { ScanLine } from './scan-line.js';

/** @import {Context, Figure} from './figure.js' */
/** @import {TextKey} from '../texts/index.js' */

const SCANS = /** @type {const} */ (['down', 'up', 'columns', 'permuted']);

/** @typedef {typeof SCANS[number]} Scan */

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function scanOrder(context) {
  const { host, run, text, language, attempt, signal } = context;
  const digit = digitPicture({ 'aria-label': text('scan-order-digit') });
  const read = digitPicture({ 'aria-label': text('scan-order-read') });
  const line = new ScanLine(ROWS, context.theme);
  const range = make('input', {
    part: 'scan-order-step',
    type: 'range',
    min: 1,
    max: ROWS,
    value: ROWS,
    oninput: () => {
      line.stop();
      step = range.valueAsNumber;
      render();
    },
  });
  const where = make('span', { class: 'where' });
  const again = make(
    'button',
    { part: 'scan-order-again', type: 'button', class: 'plain', onclick: begin },
    text('scan-order-again'),
  );
  const name = make('p', { class: 'note' });
  const says = make('p', { part: 'scan-order-says', class: 'note' });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const grouped = new Intl.NumberFormat(language);
  const called = (/** @type {Scan} */ scan) => text(/** @type {TextKey} */ (`scan-${scan}`));
  const choices = SCANS.map((scan) => {
    const input = make('input', {
      type: 'radio',
      name: 'scan',
      value: scan,
      part: `scan-order-${scan}`,
      onchange: () => attempt(choose(scan)),
    });
    return { scan, input, label: make('label', { class: 'choice' }, input, called(scan)) };
  });
  // Chromium keeps radio buttons that were removed in the group of their name, and all that hangs on them.
  signal.addEventListener('abort', () => {
    for (const { input } of choices) input.removeAttribute('name');
  });
  /** Time steps that are read. */
  let step = ROWS;
  /** The digit, and which of its pixels comes when. @type {{pixels: Uint8Array, order: Uint16Array} | null} */
  let seen = null;
  /** The order that is shown. @type {Scan | null} */
  let shown = null;
  /** The one that was chosen and is not in use yet. @type {Scan | null} */
  let chosen = null;
  const question = new Question(context, 0, ask);
  const other = run.watch('reading', 'data', 'serves');
  const changed = run.watch('state', 'accuracies', 'fresh');

  /** @param {Scan} scan */
  async function choose(scan) {
    chosen = scan;
    try {
      await host.set({ scan });
    } finally {
      if (chosen === scan) chosen = null;
      update();
    }
  }

  async function ask() {
    const { reading } = run;
    const image = reading ?? (await host.digit('test', 0));
    const order = await host.scanOrder();
    const reordered = seen === null || order.some((at, k) => at !== seen?.order[k]);
    seen = { pixels: image.pixels, order };
    if (reordered) begin();
    else render();
    const tested = 'label' in image ? image : reading?.image;
    write(name, tested ? testImageName(text, run, tested) : text('own-drawing'));
    digit.describe(name.textContent ?? '');
  }

  /** Reads it once more, from the first time step. */
  function begin() {
    step = ROWS;
    line.begin();
    if (!line.moves) render();
    host.needsFrame();
  }

  /** The pixels of the time step stand out in the digit; those that come later are still blank where they are read. */
  function render() {
    if (!seen) return;
    const { pixels, order } = seen;
    const now = [...order.subarray(ROWS * (step - 1), ROWS * step)];
    const whole = step === ROWS && !line.moves;
    digit.show(pixels, whole ? [] : now);
    read.show(
      Uint8Array.from(order, (at, k) => (k < ROWS * step ? (pixels[at] ?? 0) : 0)),
      whole ? [] : now.map((_, k) => ROWS * (step - 1) + k),
    );
    range.value = String(step);
    const words = text('scan-order-where', { step, steps: ROWS });
    write(where, words);
    range.setAttribute('aria-valuetext', words);
  }

  function update() {
    if (!run.state) return;
    const { options, step, accuracy } = run.state;
    const { images = 2000 } = run.accuracies.at(-1) ?? {};
    const scan = options.scan ?? 'down';
    for (const choice of choices) choice.input.checked = choice.scan === (chosen ?? scan);
    if (scan !== shown) question.changed();
    shown = scan;
    read.describe(`${text('scan-order-read')}: ${called(scan)}`);
    write(
      says,
      accuracy === null
        ? text('scan-order-says-none')
        : text('scan-order-says', {
            accuracy: percent.format(accuracy),
            count: grouped.format(images),
            step,
          }),
    );
  }

  return {
    element: section(
      'scan-order',
      text('scan-order'),
      make(
        'div',
        { class: 'scan' },
        make(
          'fieldset',
          { class: 'choices' },
          make('legend', {}, text('scan-order-legend')),
          ...choices.map(({ label }) => label),
        ),
        make('figure', {}, digit.element, make('figcaption', {}, text('scan-order-digit'))),
        make('figure', {}, read.element, make('figcaption', {}, text('scan-order-read'))),
        make('div', {}, name, says),
        make(
          'div',
          { class: 'scan-step' },
          make('label', { class: 'knob' }, make('span', {}, text('scan-order-step')), where, range),
          again,
        ),
      ),
    ),
    async show(what) {
      refuseUnknown('scan-order', what, 'scan');
      if (what.scan !== undefined) await host.set({ scan: choiceOf('scan', what.scan, SCANS) });
    },
    draw() {
      if (changed()) update();
      question.draw(other());
      if (!line.moves) return;
      // Null as well before it is at the first and once it was at the last.
      step = (line.row ?? ROWS - 1) + 1;
      render();
      line.onward(() => host.needsFrame());
    },
  };
}
