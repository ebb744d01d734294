/**
 * The element `<unroll-lesson>`: a lesson, its controls and its figures, in a page of anybody's.
 *
 * Everything it can do is a member, so that a person, a teacher's script and a test drive it alike. It
 * brings three things together and computes nothing: a `LessonClient`, which has the worker; a `Run`,
 * which holds what came of it; and the figures, which are drawn from the Run.
 *
 * A lesson's life begins when the element is put into a document and ends when it is taken out of it. An
 * element that is only moved, out and in within one task, notices nothing. One that comes back later
 * begins again, with the same Run: kept runs, comparisons and what lies on the pad are still there.
 *
 * @module
 */

import { figureName } from '../figures/names.js';
import { beginningOf } from '../lessons/beginning.js';
import { LESSONS, manifestOf } from '../lessons/index.js';
import { languageOf, textsOf } from '../texts/index.js';
import { LessonClient } from '../worker/client.js';
import { isKnown } from '../worker/faster.js';
import { UnrollError, asUnrollError, closedError, wasEnded } from '../worker/fault.js';
import { SITE } from './address.js';
import { choiceOf, digitOf, objectOf, plain, strokesOf, writtenSeed } from './arguments.js';
import { CALL, MEMBERS, addMembers, paramsOf } from './commands.js';
import { Deferred } from './deferred.js';
import { rememberFocus } from './focus.js';
import { KnownAnswers } from './known.js';
import { readWords, writeWords } from './link.js';
import { PadReader } from './pad-reader.js';
import { Remembering } from './remembering.js';
import { memory } from './small-memory.js';
import { Run } from './run.js';
import { Stage } from './stage.js';

/** @import {BackendChoice, Choice, Commands, Comparison, Digit, Fault, Lesson, Metrics, State, Strokes, WorkerEvent} from '../worker/protocol.js' */
/** @import {Known} from '../worker/faster.js' */
/** @import {Manifest, Trained} from '../lessons/manifest.js' */
/** @import {MemberName, Members} from './commands.js' */
/** @import {Details, LessonEvents} from './events.js' */
/** @import {Notice, TapeShown} from './run.js' */

/** How near the view the lesson is when its worker starts. */
const NEAR = '150%';
/** Evaluations that are said aloud: those after so many steps. */
const SPOKEN = 200;
/** @type {BackendChoice[]} */
const BACKENDS = ['auto', 'webgpu', 'cpu'];

/** Members that are methods of the class itself. @typedef {'reset' | 'set' | 'compare' | 'digit' | 'scanOrder'} OwnMember */

/** @type {new () => LessonEvents & {[M in keyof Members as Exclude<M, OwnMember>]: Members[M]} & HTMLElement} */
const Base = /** @type {any} */ (class extends HTMLElement {});

/**
 * What each attribute does when it changes while the lesson lives:
 *
 * | attribute | before it is connected | when changed |
 * |---|---|---|
 * | `lesson` | which lesson | another lesson: another Run, another worker |
 * | `start` | `trained`: with weights that come with the page, until somebody trains; `fresh` | as `lesson` |
 * | `seed` | of the first run | `reset` with that seed |
 * | `options` | the words of a link: options, seed, what is on the pad, the figure in view | `set` of all options, those it does not name as at the beginning; so with the seed |
 * | `backend` | what to run on | `set({backend})`; if that is refused, it goes back |
 * | `data` | which digits | other digits are loaded; if that fails, it goes back |
 * | `lang` | of all texts | the figures are built again, and nothing is lost |
 * | `show` | figures to show, alone; `text`: the article's text with them; `credit`: a link to the page | they are shown or hidden |
 * | `hide` | figures to leave out | they are hidden or shown |
 * | `fold` | figures of which the heading alone is there until somebody opens it | they can be folded, or are open |
 * | `large` | type and lines are large, for a room | they are, or are not |
 * | `remember` | the name under which this browser remembers the run from visit to visit | it is remembered under that name from then on |
 * | `autoplay` | plays when the element is first connected | nothing |
 *
 * A value that an attribute cannot have is an error that names it; then nothing starts or changes.
 */
export class UnrollLesson extends Base {
  static observedAttributes = [
    'lesson',
    'start',
    'seed',
    'options',
    'backend',
    'data',
    'lang',
    'show',
    'hide',
    'fold',
    'large',
    'remember',
  ];

  /** What came of the run, and what was done with it. */
  #run = new Run();
  /** The worker's side, started by the first who needs it. @type {LessonClient | null} */
  #client = null;
  /** What is shown, while the element is in a document. @type {Stage | null} */
  #stage = null;
  /** @type {Remembering | null} */
  #remembering = null;
  #known = new KnownAnswers();
  #reader = this.#readerOf(this.#run);
  /** @type {Deferred<Choice>} */
  #ready = new Deferred();
  #live = document.createElement('p');
  /** Whether it is in a document. */
  #alive = false;
  /** Whether it has ever been. */
  #hasLived = false;
  /** Whether somebody needs a worker: it is near the view, or was asked something. */
  #wanted = false;
  /** Why nothing starts: an attribute's value. @type {UnrollError | null} */
  #refusal = null;
  /** The weights that came with the page, once they have. @type {Trained | null} */
  #weights = null;
  /** The seed that somebody chose in place of the attribute's. @type {number | null} */
  #seed = null;
  /** Test images that somebody was given: a link can name them. @type {WeakSet<Digit>} */
  #testImages = new WeakSet();
  /** Names of nothing in `show`, `hide` and `fold` that were told. */
  #unknown = '';
  /** Whether what is shown is of another language or lesson. */
  #outdated = false;
  /** An attribute goes back to what it was. */
  #goingBack = false;
  /** Whether what `options` said at the beginning has been shown. */
  #hasShown = false;
  /** The last change of each attribute. @type {Map<string, object>} */
  #changes = new Map();
  #near = new IntersectionObserver(
    (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) this.#want();
    },
    { rootMargin: NEAR },
  );

  constructor() {
    super();
    this.attachShadow({ mode: 'open' });
    this.#live.setAttribute('aria-live', 'polite');
    this.#live.className = 'live';
  }

  // Members; those that ask the network are in commands.js.

  /**
   * Resolves when the lesson can be played; rejects with a clear error. A lesson starts when it comes
   * near the view, or when somebody asks for this or calls it.
   *
   * @returns {Promise<Choice>}
   */
  get ready() {
    if (this.isConnected) this.#want();
    return this.#ready.promise;
  }

  /** Starts again after a failure, from what is kept of the run. @returns {Promise<Choice>} */
  async retry() {
    this.#refuseDetached();
    this.#refusal = null;
    const client = this.#started();
    if (!client.failed) return client.ready;
    this.#ready.renew();
    this.#notify(null);
    return client.retry();
  }

  /** Begins again as this run began, or from the weights of a seed. @param {{seed?: number}} [how] */
  async reset(how = {}) {
    this.#refuseDetached();
    const { seed } = paramsOf('reset', [how]);
    if (seed !== undefined && this.#refusal) {
      this.#seed = seed;
      this.#startAgain();
    }
    return /** @type {Promise<State>} */ (this[CALL]('reset', [how]));
  }

  /** Forgets what is remembered and done, and begins as at the first visit. */
  async forget() {
    this.#refuseDetached();
    await this.#remembering?.forget();
    if (!this.#alive) return;
    this.#beginAnew(false);
    this.#want();
  }

  /**
   * Changes options. An unknown name or a value out of range is an error that names it, and changes
   * nothing; so is a backend that does not start.
   *
   * @param {Record<string, unknown>} options
   */
  async set(options) {
    this.#refuseDetached();
    /** @type {Record<string, unknown>} */
    const { backend, ...others } = paramsOf('set', [options]).options;
    const some = Object.keys(others).length > 0;
    if (backend === undefined) {
      if (some) await this[CALL]('set', [others]);
      return this.state;
    }
    const client = this.#started();
    const before = client.how.backend;
    await client.switchBackend(choiceOf('backend', backend, BACKENDS));
    if (!some) return this.state;
    try {
      await this[CALL]('set', [others]);
    } catch (error) {
      // All of it, or nothing.
      await client.switchBackend(before).catch(() => {});
      throw error;
    }
    return this.state;
  }

  /**
   * Trains up to five runs side by side, beside the lesson's own; figures find them in the Run, under
   * their `name`.
   *
   * @param {Commands['compare']['params'] & {name?: string}} what
   * @returns {Promise<Commands['compare']['value']>}
   */
  async compare(what) {
    this.#refuseDetached();
    const params = paramsOf('compare', [what]);
    const name = plain('compare', () => String(what.name ?? ''));
    const run = this.#run;
    const { id, answer } = this.#started().ask('compare', params);
    run.beginComparison(id, name, params);
    this.#changed();
    try {
      const value = await answer;
      run.endComparison(id, 'done');
      return value;
    } catch (error) {
      run.endComparison(id, wasEnded(error) ? 'stopped' : 'failed');
      throw error;
    } finally {
      this.#changed();
    }
  }

  /** One digit of the data. @param {'train' | 'test'} set @param {number} index @returns {Promise<Digit>} */
  async digit(set, index) {
    const ask = () => /** @type {Promise<Digit>} */ (this[CALL]('digit', [set, index]));
    if (typeof set !== 'string' || typeof index !== 'number') return ask();
    const digit = await this.#known.get(() => `${set} ${index}`, ask);
    if (set === 'test') this.#testImages.add(digit);
    return digit;
  }

  /** Which pixel of a digit is read at each of the 784 places. @returns {Promise<Uint16Array>} */
  async scanOrder() {
    const ask = () => /** @type {Promise<Uint16Array>} */ (this[CALL]('scanOrder', []));
    return this.#known.get(() => `scan ${this.#run.state?.options.scan}`, ask);
  }

  /** What the run is like at the moment. Read only. */
  get state() {
    const { state, choice } = this.#run;
    return /** @type {State & {choice: Choice | null}} */ ({
      lesson: this.lesson,
      running: false,
      step: 0,
      options: LESSONS.includes(this.lesson)
        ? { ...beginningOf(this.lesson), ...this.#said.options }
        : {},
      ...state,
      choice,
    });
  }

  /** Every step's loss so far; after a million steps the means of two, of four, and so on. */
  get losses() {
    return this.#run.losses.slice();
  }

  /** sin-cos: the segments of this run so far. */
  get segments() {
    return this.#run.segments;
  }

  /**
   * Brings a figure into view, and tells it what to show: what a text beside it is about.
   *
   * @param {string} name  as `hide` calls it
   * @param {Record<string, unknown>} [what]  the figure's own; without it, the figure is only brought into view
   */
  async figure(name, what) {
    this.#refuseDetached();
    const shown = what === undefined ? null : plain('figure', () => objectOf('figure', what));
    try {
      await this.#built().show(figureName(String(name)), shown);
    } catch (error) {
      throw asUnrollError(error);
    }
  }

  /**
   * The address of the page with this lesson as it is: its options, its seed, the figure in view, what is on the
   * pad. Read only.
   */
  get link() {
    const { state, pad } = this.#run;
    const { image, strokes } = pad;
    const words = writeWords({
      lesson: this.lesson,
      seed: state?.seed ?? this.#said.seed ?? 1,
      options: state?.options ?? this.#said.options,
      figure: this.#stage?.current ?? null,
      digit: image && this.#testImages.has(image) ? image.index : null,
      drawing: strokes,
    });
    return new URL(`#${words}`, SITE).href;
  }

  /** mnist: what lies on the pad, strokes or an image. Read only. */
  get pad() {
    const { strokes, image } = this.#run.pad;
    return { strokes: structuredClone(strokes), image };
  }

  /** mnist: what the belief tape shows. Read only. */
  get tape() {
    return this.#run.tape;
  }

  /** The belief tape shows another reading. @param {TapeShown} tape */
  showsOnTape(tape) {
    this.#run.tape = tape;
    this.#emit('tape', tape);
  }

  /** Puts a drawing on the pad. @param {Strokes} strokes */
  async draw(strokes) {
    this.#refuseDetached();
    this.#placeOnPad(strokesOf(strokes), null);
  }

  /** Puts a digit on the pad, in place of a drawing; null: nothing. @param {Digit | null} image */
  async place(image) {
    this.#refuseDetached();
    this.#placeOnPad([], digitOf(image));
  }

  /** Says something, once it is said on the page as well, to those who hear the page. @param {string} words */
  announce(words) {
    this.#live.textContent = words;
  }

  /** Asks for one frame of drawing. */
  needsFrame() {
    this.#stage?.needsFrame();
  }

  /** Asks for one as well. While it trains as fast as it can there is news all the time: then nobody waits for it. */
  hasNews() {
    const { state } = this.#run;
    this.#stage?.needsFrame(state?.running && state.options.speed === null);
  }

  /** The figures that a lesson has here. @param {Manifest} manifest */
  figuresOf({ figures }) {
    return figures;
  }

  /** Which lesson. @returns {Lesson} */
  get lesson() {
    const asked = this.getAttribute('lesson');
    return LESSONS.find((name) => name === asked) ?? /** @type {Lesson} */ (asked ?? LESSONS[0]);
  }

  /** The backend that was asked for, `auto` unless somebody did. */
  get askedBackend() {
    const asked = this.#client?.how.backend ?? this.getAttribute('backend');
    return BACKENDS.find((name) => name === asked) ?? 'auto';
  }

  // Life

  connectedCallback() {
    if (this.#alive) return this.needsFrame();
    this.#alive = true;
    this.#ready.renew();
    const first = !this.#hasLived;
    this.#hasLived = true;
    this.#remember(first);
    this.#near.observe(this);
    // The page may be about to say in which language, and from which seed.
    this.#build(() => {
      this.#hasShown = true;
      if (first) this.#tellIgnored(this.#show());
      if (first && this.hasAttribute('autoplay')) this.play().catch(() => {});
    });
  }

  disconnectedCallback() {
    // An element that is only being moved comes back within this task.
    setTimeout(() => {
      if (!this.isConnected) this.#end();
    });
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} after
   */
  attributeChangedCallback(name, before, after) {
    // The same words once more: it is to be as they say.
    if (before === after && name !== 'options') return;
    if (!this.#alive || this.#goingBack) return;
    if (name === 'lang') return this.#build();
    if (name === 'large') return this.#stage?.resized();
    if (name === 'remember') return this.#remember(!this.#client);
    if (name === 'show' || name === 'hide' || name === 'fold') return this.#arrange();
    if (name === 'lesson' || name === 'start') return this.#beginAnew(true);
    if (name === 'seed') this.#seed = null;
    this.#rename();
    const ignored = name === 'options' && this.#hasShown ? this.#show() : [];
    if (!this.#client) {
      this.#startAgain();
      return this.#tellIgnored(ignored);
    }
    const change = {};
    this.#changes.set(name, change);
    // What is said of a run is over when another one begins: it is said last.
    const changed = this.#changeTo(name, after).then(() => this.#tellIgnored(ignored));
    changed.catch((error) => {
      // A later change is what holds.
      if (this.#changes.get(name) === change) this.#goBack(name, before);
      const { fault } = asUnrollError(error);
      if (wasEnded(error) || this.#run.notice?.cause === 'start') return;
      this.#fault(fault, name === 'backend' ? 'backend' : 'request');
    });
  }

  /**
   * @param {string} name  of an attribute
   * @param {string | null} value
   * @returns {Promise<unknown>}
   */
  async #changeTo(name, value) {
    if (name === 'seed') return this.reset({ seed: writtenSeed(value ?? '1') });
    if (name === 'backend') return this.set({ backend: value ?? 'auto' });
    if (name === 'options') return this.#takeOptions();
    if (this.#started().how.data === null) return null;
    const data = choiceOf('data', value ?? 'mnist', ['mnist', 'synthetic']);
    return this.#ask('load', { data });
  }

  /** What the attribute `options` says; another seed than the attribute's is ignored. */
  get #said() {
    const seed = this.hasAttribute('seed') ? Number(this.getAttribute('seed')) : null;
    return readWords(this.getAttribute('options') ?? '', { lesson: this.lesson, seed });
  }

  async #takeOptions() {
    const { seed, options } = this.#said;
    await this.set({ ...beginningOf(this.lesson), ...options });
    const wanted = seed ?? 1;
    if (wanted !== this.#run.state?.seed) await this.reset({ seed: wanted });
  }

  /** Shows what `options` says besides options: what is on the pad, and a figure. @returns {string[]} words that are ignored */
  #show() {
    if (!this.hasAttribute('options') || this.#refusal) return [];
    const { figure, digit, drawing, ignored } = this.#said;
    if (drawing.length > 0) this.#placeOnPad(drawing, null);
    if (digit !== null) this.#attempt(this.digit('test', digit).then((one) => this.place(one)));
    if (figure && !this.#built().bring(figure)) ignored.push(`figure=${figure.slice(0, 40)}`);
    return ignored;
  }

  /** @param {string[]} ignored words of a link */
  #tellIgnored(ignored) {
    if (ignored.length === 0 || !this.#alive) return;
    const list = ignored.join('; ');
    const message = `Ignored, because this lesson cannot have it: ${list}.`;
    this.#fault({ code: 'link-ignored', message, detail: { list } }, 'request');
  }

  /** @param {string} name of an attribute @param {string | null} value */
  #goBack(name, value) {
    this.#goingBack = true;
    if (value === null) this.removeAttribute(name);
    else this.setAttribute(name, value);
    this.#goingBack = false;
    this.#rename();
  }

  /** Which backend proved to be faster, where this browser may remember it. */
  #measured() {
    if (!this.hasAttribute('remember')) return {};
    /** @param {unknown} value @returns {value is Known | null} */
    const fits = (value) => value === null || isKnown(value);
    return { measured: memory('backend', fits, /** @type {Known | null} */ (null)) };
  }

  /** Another Run, another worker. @param {boolean} recalls  whether to begin with what is remembered */
  #beginAnew(recalls) {
    this.#closeClient();
    this.#ready.reject(closedError());
    this.#ready.renew();
    this.#run = new Run();
    this.#reader = this.#readerOf(this.#run);
    this.#known.forget();
    this.#seed = null;
    this.#remember(recalls);
    this.#build(() => this.#startAgain());
  }

  /** What the run is remembered under: other attributes, another run. */
  get #runName() {
    const site = new URL('.', location.href).pathname;
    const asked = ['lesson', 'remember', 'seed', 'data', 'options'];
    return [site, ...asked.map((one) => this.getAttribute(one) ?? '')].join(' ');
  }

  /** Remembers the run from now on, if the page asks for it. @param {boolean} recalls  whether to begin with what is remembered */
  #remember(recalls) {
    this.#remembering?.end();
    this.#remembering = null;
    if (!this.hasAttribute('remember')) return;
    const changed = () => this.#changed();
    this.#remembering = new Remembering(this.#runName, this.#run, { recalls, changed });
  }

  /** Other attributes: what comes of the run from now on is remembered as another one. */
  #rename() {
    const before = this.#remembering?.name ?? this.#runName;
    if (before !== this.#runName) this.#remember(!this.#client);
  }

  #end() {
    if (!this.#alive) return;
    this.#alive = this.#wanted = false;
    this.#near.disconnect();
    this.#remembering?.end();
    this.#remembering = null;
    this.#closeClient();
    this.#known.forget();
    this.#ready.reject(closedError());
    this.#stage?.dispose();
    this.#stage = null;
    this.shadowRoot?.replaceChildren();
    this.#refusal = null;
    this.#run.setNotice(null);
  }

  #closeClient() {
    const client = this.#client;
    this.#client = null;
    client?.close();
    this.#run.setServes(false);
  }

  // The worker's side

  /** Somebody needs a worker. */
  #want() {
    this.#wanted = true;
    try {
      this.#started();
    } catch {
      // It is said why, and `ready` rejects.
    }
  }

  /** After a refusal, with what holds now. */
  #startAgain() {
    if (this.#client) return;
    this.#refusal = null;
    this.#ready.renew();
    if (this.#run.notice?.cause === 'start') this.#notify(null);
    if (this.#wanted) this.#want();
  }

  /**
   * The client, started by the first who needs it.
   *
   * @returns {LessonClient}
   * @throws {UnrollError} if an attribute has a value that it cannot have
   */
  #started() {
    if (this.#client) return this.#client;
    if (this.#refusal) throw this.#refusal;
    try {
      this.#client = this.#connected(new LessonClient(this.#beginning(), this.#measured()));
    } catch (error) {
      this.#refusal = asUnrollError(error);
      this.#ready.reject(this.#refusal);
      this.#fault(this.#refusal.fault, 'start');
      throw this.#refusal;
    }
    return this.#client;
  }

  #beginning() {
    const manifest = manifestOf(this.getAttribute('lesson') ?? LESSONS[0]);
    const { seed, options } = this.#said;
    const written = this.getAttribute('seed');
    const backend = choiceOf('backend', this.getAttribute('backend') ?? 'auto', BACKENDS);
    const digits = /** @type {const} */ (['mnist', 'synthetic']);
    const data = choiceOf('data', this.getAttribute('data') ?? 'mnist', digits);
    const { trained } = manifest;
    const starts = trained ? ['fresh', 'trained'] : ['fresh'];
    const start = choiceOf('start', this.getAttribute('start') ?? 'fresh', starts);
    return {
      lesson: manifest.name,
      backend,
      seed: this.#seed ?? (written === null ? (seed ?? 1) : writtenSeed(written)),
      options,
      data: manifest.digits ? data : null,
      run: (this.#run.state?.run ?? 0) + 1,
      remembered: this.#remembering?.recalled,
      trained: trained && start === 'trained' ? () => this.#trained(trained) : undefined,
    };
  }

  /** The weights that come with the page. @param {NonNullable<Manifest['trained']>} load */
  async #trained(load) {
    const { trained } = await load();
    this.#weights = trained;
    const weights = Uint8Array.from(atob(trained.weights), (letter) => letter.charCodeAt(0));
    return { options: trained.options, weights };
  }

  /** @param {LessonClient} client */
  #connected(client) {
    const run = this.#run;
    /** @type {(type: string, hear: (detail: any) => void) => void} */
    const on = (type, hear) =>
      client.addEventListener(type, (event) => {
        if (client === this.#client) hear(/** @type {CustomEvent} */ (event).detail);
      });
    on('state', (state) => {
      if (this.#takes(() => run.takeState(state))) this.#emit('state', state);
    });
    on('metrics', (metrics) => this.#metrics(metrics));
    on('evaluation', (event) => this.#evaluation(event));
    on('comparison', (comparison) => this.#comparison(comparison));
    on('progress', (event) => {
      if (!run.serves || (event.what === 'digits' && !run.state?.data)) run.setProgress(event);
      this.#emit('progress', event);
      this.#changed();
    });
    on('backend', (choice) => this.#backend(choice));
    on('serves', (choice) => this.#serves(choice));
    on('data', () => {
      this.#known.forget();
      run.setProgress(null);
      run.otherDigits();
      this.#changed();
    });
    on('checkpoint', (checkpoint) => this.#remembering?.keep(checkpoint));
    on('stopped', ({ state }) => this.#stopped(state));
    on('fault', ({ error }) => this.#fault(error, error.code === 'recovered' ? 'recovery' : 'run'));
    on('failed', (error) => {
      run.setServes(false);
      run.setProgress(null);
      this.#ready.renew();
      this.#ready.reject(error);
      this.#fault(error.fault, 'start');
    });
    return client;
  }

  /**
   * @param {MemberName} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  async [CALL](name, args) {
    this.#refuseDetached();
    const params = paramsOf(name, args);
    // Weights that came with the page are not trained on: whoever trains begins from nothing.
    if (this.#run.trained && (name === 'play' || name === 'step'))
      await this.reset({ seed: this.#run.state?.seed });
    return this.#ask(MEMBERS[name].command, params);
  }

  /**
   * @template {keyof Commands} K
   * @param {K} command
   * @param {Commands[K]['params']} params
   * @returns {Promise<Commands[K]['value']>}
   */
  async #ask(command, params) {
    this.#wanted = true;
    return this.#started().ask(command, params).answer;
  }

  #refuseDetached() {
    if (this.isConnected && this.#alive) return;
    const message = 'This lesson is in no document: put the element into one first.';
    throw new UnrollError({ code: 'not-connected', message, detail: {} });
  }

  // What came

  /**
   * Lets the Run take something, and says what follows.
   *
   * @param {() => boolean} take
   * @param {boolean} [again]  there is more of it all the time
   * @returns {boolean} false if it was late
   */
  #takes(take, again) {
    const before = this.#run.state?.run;
    if (!take()) return false;
    this.#run.trained = this.#client?.trained ? this.#weights : null;
    const { state, notice } = this.#run;
    // What was said of a run is over with it; that nothing starts, and is no run's.
    if (before !== undefined && state?.run !== before && notice && notice.cause !== 'start')
      this.#notify(null);
    this.#changed(again);
    return true;
  }

  /** @param {Metrics} metrics */
  #metrics(metrics) {
    if (!this.#takes(() => this.#run.takeMetrics(metrics), true)) return;
    const { step, epoch, loss, stepsPerSecond } = metrics.state;
    this.#emit('metrics', { step, epoch, loss, stepsPerSecond, ...metrics });
  }

  /** @param {Extract<WorkerEvent, {event: 'evaluation'}>} event */
  #evaluation(event) {
    if (!this.#takes(() => this.#run.takeEvaluation(event), true)) return;
    const { evaluation, asked, counts } = event;
    if (!asked && evaluation.step % SPOKEN === 0) {
      const percent = { style: /** @type {const} */ ('percent'), maximumFractionDigits: 1 };
      const accuracy = new Intl.NumberFormat(this.#language, percent).format(evaluation.accuracy);
      this.announce(this.#text('live-accuracy', { step: evaluation.step, accuracy }));
    }
    this.#emit('evaluation', { ...evaluation, asked, counts });
  }

  /** @param {Comparison} comparison */
  #comparison(comparison) {
    this.#run.takeComparison(comparison);
    this.#changed(true);
    this.#emit('comparison', { ...comparison, name: this.#run.comparing });
  }

  /** @param {Choice} choice */
  #backend(choice) {
    const { serves, choice: before } = this.#run;
    this.#run.takeChoice(choice);
    // What was refused was another choice.
    if (this.#run.notice?.cause === 'backend') this.#notify(null);
    this.#changed();
    if (!serves || before?.backend === choice.backend) return;
    const backend = this.#text(`backend-${choice.backend}`);
    this.announce(this.#text('live-backend', { backend }));
  }

  /** @param {Choice} choice */
  #serves(choice) {
    const run = this.#run;
    if (run.serves) return;
    this.#ready.renew();
    run.setProgress(null);
    run.setServes(true);
    this.#remembering?.serves();
    if (run.notice?.cause === 'start') this.#notify(null);
    this.#changed();
    this.#emit('ready', choice);
    this.#ready.resolve(choice);
    const { connection } = /** @type {{connection?: {saveData: boolean}}} */ (navigator);
    if (!connection?.saveData) this.#client?.fetchDigits();
  }

  /** @param {State} state */
  #stopped(state) {
    this.announce(this.#text('live-finished', { loss: state.loss?.toFixed(3) ?? '' }));
    this.#changed();
  }

  /** Something has changed: whoever looks at the Run looks again. @param {boolean} [again] there is more of it all the time */
  #changed(again) {
    this.#reader.look();
    if (again) this.hasNews();
    else this.needsFrame();
  }

  /** @param {Fault} fault @param {Notice['cause']} cause */
  #fault(fault, cause) {
    this.#notify({ fault, cause });
    this.#changed();
    this.#emit('error', fault);
  }

  /** @param {Notice | null} notice */
  #notify(notice) {
    this.#run.setNotice(notice);
    this.#stage?.notify();
  }

  /** Shows the fault of what was asked for, if any. @param {Promise<unknown>} work @param {'backend' | 'request'} [cause] */
  #attempt(work, cause = 'request') {
    work.catch((error) => {
      const { fault } = asUnrollError(error);
      // A failure to start is shown already, with what can be done about it.
      if (wasEnded(error) || this.#run.notice?.cause === 'start') return;
      this.#notify({ fault, cause });
    });
  }

  /**
   * @template {keyof Details} K
   * @param {K} name
   * @param {Details[K]} detail
   */
  #emit(name, detail) {
    const how = { detail, bubbles: true, composed: true };
    this.dispatchEvent(new CustomEvent(`unroll-${name}`, how));
  }

  // The pad

  /** @param {Run} run */
  #readerOf(run) {
    /** @type {import('./pad-reader.js').Reader} */
    const reader = {
      classifyDrawing: (drawing) => this.classifyDrawing(drawing),
      predict: (pixels) => this.predict(pixels),
    };
    return new PadReader(run, reader, () => this.hasNews());
  }

  /** @param {Strokes} strokes @param {Digit | null} image */
  #placeOnPad(strokes, image) {
    this.#run.placeOnPad({ strokes, image });
    this.#changed();
  }

  // What is shown

  get #language() {
    return languageOf(this.getAttribute('lang') ?? document.documentElement.lang);
  }

  get #text() {
    return textsOf(this.#language);
  }

  /** Builds what is shown, once for all changes of this moment. @param {() => void} [then] */
  #build(then) {
    this.#outdated = true;
    queueMicrotask(() => {
      if (!this.#alive) return;
      this.#built();
      then?.();
    });
  }

  /** What is shown, as it should be at this moment. @returns {Stage} */
  #built() {
    if (this.#stage && !this.#outdated) return this.#stage;
    this.#outdated = false;
    const root = /** @type {ShadowRoot} */ (this.shadowRoot);
    const refocus = rememberFocus(root);
    this.#stage?.dispose();
    this.#stage = new Stage({
      host: this,
      root,
      run: this.#run,
      lesson: this.lesson,
      language: this.#language,
      text: this.#text,
      attempt: (work, cause) => this.#attempt(work, cause),
      live: this.#live,
    });
    this.#arrange();
    refocus();
    return this.#stage;
  }

  /** Leaves there what `show`, `hide` and `fold` say, and tells, once, what names nothing. */
  #arrange() {
    if (!this.#stage) return;
    const [show, hide, fold] = ['show', 'hide', 'fold'].map((name) => this.getAttribute(name));
    const unknown = this.#stage.arrange(show ?? null, hide ?? null, fold ?? null);
    const name = unknown?.fault.detail.name ?? '';
    if (name === this.#unknown) return;
    this.#unknown = name;
    if (unknown) return this.#fault(unknown.fault, 'request');
    if (this.#run.notice?.fault.code === 'figure-unknown') this.#notify(null);
  }
}

addMembers(UnrollLesson);
customElements.define('unroll-lesson', UnrollLesson);
