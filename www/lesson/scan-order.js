/**
 * The order in which a digit is read: the digit as it is, and as the network gets it.
 *
 * @module
 */

import { make, section } from './dom.js';
import { digitCanvas, drawDigit } from './pixels.js';
import { Question } from './question.js';

/** @import {Context, Part, Reading} from './parts.js' */
/** @import {TextKey} from '../texts/index.js' */
/** @import {Options} from '../worker/protocol.js' */

/** @typedef {NonNullable<Options['scan']>} Scan */

/** @type {Scan[]} */
const SCANS = ['down', 'up', 'columns', 'permuted'];

/**
 * @param {Context} context
 * @returns {Part}
 */
export function scanOrder({ host, text, language, attempt }) {
  const digit = digitCanvas(text('scan-digit'));
  const read = digitCanvas(text('scan-read'));
  const name = make('p', { class: 'note' });
  const says = make('p', { part: 'scan-says', class: 'note' });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const choices = SCANS.map((scan) => {
    const input = make('input', {
      type: 'radio',
      name: 'scan',
      value: scan,
      part: `scan-${scan}`,
      onchange: () => attempt(host.set({ scan })),
    });
    return {
      scan,
      input,
      label: make(
        'label',
        { class: 'choice' },
        input,
        text(/** @type {TextKey} */ (`scan-${scan}`)),
      ),
    };
  });
  drawDigit(digit, null);
  drawDigit(read, null);

  /** @type {Reading | null} */
  let drawing = null;
  /** @type {Scan} */
  let scan = 'down';
  const question = new Question(host, 0, show);

  async function show() {
    const image = drawing ?? (await host.digit('test', 0));
    const order = await host.scanOrder();
    drawDigit(digit, image.pixels);
    drawDigit(
      read,
      Uint8Array.from(order, (at) => image.pixels[at]),
    );
    name.textContent =
      'label' in image
        ? text(host.state.data?.synthetic ? 'tape-test-synthetic' : 'examples-alt', {
            index: image.index,
            label: image.label,
          })
        : (image.name ?? text('tape-drawing'));
    digit.setAttribute('aria-label', name.textContent);
  }

  return {
    element: section(
      'scan',
      text('scan'),
      make(
        'div',
        { class: 'scan' },
        make(
          'fieldset',
          { class: 'choices' },
          make('legend', {}, text('scan-legend')),
          ...choices.map(({ label }) => label),
        ),
        make('figure', {}, digit, make('figcaption', {}, text('scan-digit'))),
        make('figure', {}, read, make('figcaption', {}, text('scan-read'))),
        make('div', {}, name, says),
      ),
    ),
    drawingRead(reading) {
      drawing = reading;
      question.changed();
    },
    state(state) {
      for (const { scan: one, input } of choices) input.checked = one === state.options.scan;
      if (scan !== state.options.scan) question.changed();
      scan = state.options.scan ?? 'down';
      read.setAttribute(
        'aria-label',
        `${text('scan-read')}: ${text(/** @type {TextKey} */ (`scan-${scan}`))}`,
      );
      says.textContent =
        state.accuracy === null
          ? text('scan-says-none')
          : text('scan-says', { accuracy: percent.format(state.accuracy), step: state.step });
    },
    ready: () => question.ready(),
    figure({ scan: wanted }) {
      if (wanted !== undefined) attempt(host.set({ scan: wanted }));
    },
    draw() {
      if (digit.clientWidth) question.draw();
    },
  };
}
