/**
 * What the network gets wrong: which digit it takes for which, how many of each it reads, and the worst
 * mistakes, any of which can be put on the pad and on the tape.
 *
 * @module
 */

import { confusionTable } from './confusion.js';
import { make, section } from './dom.js';
import { digitCanvas, drawDigit } from './pixels.js';
import { Question } from './question.js';

/** @import {Context, Part} from './parts.js' */
/** @import {Pair} from './confusion.js' */
/** @import {Evaluation} from '../worker/protocol.js' */

const DIGITS = 10;
/** Mistakes in the gallery. */
const SHOWN = 24;
/** Test images that are read when asked: as many as training itself reads. */
const IMAGES = 2000;
/** While it trains, the gallery changes this often at most, in milliseconds. */
const AGAIN = 1000;

/**
 * @param {Context} context
 * @returns {Part}
 */
export function mistakes({ host, text, language, attempt }) {
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const whole = new Intl.NumberFormat(language);
  const table = confusionTable(text, (pair) => filter(same(pair, picked) ? null : pair));
  const bars = Array.from({ length: DIGITS }, (_, k) => {
    const fill = make('span', { class: 'fill' });
    const share = make('span', { class: 'share' });
    return {
      fill,
      share,
      item: make(
        'li',
        {},
        make('span', { class: 'name' }, String(k)),
        make('span', { class: 'track' }, fill),
        share,
      ),
    };
  });
  const note = make('p', { part: 'mistakes-note', class: 'note' }, text('mistakes-empty'));
  const run = make(
    'button',
    { part: 'mistakes-evaluate', type: 'button', onclick: () => attempt(evaluate()) },
    text('mistakes-evaluate'),
  );
  const heading = make('h4', { part: 'mistakes-heading' });
  const all = make(
    'button',
    { part: 'mistakes-all', type: 'button', hidden: true, onclick: () => filter(null) },
    text('mistakes-all'),
  );
  const gallery = make('ol', { part: 'mistakes-gallery', class: 'gallery' });
  const frames = Array.from({ length: SHOWN }, () => {
    const canvas = digitCanvas('');
    const words = make('span', { class: 'words' });
    const button = make('button', { type: 'button', class: 'frame' }, canvas, words);
    const item = make('li', {}, button);
    const frame = { canvas, words, button, item, index: -1 };
    button.addEventListener('click', () => frame.index >= 0 && present(frame.index));
    return frame;
  });

  /** @type {Evaluation | null} */
  let evaluation = null;
  /** @type {Pair | null} */
  let picked = null;
  /** A test image that was asked for, right or wrong. @type {number | null} */
  let chosen = null;
  let dirty = true;
  let due = 0;
  const question = new Question(host, 0, fill);

  function changed() {
    dirty = true;
    due = 0;
    host.needsFrame();
  }

  /** @param {Pair | null} pair */
  function filter(pair) {
    picked = pair;
    chosen = null;
    changed();
  }

  function forget() {
    evaluation = null;
    picked = chosen = null;
    changed();
  }

  async function evaluate() {
    run.disabled = true;
    try {
      await host.evaluate(Math.min(IMAGES, host.state.data?.test ?? IMAGES));
    } finally {
      run.disabled = false;
    }
  }

  /** Puts a test image on the pad, and so on every picture that follows it. @param {number} index */
  function present(index) {
    chosen = index;
    changed();
    host.figure('drawing', { index });
    host.figure('tape');
  }

  /** The mistakes to show, the worst first. */
  function worst() {
    if (!evaluation) return [];
    const { predictions, labels, losses } = evaluation;
    const wrong = [...predictions.keys()].filter(
      (k) =>
        predictions[k] !== labels[k] &&
        (!picked || (labels[k] === picked.label && predictions[k] === picked.reading)),
    );
    return wrong.sort((a, b) => losses[b] - losses[a]);
  }

  function tell() {
    table.show(evaluation?.confusion ?? null, picked);
    const confusion = evaluation?.confusion;
    bars.forEach(({ fill, share, item }, k) => {
      const row = Array.from(confusion?.subarray(DIGITS * k, DIGITS * (k + 1)) ?? []);
      const count = row.reduce((sum, n) => sum + n, 0);
      const right = count > 0 ? row[k] / count : 0;
      fill.style.inlineSize = `${100 * right}%`;
      share.textContent = count > 0 ? percent.format(right) : '\u2013';
      item.title = count > 0 ? text('mistakes-of', { right: row[k], count }) : '';
    });
    const found = worst();
    const most = found.slice(0, SHOWN);
    if (chosen !== null && !most.includes(chosen)) most.unshift(chosen);
    all.hidden = picked === null;
    if (evaluation) {
      const { images, step } = evaluation;
      const key = host.state.data?.synthetic ? 'mistakes-note-synthetic' : 'mistakes-note';
      const old =
        step < host.state.step
          ? ` ${text('mistakes-old', { step: whole.format(host.state.step) })}`
          : '';
      const count = evaluation.predictions.reduce(
        (sum, reading, k) => sum + Number(reading !== evaluation?.labels[k]),
        0,
      );
      note.textContent =
        text(key, {
          count: whole.format(count),
          images: whole.format(images),
          step: whole.format(step),
        }) + old;
    } else {
      note.textContent = text('mistakes-empty');
    }
    heading.textContent = picked
      ? text('mistakes-pair', { ...picked, count: found.length })
      : text('mistakes-worst', {
          shown: Math.min(SHOWN, found.length),
          count: whole.format(found.length),
        });
    frames.forEach((frame, k) => {
      const index = most[k] ?? -1;
      frame.item.hidden = index < 0;
      frame.button.setAttribute('aria-pressed', String(index >= 0 && index === chosen));
      if (index < 0) return;
      const [reading, label] = [evaluation?.predictions[index], evaluation?.labels[index]];
      if (reading === undefined || label === undefined)
        frame.words.textContent = text('mistakes-unread', { index });
      else
        frame.words.textContent = text(reading === label ? 'mistakes-right' : 'mistakes-reads', {
          reading,
          label,
        });
      frame.button.title = text('mistakes-image', { index });
      if (frame.index !== index) {
        frame.index = index;
        question.changed();
      }
    });
  }

  /** Draws the digits that changed, one after the other. */
  async function fill() {
    for (const frame of frames) {
      const { index } = frame;
      if (index < 0 || frame.canvas.dataset.index === String(index)) continue;
      const { pixels } = await host.digit('test', index);
      if (frame.index !== index) continue;
      drawDigit(frame.canvas, pixels);
      frame.canvas.dataset.index = String(index);
      frame.canvas.setAttribute('aria-label', text('mistakes-image', { index }));
    }
  }

  gallery.append(...frames.map(({ item }) => item));
  tell();
  return {
    element: section(
      'mistakes',
      text('mistakes'),
      make('div', { class: 'figure-bar' }, run, note),
      make(
        'div',
        { class: 'mistakes' },
        make(
          'div',
          { class: 'table', tabindex: '0', role: 'group', 'aria-label': text('confusion') },
          table.element,
        ),
        make(
          'div',
          {},
          make('h4', {}, text('mistakes-accuracy')),
          make('ul', { class: 'bars', part: 'mistakes-accuracy' }, ...bars.map(({ item }) => item)),
        ),
      ),
      make('div', { class: 'gallery-head' }, heading, all),
      gallery,
    ),
    evaluation(next) {
      // Evaluations of fewer images are somebody's own.
      evaluation = next;
      dirty = true;
      host.needsFrame();
    },
    state({ running }) {
      dirty = true;
      if (!running) due = 0;
    },
    fresh: forget,
    ready: () => question.ready(),
    figure({ index }) {
      if (typeof index === 'number') present(index);
      else filter(null);
    },
    draw() {
      if (!gallery.parentElement?.clientWidth) return;
      if (dirty && performance.now() >= due) {
        dirty = false;
        due = host.state.running ? performance.now() + AGAIN : 0;
        tell();
      }
      question.draw();
    },
  };
}

/** @param {Pair} a @param {Pair | null} b */
function same(a, b) {
  return a.label === b?.label && a.reading === b.reading;
}
