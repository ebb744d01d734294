/**
 * A pad to draw a digit on, what the network sees of it, and what it takes it for, live.
 *
 * What lies on the pad is the Run's; who reads it is the element's.
 *
 * @module
 */

import { canvas } from '../canvas/canvas.js';
import { digitPicture } from '../canvas/digit.js';
import { seenBox } from '../canvas/seen.js';
import { make, section, write } from '../lesson/dom.js';
import { digitBars } from './digit-bars.js';
import { refuseUnknown, testCount, testImageName, wholeOf } from './figure.js';

/** @import {Sheet} from '../canvas/canvas.js' */
/** @import {Pad} from '../lesson/run.js' */
/** @import {Strokes} from '../worker/protocol.js' */
/** @import {Context, Figure} from './figure.js' */

/** The pad's own scale: strokes are in it, whatever size it is shown at. */
const SIDE = 280;
const PEN = 18;
/** Pad units per press of an arrow key. */
const KEY_STEP = 8;

/**
 * @param {Context} context
 * @returns {Figure}
 */
export function drawing(context) {
  const { host, run, text, language, signal } = context;
  const view = run.view('drawing', {
    /** Where the pen of the keyboard is. */
    pen: /** @type {[number, number]} */ ([SIDE / 2, SIDE / 2]),
    /** What lay on the pad when its reading was announced. */
    announced: /** @type {Pad | null} */ (null),
  });
  const picture = canvas(context, {
    attributes: {
      part: 'drawing-pad',
      class: 'pad',
      tabindex: '0',
      role: 'application',
      'aria-label': text('drawing-pad'),
    },
    paint,
  });
  const pad = picture.element;
  const hint = make('p', { class: 'empty' }, text('drawing-hint'));
  const undo = make(
    'button',
    { part: 'undo', type: 'button', onclick: () => change(run.pad.strokes.slice(0, -1)) },
    text('undo'),
  );
  const clear = make(
    'button',
    { part: 'clear', type: 'button', onclick: () => change([]) },
    text('clear'),
  );
  const sees = digitPicture({ part: 'normalised', 'aria-label': text('sees-alt') });
  const digit = make('span', { part: 'prediction', class: 'prediction', role: 'img' });
  const caution = make('p', { class: 'note absent' }, text('prediction-untrained'));
  const source = make('p', { part: 'pad-image', class: 'note absent' });
  /** The test image that lies on the pad. */
  const image = digitPicture();
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const bars = digitBars({ part: 'probabilities', 'aria-label': text('prediction-bars') });

  /** The pointer that draws; another one has to wait. @type {number | null} */
  let pointer = null;
  /** Whether the keyboard's pen is down. */
  let keyDown = false;
  const padChanged = run.watch('pad', 'data');
  const read = run.watch('reading', 'pad', 'state');

  const isEmpty = () => run.pad.strokes.length === 0 && !run.pad.image;

  /** @param {Strokes} strokes */
  function change(strokes) {
    pointer = null;
    host.draw(strokes);
  }

  /** Draws on, from the last stroke. @param {Array<[number, number]>} points */
  function extend(points) {
    const { strokes } = run.pad;
    const last = strokes.at(-1) ?? [];
    host.draw([...strokes.slice(0, -1), [...last, ...points]]);
  }

  function redraw() {
    picture.outdated();
    host.needsFrame();
  }

  /**
   * @param {PointerEvent} event
   * @returns {[number, number]}
   */
  function place(event) {
    const box = seenBox(pad, context.theme.zoom);
    return [
      ((event.clientX - box.left) / box.width) * SIDE,
      ((event.clientY - box.top) / box.height) * SIDE,
    ];
  }

  pad.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0 || pointer !== null) return;
      pad.setPointerCapture(event.pointerId);
      keyDown = false;
      host.draw([...run.pad.strokes, [place(event)]]);
      pointer = event.pointerId;
    },
    { signal },
  );
  pad.addEventListener(
    'pointermove',
    (event) => {
      // After Clear or Undo the rest of the stroke is nothing.
      if (event.pointerId !== pointer) return;
      const between = (event.getCoalescedEvents?.() ?? []).map(place);
      extend(between.length > 0 ? between : [place(event)]);
    },
    { signal },
  );
  const lift = (/** @type {PointerEvent} */ event) => {
    if (event.pointerId === pointer) pointer = null;
    updateReading();
    host.needsFrame();
  };
  for (const end of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture']))
    pad.addEventListener(end, lift, { signal });
  pad.addEventListener('keydown', onkeydown, { signal });
  pad.addEventListener('focus', redraw, { signal });
  pad.addEventListener(
    'blur',
    () => {
      keyDown = false;
      updateReading();
      redraw();
    },
    { signal },
  );

  /** @param {KeyboardEvent} event */
  function onkeydown(event) {
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move) {
      const within = (/** @type {number} */ value) => Math.max(0, Math.min(SIDE, value));
      const [x, y] = view.pen;
      view.pen = [within(x + KEY_STEP * move[0]), within(y + KEY_STEP * move[1])];
      if (keyDown && run.pad.strokes.length > 0) extend([view.pen]);
    } else if (event.key === ' ') {
      keyDown = !keyDown;
      if (keyDown) host.draw([...run.pad.strokes, [view.pen]]);
      else updateReading();
    } else {
      return;
    }
    event.preventDefault();
    redraw();
  }

  /** @param {Sheet} sheet */
  function paint({ pen, width, height, theme: { colours } }) {
    pen.scale(width / SIDE, height / SIDE);
    if (run.pad.image) {
      pen.imageSmoothingEnabled = false;
      pen.drawImage(image.element, 0, 0, SIDE, SIDE);
    }
    pen.strokeStyle = pen.fillStyle = colours.ink;
    pen.lineWidth = PEN;
    pen.lineCap = pen.lineJoin = 'round';
    for (const stroke of run.pad.strokes) {
      const [first] = stroke;
      if (!first) continue;
      pen.beginPath();
      for (const [x, y] of stroke) pen.lineTo(x, y);
      // A line to where it is draws nothing: a dot is a very short one.
      if (stroke.length === 1) pen.lineTo(first[0] + 0.01, first[1]);
      pen.stroke();
    }
    if (!pad.matches(':focus-visible')) return;
    pen.beginPath();
    pen.arc(...view.pen, PEN / 2, 0, 2 * Math.PI);
    pen.lineWidth = 2;
    pen.strokeStyle = pen.fillStyle = colours.target;
    pen.stroke();
    if (keyDown) pen.fill();
  }

  function updatePad() {
    const { image: test } = run.pad;
    if (run.pad.strokes.length === 0) keyDown = false;
    image.show(test?.pixels ?? null);
    source.classList.toggle('absent', !test);
    if (test) write(source, testImageName(text, run, test));
    hint.hidden = !isEmpty();
    undo.disabled = clear.disabled = isEmpty();
    picture.outdated();
  }

  function updateReading() {
    const reading = isEmpty() ? null : run.reading;
    caution.classList.toggle('absent', !reading || !(run.state?.untrained ?? true));
    sees.show(reading?.pixels ?? null);
    bars.show((k) => {
      const share = reading?.probabilities[k];
      if (share === undefined) return null;
      return { share, words: percent.format(share), top: k === reading?.digit };
    });
    if (!reading) {
      write(digit, '\u2013');
      return digit.setAttribute('aria-label', text('prediction-none'));
    }
    write(digit, String(reading.digit));
    const probability = percent.format(reading.probabilities[reading.digit] ?? 0);
    const words = text('prediction-alt', { digit: reading.digit, probability });
    digit.setAttribute('aria-label', words);
    // While it trains, and while a stroke goes on, it would never be silent.
    if (view.announced === run.pad || pointer !== null || keyDown) return;
    // Strokes that came after the reading have one of their own.
    if (run.padRead !== run.pad) return;
    view.announced = run.pad;
    host.announce(words);
  }

  return {
    quiet: true,
    element: section(
      'drawing',
      text('drawing'),
      make(
        'div',
        { class: 'drawing' },
        make(
          'div',
          { class: 'pad-side' },
          make('div', { class: 'pad-frame' }, pad, hint),
          source,
          make('div', { class: 'buttons' }, undo, clear),
        ),
        make(
          'div',
          { class: 'answer' },
          make(
            'div',
            { class: 'reads' },
            make('div', {}, make('h4', {}, text('prediction')), digit),
            make('div', {}, make('h4', {}, text('sees')), sees.element),
          ),
          bars.element,
          caution,
        ),
      ),
    ),
    async show(what) {
      refuseUnknown('drawing', what, 'index');
      if (what.index === undefined) return;
      const index = wholeOf('index', what.index, 0, testCount(run) - 1);
      host.place(await host.digit('test', index));
    },
    draw() {
      if (padChanged()) updatePad();
      if (read()) updateReading();
      picture.draw();
    },
  };
}
