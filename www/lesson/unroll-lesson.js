/**
 * The element `<unroll-lesson>`: a lesson, its controls and its pictures, in a page of anybody's.
 *
 * Everything it can do is a member, so that a person, a teacher's script and a test drive it alike.
 * It maps members to the worker's commands and the worker's events to its parts; it computes nothing.
 *
 * @module
 */

import { languageOf, textsOf } from '../texts/index.js';
import { LessonClient, UnrollError } from '../worker/client.js';
import { SegmentHistory } from './segment-history.js';
import { architecture } from './architecture.js';
import { beliefTape } from './belief-tape.js';
import { code } from './code.js';
import { controls } from './controls.js';
import { accuracyCurve, lossCurve } from './curves.js';
import { drawingPad } from './drawing-pad.js';
import { firstTen } from './first-ten.js';
import { freeRun } from './free-run.js';
import { gateFilm } from './gate-film.js';
import { log } from './log.js';
import { memory } from './memory.js';
import { mistakes } from './mistakes.js';
import { notice } from './notice.js';
import { outputLayer } from './output-layer.js';
import { rnnLstm } from './rnn-lstm.js';
import { sampleImage } from './sample-image.js';
import { scanOrder } from './scan-order.js';
import { settings } from './settings.js';
import { stateModes } from './state-modes.js';
import { status } from './status.js';
import { waveChart } from './wave-chart.js';
import { weights } from './weights.js';

/** @import {BackendChoice, Choice, Commands, Comparison, Digit, Evaluation, Fault, Lesson, Metrics, State, Strokes} from '../worker/protocol.js' */
/** @import {Context, Part, Reading} from './parts.js' */

const STYLES = new URL('./lesson.css', import.meta.url).href;
/** How near the view the lesson is when its worker starts. */
const NEAR = '150%';
/** How near the view a part is when it is drawn. */
const DRAWN = '100%';
/** @type {BackendChoice[]} */
const BACKENDS = ['auto', 'webgpu', 'cpu'];

/** @type {Record<Lesson, {main: Array<(context: Context) => Part>, side: Array<(context: Context) => Part>}>} */
const PARTS = {
  'sin-cos': {
    main: [waveChart, lossCurve, memory, stateModes, freeRun, outputLayer, code],
    side: [settings, architecture, weights],
  },
  mnist: {
    main: [
      drawingPad,
      beliefTape,
      gateFilm,
      lossCurve,
      accuracyCurve,
      rnnLstm,
      firstTen,
      mistakes,
      scanOrder,
      log,
      code,
    ],
    side: [settings, sampleImage, architecture, weights],
  },
};

export class UnrollLesson extends HTMLElement {
  static observedAttributes = ['lang', 'hide', 'lesson'];

  /** @type {LessonClient | null} */
  #client = null;
  /** @type {Part[]} */
  #parts = [];
  /** @type {ReturnType<typeof notice> | null} */
  #notice = null;
  /** @type {ReturnType<typeof status> | null} */
  #status = null;
  #live = document.createElement('p');
  #frame = 0;
  #visible = false;
  #serves = false;
  /** @type {((choice: Choice) => void)} */
  #nowReady = () => {};
  /** @type {((error: Error) => void)} */
  #notReady = () => {};
  /** @type {IntersectionObserver[]} */
  #observers = [];
  /** The parts' own: what is out of view is not drawn, and asks nothing. @type {IntersectionObserver | null} */
  #drawn = null;
  /** The elements of those in view. @type {Set<Element>} */
  #inView = new Set();

  #ready = this.#promise();

  constructor() {
    super();
    this.attachShadow({ mode: 'open' });
    this.#live.setAttribute('aria-live', 'polite');
    this.#live.className = 'live';
  }

  // Members

  /**
   * Resolves when the lesson can be played; rejects with a clear error. A lesson starts when it
   * comes near the view, or when somebody asks for this or calls it.
   *
   * @returns {Promise<Choice>}
   */
  get ready() {
    if (this.isConnected) this.#start();
    return this.#ready;
  }

  /** Trains until paused or the end of the length. */
  async play() {
    await this.#ask('play', {});
  }

  /** Stops after the step under way. */
  async pause() {
    await this.#ask('pause', {});
  }

  /** Does `n` steps. Resolves with the state after the last one: step, loss and so on. */
  step(n = 1) {
    return this.#ask('step', { n });
  }

  /** Starts again from the same initial weights, or from those of another seed. @param {{seed?: number}} [how] */
  async reset({ seed } = {}) {
    this.#notice?.hide();
    return this.#ask('reset', seed === undefined ? {} : { seed });
  }

  /**
   * Changes options. An unknown name or a value out of range is an error that names it, and
   * changes nothing.
   *
   * @param {Record<string, unknown>} options
   */
  async set({ backend, ...options }) {
    if (backend !== undefined && !BACKENDS.includes(/** @type {BackendChoice} */ (backend))) {
      const expected = `one of ${BACKENDS.join(', ')}`;
      const message = `backend cannot be "${backend}": it must be ${expected}.`;
      throw new UnrollError({
        code: 'option-value',
        message,
        detail: { name: 'backend', value: String(backend), expected },
      });
    }
    if (Object.keys(options).length > 0) await this.#ask('set', { options });
    if (backend !== undefined) {
      await this.#start().ready;
      await this.#start().switchBackend(/** @type {BackendChoice} */ (backend));
    }
    return this.state;
  }

  /** What the run is like at the moment. Read only. */
  get state() {
    const client = this.#client;
    return /** @type {State & {choice: Choice | null}} */ ({
      lesson: this.lesson,
      running: false,
      step: 0,
      ...client?.state,
      choice: client?.choice ?? null,
    });
  }

  /** Every step's loss so far. */
  get losses() {
    return this.#client?.losses ?? new Float32Array();
  }

  /** mnist: what lies on the pad; a change of language leaves it there. @type {{strokes: Strokes, image: Digit | null}} */
  pad = { strokes: [], image: null };

  /** Whether the weights at hand have learned nothing: no step was done, and they are from no file. */
  get untrained() {
    return this.#client?.untrained ?? true;
  }

  /** sin-cos: the segments of this run so far. */
  get segments() {
    return this.#client?.segments ?? new SegmentHistory();
  }

  /** Loss, accuracy, confusion matrix, and each image's loss and prediction, on the first `n` test images. */
  evaluate(n = 2000) {
    return this.#ask('evaluate', { n });
  }

  /** What the network makes of an image. @param {Uint8Array | Float32Array} pixels */
  predict(pixels) {
    return this.#ask('predict', { pixels });
  }

  /** What the network does inside while it reads an image: beliefs, gates and states of every row. @param {Uint8Array | Float32Array} pixels */
  inspect(pixels) {
    return this.#ask('inspect', { pixels });
  }

  /** How much of the loss's gradient reaches the hidden state after each row. */
  rowGradients() {
    return this.#ask('rowGradients', {});
  }

  /** What the network makes of any sequence, from the zero state. @param {Float32Array} inputs */
  follow(inputs) {
    return this.#ask('follow', { inputs });
  }

  /** How much of the gradient of the latest segment's loss reaches every point of the last four segments. */
  gradientReach() {
    return this.#ask('gradientReach', {});
  }

  /** What the output layer makes of hidden states, in a loop and as one product. @param {Float32Array} states */
  outputLayer(states) {
    return this.#ask('outputLayer', { states });
  }

  /** Hidden states in the plane in which they vary most. @param {Commands['portrait']['params']} what */
  portrait(what) {
    return this.#ask('portrait', what);
  }

  /** Which pixel of a digit is read at each of the 784 places. */
  scanOrder() {
    return this.#ask('scanOrder', {});
  }

  /** Trains up to five runs side by side, beside the lesson's own. @param {Commands['compare']['params']} what */
  compare(what) {
    return this.#ask('compare', what);
  }

  /** What the network makes of a drawing, and the pixels it was fed. @param {Strokes | ImageData} drawing */
  classifyDrawing(drawing) {
    const plain =
      drawing instanceof ImageData
        ? { width: drawing.width, height: drawing.height, data: drawing.data }
        : drawing;
    return this.#ask('classifyDrawing', { drawing: plain });
  }

  /** One digit of the data. @param {'train' | 'test'} set @param {number} index */
  digit(set, index) {
    return this.#ask('digit', { set, index });
  }

  /** Trains on IDX files of one's own, gzipped or plain. @param {Commands['loadFiles']['params']} files */
  loadData(files) {
    return this.#ask('loadFiles', files);
  }

  /** The weights as safetensors, with PyTorch's names. */
  saveWeights() {
    return this.#ask('saveWeights', {});
  }

  /** Starts a fresh run from the weights of a safetensors file. @param {Uint8Array | ArrayBuffer} bytes */
  loadWeights(bytes) {
    return this.#ask('loadWeights', {
      bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes),
    });
  }

  /**
   * Brings a part into view, and tells it what to show: what a text beside it is about.
   *
   * @param {string} name as `hide` calls it
   * @param {Record<string, unknown>} [what] the part's own
   */
  figure(name, what = {}) {
    const part = this.#parts.find(({ element }) => element.dataset.group === name);
    part?.figure?.(what);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    part?.element.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }

  /** Says something, once it is said on the page as well, to those who hear the page. @param {string} words */
  announce(words) {
    this.#live.textContent = words;
  }

  /** Which lesson. */
  get lesson() {
    return /** @type {Lesson} */ (this.getAttribute('lesson') === 'mnist' ? 'mnist' : 'sin-cos');
  }

  /** The backend that was asked for, `auto` unless somebody did. */
  get askedBackend() {
    const asked = this.#client?.how.backend ?? this.getAttribute('backend');
    return BACKENDS.find((name) => name === asked) ?? 'auto';
  }

  // Life

  connectedCallback() {
    this.#build();
    const near = new IntersectionObserver(
      ([entry]) => {
        if (entry.isIntersecting) this.#start();
      },
      { rootMargin: NEAR },
    );
    const seen = new IntersectionObserver(([entry]) => {
      this.#visible = entry.isIntersecting;
      if (this.#visible) this.needsFrame();
    });
    near.observe(this);
    seen.observe(this);
    this.#observers = [near, seen];
    if (this.hasAttribute('autoplay')) this.play().catch(() => {});
  }

  disconnectedCallback() {
    for (const observer of this.#observers) observer.disconnect();
    this.#drawn?.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    // An element that is only being moved comes back at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#client?.close();
      this.#client = null;
      this.#serves = false;
      this.#ready = this.#promise();
    });
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} after
   */
  attributeChangedCallback(name, before, after) {
    if (before === after || this.#parts.length === 0) return;
    if (name === 'hide') this.#hide();
    else this.#build();
  }

  /** Asks for one frame of drawing. */
  needsFrame() {
    if (this.#frame || !this.#visible) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      for (const part of this.#parts) if (this.#inView.has(part.element)) part.draw?.();
    });
  }

  /** @returns {Promise<Choice>} */
  #promise() {
    const promise = new Promise((resolve, reject) => {
      this.#nowReady = resolve;
      this.#notReady = reject;
    });
    promise.catch(() => {});
    return promise;
  }

  /** The client, started by the first who needs it. */
  #start() {
    if (this.#client) return this.#client;
    const seed = Number(this.getAttribute('seed') ?? 1);
    const data = this.getAttribute('data') === 'synthetic' ? 'synthetic' : 'mnist';
    const client = new LessonClient({
      lesson: this.lesson,
      backend: this.askedBackend,
      seed,
      data,
    });
    this.#client = client;
    /** @type {(type: string, hear: (detail: any) => void) => void} */
    const on = (type, hear) =>
      client.addEventListener(
        type,
        (event) => client === this.#client && hear(/** @type {CustomEvent} */ (event).detail),
      );
    on('state', (state) => this.#state(state));
    on('fresh', () => this.#fresh());
    on('metrics', (metrics) => this.#metrics(metrics));
    on('evaluation', ({ evaluation, state }) => this.#evaluation(evaluation, state));
    on('comparison', ({ comparison }) => this.#comparison(comparison));
    on('progress', (event) => this.#progress(event));
    on('backend', (choice) => this.#backend(choice));
    on('fault', ({ error }) => this.#fault(error));
    on('stopped', ({ state }) => this.#stopped(state));
    client.ready.then(
      (choice) => {
        this.#serves = true;
        for (const part of this.#parts) part.ready?.();
        this.needsFrame();
        this.#tell('unroll-ready', choice);
        this.#nowReady(choice);
      },
      (error) => {
        if (client !== this.#client) return;
        this.#fault(error);
        this.#notReady(error);
      },
    );
    return client;
  }

  /**
   * @template {keyof Commands} K
   * @param {K} command
   * @param {Commands[K]['params']} params
   */
  #ask(command, params) {
    return this.#start().request(command, params);
  }

  // Events

  #lastStep = 0;

  /** @param {State} state */
  #state(state) {
    // A run that failed may begin anew without anybody's asking.
    if (state.step < this.#lastStep && this.losses.length === 0) this.#fresh();
    this.#lastStep = state.step;
    for (const part of this.#parts) part.state?.(state);
    this.needsFrame();
  }

  #fresh() {
    this.#lastStep = 0;
    for (const part of this.#parts) part.fresh?.();
    this.needsFrame();
  }

  /** @param {Metrics} metrics */
  #metrics(metrics) {
    for (const part of this.#parts) part.metrics?.(metrics);
    this.needsFrame();
    const { step, epoch, loss, stepsPerSecond } = metrics.state;
    this.#tell('unroll-metrics', { step, epoch, loss, stepsPerSecond, ...metrics });
  }

  /**
   * @param {Evaluation} evaluation
   * @param {State} state
   */
  #evaluation(evaluation, state) {
    for (const part of this.#parts) part.evaluation?.(evaluation, state);
    this.needsFrame();
    const percent = new Intl.NumberFormat(this.#language, {
      style: 'percent',
      maximumFractionDigits: 1,
    });
    if (evaluation.step % 200 === 0) {
      this.announce(
        this.#text('live-accuracy', {
          step: evaluation.step,
          accuracy: percent.format(evaluation.accuracy),
        }),
      );
    }
    this.#tell('unroll-evaluation', evaluation);
  }

  /** @param {Comparison} comparison */
  #comparison(comparison) {
    for (const part of this.#parts) part.comparison?.(comparison);
    this.needsFrame();
    this.#tell('unroll-comparison', comparison);
  }

  /** @param {any} event */
  #progress(event) {
    this.#status?.progress(event);
    this.#tell('unroll-progress', event);
  }

  /** @param {Choice} choice */
  #backend(choice) {
    for (const part of this.#parts) part.backend?.(choice);
    if (this.#serves)
      this.announce(
        this.#text('live-backend', { backend: this.#text(`backend-${choice.backend}`) }),
      );
  }

  /** @param {State} state */
  #stopped(state) {
    this.announce(this.#text('live-finished', { loss: state.loss?.toFixed(3) ?? '' }));
    this.needsFrame();
  }

  /** @param {Fault} fault */
  #fault(fault) {
    const { code, message, detail } = fault;
    this.#notice?.show({ code, message, detail });
    if (this.#client?.state) this.#state(this.#client.state);
    this.#tell('unroll-error', { code, message, detail });
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  // Looks

  get #language() {
    return languageOf(this.getAttribute('lang') ?? document.documentElement.lang);
  }

  get #text() {
    return textsOf(this.#language);
  }

  #build() {
    const language = this.#language;
    const attempt = (/** @type {Promise<unknown>} */ work) => {
      work.catch((error) =>
        this.#notice?.show({
          code: error.code ?? 'crashed',
          message: error.message,
          detail: error.detail ?? {},
        }),
      );
    };
    const drawingRead = (/** @type {Reading | null} */ reading) => {
      for (const part of parts) part.drawingRead?.(reading);
      this.needsFrame();
    };
    /** @type {Context} */
    const context = {
      host: this,
      lesson: this.lesson,
      language,
      text: this.#text,
      attempt,
      drawingRead,
    };
    const { main, side } = PARTS[this.lesson];
    this.#notice = notice(context);
    this.#status = status(context);
    const top = [controls(context), this.#status];
    const mainParts = main.map((part) => part(context));
    const sideParts = side.map((part) => part(context));
    const parts = [...top, ...mainParts, ...sideParts];
    this.#parts = parts;

    const styles = document.createElement('link');
    styles.rel = 'stylesheet';
    styles.href = STYLES;
    const frame = document.createElement('div');
    frame.className = `lesson ${this.lesson}`;
    frame.lang = language;
    const mainColumn = document.createElement('div');
    mainColumn.className = 'main';
    mainColumn.append(...mainParts.map((part) => part.element));
    const sideColumn = document.createElement('div');
    sideColumn.className = 'side';
    sideColumn.append(...sideParts.map((part) => part.element));
    frame.append(
      ...top.map((part) => part.element),
      this.#notice.element,
      mainColumn,
      sideColumn,
      this.#live,
    );
    this.shadowRoot?.replaceChildren(styles, frame);
    this.#hide();

    this.#drawn?.disconnect();
    this.#inView.clear();
    this.#drawn = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) this.#inView.add(target);
          else this.#inView.delete(target);
        }
        this.needsFrame();
      },
      { rootMargin: DRAWN },
    );
    for (const part of parts) this.#drawn.observe(part.element);

    const { state, choice } = this.#client ?? {};
    for (const part of this.#parts) {
      if (choice) part.backend?.(choice);
      if (state) part.state?.(state);
      if (this.#serves) part.ready?.();
    }
    this.needsFrame();
  }

  #hide() {
    const hidden = (this.getAttribute('hide') ?? '').split(',').map((name) => name.trim());
    for (const group of this.shadowRoot?.querySelectorAll('[data-group]') ?? []) {
      group.classList.toggle(
        'hidden',
        hidden.includes(/** @type {HTMLElement} */ (group).dataset.group ?? ''),
      );
    }
  }
}

customElements.define('unroll-lesson', UnrollLesson);
