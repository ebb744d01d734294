/**
 * The order in which a digit is read: the digit as it is, and as the network gets it.
 *
 * @module
 */

import { digitPicture } from '../canvas/digit.js';
import { make, section, write } from '../lesson/dom.js';
import { choiceOf, refuseUnknown, testImageName } from './figure.js';
import { Question } from './question.js';

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
  const name = make('p', { class: 'note' });
  const says = make('p', { part: 'scan-order-says', class: 'note' });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
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
    digit.show(image.pixels);
    read.show(Uint8Array.from(order, (at) => image.pixels[at] ?? 0));
    const tested = 'label' in image ? image : reading?.image;
    write(name, tested ? testImageName(text, run, tested) : text('own-drawing'));
    digit.describe(name.textContent ?? '');
  }

  function update() {
    if (!run.state) return;
    const { options, step, accuracy } = run.state;
    const scan = options.scan ?? 'down';
    for (const choice of choices) choice.input.checked = choice.scan === (chosen ?? scan);
    if (scan !== shown) question.changed();
    shown = scan;
    read.describe(`${text('scan-order-read')}: ${called(scan)}`);
    write(
      says,
      accuracy === null
        ? text('scan-order-says-none')
        : text('scan-order-says', { accuracy: percent.format(accuracy), step }),
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
      ),
    ),
    async show(what) {
      refuseUnknown('scan-order', what, 'scan');
      if (what.scan !== undefined) await host.set({ scan: choiceOf('scan', what.scan, SCANS) });
    },
    draw() {
      if (other()) question.changed();
      if (changed()) update();
      question.draw();
    },
  };
}
