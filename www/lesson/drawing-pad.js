/**
 * A pad to draw a digit on, what the network sees of it, and what it reads, live.
 *
 * @module
 */

import { make, section } from './dom.js';
import { digitCanvas, drawDigit } from './pixels.js';
import { colours, onScheme } from './theme.js';

/** @import {Context, Part, Reading} from './parts.js' */
/** @import {Digit, Strokes} from '../worker/protocol.js' */

/** The pad's own scale: strokes are in it, whatever size it is shown at. */
const SIDE = 280;
const PEN = 18;
/** Pad units per press of an arrow key. */
const KEY_STEP = 8;
/** While it trains, the drawing is read again this often, in milliseconds. */
const AGAIN = 300;

/**
 * @param {Context} context
 * @returns {Part}
 */
export function drawingPad({ host, text, language, attempt, drawingRead }) {
  const pad = make('canvas', {
    part: 'drawing-pad',
    class: 'pad',
    tabindex: '0',
    role: 'application',
    'aria-label': text('drawing-pad'),
  });
  const hint = make('p', { class: 'empty' }, text('drawing-hint'));
  const undo = make(
    'button',
    { part: 'undo', type: 'button', onclick: () => change(strokes.slice(0, -1)) },
    text('undo'),
  );
  const clear = make(
    'button',
    { part: 'clear', type: 'button', onclick: () => change([]) },
    text('clear'),
  );
  const sees = digitCanvas(text('sees-alt'));
  sees.setAttribute('part', 'normalised');
  const digit = make('output', { part: 'prediction', class: 'prediction' }, '\u2013');
  const caution = make('p', { class: 'note', hidden: true }, text('prediction-untrained'));
  const source = make('p', { part: 'pad-image', class: 'note', hidden: true });
  const image = digitCanvas('');
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const bars = Array.from({ length: 10 }, (_, k) => {
    const fill = make('span', { class: 'fill' });
    const share = make('span', { class: 'share' });
    return {
      fill,
      share,
      row: make(
        'li',
        {},
        make('span', { class: 'name' }, String(k)),
        make('span', { class: 'track' }, fill),
        share,
      ),
    };
  });
  const pen = /** @type {CanvasRenderingContext2D} */ (pad.getContext('2d'));

  /** A test image may lie on the pad in place of a drawing. */
  let { strokes, image: lying } = host.pad;
  /** @type {[number, number]} */
  let cursor = [SIDE / 2, SIDE / 2];
  let keyDown = false;
  let asking = false;
  let stale = false;
  let asked = 0;
  let dirty = true;
  drawDigit(sees, null);

  /** @param {Strokes} drawing @param {Digit | null} digit in its place */
  function lay(drawing, digit) {
    host.pad = { strokes: drawing, image: digit };
    [strokes, lying] = [drawing, digit];
    if (digit) {
      drawDigit(image, digit.pixels);
      source.textContent = text(
        host.state.data?.synthetic ? 'tape-test-synthetic' : 'examples-alt',
        { index: digit.index, label: digit.label },
      );
    }
    dirty = true;
    host.needsFrame();
  }

  /** @param {Strokes} next */
  function change(next) {
    lay(next, null);
    read();
  }

  /** Puts a test image on the pad. @param {number} index */
  async function put(index) {
    lay([], await host.digit('test', index));
    await read();
  }

  /** What is on the pad, read. @returns {Promise<Reading>} */
  async function reading() {
    if (!lying) return host.classifyDrawing(strokes);
    const { pixels } = lying;
    return { ...(await host.predict(pixels)), pixels, name: source.textContent ?? '' };
  }

  const empty = () => strokes.length === 0 && !lying;

  /** Asks what the drawing is, one question at a time; the last drawing is always asked about. */
  async function read() {
    if (empty()) return blank();
    stale = true;
    if (asking) return;
    asking = true;
    while (stale && !empty()) {
      stale = false;
      asked = performance.now();
      try {
        const prediction = await reading();
        if (!empty()) show(prediction);
      } catch {
        // The lesson says why it does not answer; the pad keeps the drawing.
        break;
      }
    }
    asking = false;
  }

  function blank() {
    digit.textContent = '\u2013';
    digit.setAttribute('aria-label', text('prediction-none'));
    caution.hidden = true;
    drawDigit(sees, null);
    drawingRead(null);
    for (const { fill, share, row } of bars) {
      fill.style.inlineSize = '0';
      share.textContent = '';
      row.className = '';
    }
  }

  /** @param {Reading} prediction */
  function show(prediction) {
    digit.textContent = String(prediction.digit);
    const probability = percent.format(prediction.probabilities[prediction.digit]);
    digit.setAttribute(
      'aria-label',
      text('prediction-alt', { digit: prediction.digit, probability }),
    );
    caution.hidden = !host.untrained;
    drawDigit(sees, prediction.pixels);
    drawingRead(prediction);
    bars.forEach(({ fill, share, row }, k) => {
      fill.style.inlineSize = `${100 * prediction.probabilities[k]}%`;
      share.textContent = percent.format(prediction.probabilities[k]);
      row.className = k === prediction.digit ? 'top' : '';
    });
  }

  /**
   * @param {PointerEvent} event
   * @returns {[number, number]}
   */
  function place(event) {
    const box = pad.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * SIDE,
      ((event.clientY - box.top) / box.height) * SIDE,
    ];
  }

  pad.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    pad.setPointerCapture(event.pointerId);
    change([...strokes, [place(event)]]);
  });
  pad.addEventListener('pointermove', (event) => {
    if (!pad.hasPointerCapture(event.pointerId)) return;
    const points = (event.getCoalescedEvents?.() ?? []).map(place);
    strokes[strokes.length - 1].push(...(points.length ? points : [place(event)]));
    change(strokes);
  });
  pad.addEventListener('keydown', (event) => {
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move) {
      const within = (/** @type {number} */ value) => Math.max(0, Math.min(SIDE, value));
      cursor = [within(cursor[0] + KEY_STEP * move[0]), within(cursor[1] + KEY_STEP * move[1])];
      if (keyDown) {
        strokes[strokes.length - 1].push(cursor);
        read();
      }
    } else if (event.key === ' ') {
      keyDown = !keyDown;
      if (keyDown) change([...strokes, [cursor]]);
    } else {
      return;
    }
    event.preventDefault();
    dirty = true;
    host.needsFrame();
  });
  pad.addEventListener('blur', () => {
    keyDown = false;
    dirty = true;
    host.needsFrame();
  });
  pad.addEventListener('focus', () => {
    dirty = true;
    host.needsFrame();
  });
  new ResizeObserver(() => {
    dirty = true;
    draw();
  }).observe(pad);
  onScheme(() => {
    dirty = true;
    draw();
  });

  function draw() {
    if (!dirty || !pad.clientWidth) return;
    dirty = false;
    hint.hidden = !empty();
    source.hidden = !lying;
    undo.disabled = clear.disabled = empty();
    const pixels = Math.round(pad.clientWidth * (devicePixelRatio || 1));
    pad.width = pad.height = pixels;
    pen.scale(pixels / SIDE, pixels / SIDE);
    const colour = colours(pad);
    if (lying) {
      pen.imageSmoothingEnabled = false;
      pen.drawImage(image, 0, 0, SIDE, SIDE);
    }
    pen.strokeStyle = pen.fillStyle = colour.ink;
    pen.lineWidth = PEN;
    pen.lineCap = pen.lineJoin = 'round';
    for (const stroke of strokes) {
      pen.beginPath();
      for (const [x, y] of stroke) pen.lineTo(x, y);
      const [x, y] = stroke[0];
      pen.lineTo(
        stroke.length === 1 ? x + 0.01 : stroke[stroke.length - 1][0],
        stroke.length === 1 ? y : stroke[stroke.length - 1][1],
      );
      pen.stroke();
    }
    if (pad.matches(':focus-visible')) {
      pen.beginPath();
      pen.arc(...cursor, PEN / 2, 0, 2 * Math.PI);
      pen.lineWidth = 2;
      pen.strokeStyle = colour.target;
      if (keyDown) pen.fillStyle = colour.target;
      pen.stroke();
      if (keyDown) pen.fill();
    }
  }

  lay(strokes, lying);
  return {
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
            make('div', {}, make('h4', {}, text('sees')), sees),
          ),
          make(
            'ul',
            { class: 'bars', part: 'probabilities', 'aria-label': text('prediction-bars') },
            ...bars.map(({ row }) => row),
          ),
          caution,
        ),
      ),
    ),
    metrics() {
      if (!empty() && performance.now() - asked > AGAIN) read();
    },
    state({ running }) {
      if (!running && !empty()) read();
    },
    fresh: () => void read(),
    ready: () => void read(),
    figure({ index }) {
      if (typeof index === 'number') attempt(put(index));
    },
    draw,
  };
}
