/**
 * What the network gets wrong: the confusion matrix, the accuracy of each digit, and the worst mistakes,
 * any of which can be put on the pad and so on every figure that follows it.
 *
 * @module
 */

import { DIGITS } from '../canvas/beliefs.js';
import { digitPicture } from '../canvas/digit.js';
import { make, section, write } from '../lesson/dom.js';
import { roving } from '../lesson/roving.js';
import { confusionTable, samePair } from './confusion.js';
import { digitBars } from './digit-bars.js';
import { refuseUnknown, testCount, testImageName, wholeOf } from './figure.js';
import { Question } from './question.js';
import { keepRows } from './rows.js';

/** @import {Context, Figure} from './figure.js' */
/** @import {Pair} from './confusion.js' */

/** Mistakes in the gallery. */
const SHOWN = 14;
/** Test images that are read when asked: as many as training itself reads. */
const IMAGES = 2000;
/** While it trains, the gallery changes this often at most, in milliseconds. */
const AGAIN = 1000;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function mistakes(context) {
  const { host, run, text, language, attempt, signal } = context;
  const view = run.view('mistakes', {
    /** The mistakes that are shown; null: all. */
    pair: /** @type {Pair | null} */ (null),
    /** A test image that was asked for, right or wrong. */
    chosen: /** @type {number | null} */ (null),
    /** The number of the run that these belong to. */
    run: 0,
    evaluating: false,
  });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const whole = new Intl.NumberFormat(language);
  const table = confusionTable(text, signal, (pair) =>
    filter(samePair(pair, view.pair) ? null : pair),
  );
  const bars = digitBars({ part: 'mistakes-accuracy' });
  const note = make('p', { part: 'mistakes-note', class: 'note' });
  const evaluateButton = make(
    'button',
    { part: 'mistakes-evaluate', type: 'button', onclick: () => attempt(evaluate()) },
    text('mistakes-evaluate'),
  );
  const heading = make('h4', { part: 'mistakes-heading' });
  const all = make(
    'button',
    { part: 'mistakes-all', type: 'button', hidden: true, onclick: showAll },
    text('mistakes-all'),
  );
  const closeUp = digitPicture();
  const verdict = make('p', { part: 'mistakes-says' });
  const opened = make(
    'div',
    { part: 'mistakes-opened', class: 'opened absent' },
    closeUp.element,
    make(
      'div',
      {},
      verdict,
      make(
        'button',
        { type: 'button', onclick: () => attempt(host.figure('belief-tape', {})) },
        text('mistakes-tape'),
      ),
    ),
  );
  const gallery = make('ol', { part: 'mistakes-gallery', class: 'gallery' });
  const otherFrames = roving(gallery, signal);
  /** What stands where there is no mistake: the place of the figures below does not depend on their number. */
  const places = Array.from({ length: SHOWN }, () =>
    make(
      'li',
      { class: 'place', 'aria-hidden': 'true' },
      make('div', { class: 'frame' }, make('div', { class: 'digit' }), '\u00a0'),
    ),
  );
  /** By test image. @type {Map<unknown, ReturnType<typeof makeFrame>>} */
  const frames = new Map();

  let dirty = true;
  /** When the gallery may change again. */
  let due = 0;
  const question = new Question(context, 0, fill);
  const serves = run.watch('serves');
  const changed = run.watch('evaluation', 'state', 'fresh');
  const onPad = run.watch('reading', 'pad');
  const otherDigits = run.watch('data');
  otherDigits();

  function again() {
    dirty = true;
    due = 0;
    host.needsFrame();
  }

  /** @param {Pair | null} pair */
  function filter(pair) {
    view.pair = pair;
    view.chosen = null;
    again();
  }

  function showAll() {
    // The button goes.
    evaluateButton.focus();
    filter(null);
  }

  /** Another run, or other digits: what was chosen is no longer there. */
  function notice() {
    const digits = otherDigits();
    const now = run.state?.run ?? 0;
    if (digits) {
      for (const frame of frames.values()) frame.element.remove();
      frames.clear();
    }
    if (!digits && now === view.run) return;
    view.run = now;
    filter(null);
  }

  async function evaluate() {
    view.evaluating = true;
    again();
    try {
      await host.evaluate(Math.min(IMAGES, testCount(run)));
    } finally {
      view.evaluating = false;
      again();
    }
  }

  /** Opens a test image here, and puts it on the pad, and so on every figure that follows it. @param {number} index */
  async function present(index) {
    view.chosen = index;
    again();
    await host.place(await host.digit('test', index));
  }

  /** What the network makes of the image that is open. */
  function updateOpened() {
    const { image } = run.pad;
    const open = image !== null && image.index === view.chosen ? image : null;
    opened.classList.toggle('absent', open === null);
    if (!open) return;
    const name = testImageName(text, run, open);
    closeUp.show(open.pixels);
    closeUp.describe(name);
    const { reading } = run;
    if (reading?.image !== open) return write(verdict, name);
    const share = percent.format(reading.probabilities[reading.digit] ?? 0);
    write(verdict, text('mistakes-opened', { name, digit: reading.digit, share }));
  }

  /** The mistakes to show, the worst first. */
  function worst() {
    if (!run.evaluation) return [];
    const { predictions, labels, losses } = run.evaluation;
    const wrong = [...predictions.keys()].filter((k) => {
      const [prediction, label] = [predictions[k] ?? 0, labels[k] ?? 0];
      return prediction !== label && (!view.pair || samePair(view.pair, { label, prediction }));
    });
    return wrong.sort((a, b) => (losses[b] ?? 0) - (losses[a] ?? 0));
  }

  /** @param {number} index */
  function makeFrame(index) {
    const image = text('mistakes-image', { index });
    const picture = digitPicture({ 'aria-label': image });
    const words = make('span', { class: 'words' });
    const button = make(
      'button',
      {
        type: 'button',
        class: 'frame',
        title: image,
        onclick: () => attempt(present(index)),
      },
      picture.element,
      words,
    );
    question.changed();
    return { element: make('li', {}, button), index, picture, words, button, drawn: false };
  }

  /** @param {ReturnType<typeof makeFrame>} frame @param {number} index */
  function updateFrame({ button, words }, index) {
    button.setAttribute('aria-pressed', String(index === view.chosen));
    const prediction = run.evaluation?.predictions[index];
    const label = run.evaluation?.labels[index];
    if (prediction === undefined || label === undefined)
      write(words, text('mistakes-unread', { index }));
    else
      write(
        words,
        text(prediction === label ? 'mistakes-right' : 'mistakes-predicted', { prediction, label }),
      );
  }

  function updateNote() {
    const { evaluation, state } = run;
    if (!evaluation) return write(note, text('mistakes-empty'));
    const { images, step, predictions, labels } = evaluation;
    const count = predictions.filter((prediction, k) => prediction !== labels[k]).length;
    const synthetic = state?.data?.synthetic ?? false;
    const counted = text(synthetic ? 'mistakes-note-synthetic' : 'mistakes-note', {
      count: whole.format(count),
      images: whole.format(images),
      step: whole.format(step),
    });
    const now = state?.step ?? step;
    const old = step < now ? ` ${text('mistakes-old', { step: whole.format(now) })}` : '';
    write(note, counted + old);
  }

  function updateBars() {
    const confusion = run.evaluation?.confusion;
    bars.show((k) => {
      const row = confusion?.subarray(DIGITS * k, DIGITS * (k + 1)) ?? new Uint32Array();
      const count = row.reduce((sum, n) => sum + n, 0);
      if (count === 0) return { share: 0, words: '\u2013' };
      const right = row[k] ?? 0;
      const hint = text('mistakes-of', { right, count });
      return { share: right / count, words: percent.format(right / count), hint };
    });
  }

  function update() {
    table.show(run.evaluation?.confusion ?? null, view.pair);
    updateBars();
    updateNote();
    evaluateButton.disabled = view.evaluating;
    all.hidden = view.pair === null;
    heading.hidden = run.evaluation === null;
    const found = worst();
    write(
      heading,
      view.pair
        ? text('mistakes-pair', { ...view.pair, count: found.length })
        : text('mistakes-worst', {
            shown: Math.min(SHOWN, found.length),
            count: whole.format(found.length),
          }),
    );
    const shown = found.slice(0, SHOWN);
    if (view.chosen !== null && !shown.includes(view.chosen)) shown.unshift(view.chosen);
    keepRows(gallery, frames, shown, {
      key: (index) => index,
      make: makeFrame,
      update: updateFrame,
    });
    otherFrames();
    // After those that are kept, so that they come last.
    gallery.append(...places.slice(shown.length));
    for (const place of places.slice(0, shown.length)) place.remove();
    gallery.classList.toggle('read', run.evaluation !== null);
  }

  /** Draws the digits that are new, one after the other. */
  async function fill() {
    for (const frame of frames.values()) {
      if (frame.drawn) continue;
      const { pixels } = await host.digit('test', frame.index);
      frame.picture.show(pixels);
      frame.drawn = true;
      frame.picture.element.dataset.index = String(frame.index);
    }
  }

  return {
    needs: 'drawing',
    element: section(
      'mistakes',
      text('mistakes'),
      make('div', { class: 'figure-bar' }, evaluateButton, note),
      make(
        'div',
        { class: 'mistakes' },
        make(
          'div',
          { class: 'table', tabindex: '0', role: 'group', 'aria-label': text('confusion') },
          table.element,
        ),
        make('div', {}, make('h4', {}, text('mistakes-accuracy')), bars.element, opened),
      ),
      make('div', { class: 'gallery-head' }, heading, all),
      gallery,
    ),
    async show(what) {
      refuseUnknown('mistakes', what, 'index');
      notice();
      const { index = null } = what;
      if (index === null) filter(null);
      else await present(wholeOf('index', index, 0, testCount(run) - 1));
    },
    draw() {
      notice();
      if (serves()) question.changed();
      if (changed()) {
        dirty = true;
        if (!run.state?.running) due = 0;
      }
      if (onPad()) updateOpened();
      if (dirty && performance.now() >= due) {
        dirty = false;
        due = run.state?.running ? performance.now() + AGAIN : 0;
        update();
      }
      question.draw();
    },
  };
}
