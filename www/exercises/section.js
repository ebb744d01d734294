/**
 * The section of exercises: a list that can be opened row by row. Whether one is solved the page finds by itself,
 * from what the lessons tell, once the row was opened or Go there was pressed.
 *
 * @module
 */

import { TryButton } from '../article/try-button.js';
import { Card } from '../guide/card.js';
import { memory } from '../lesson/small-memory.js';
import { make, write } from '../lesson/dom.js';
import { keepInView } from '../lesson/keep-in-view.js';
import { textsOf } from '../texts/index.js';
import { EXERCISES } from './exercises.js';
import { Watched } from './watched.js';

/** @import {UnrollLesson} from '../lesson/unroll-lesson.js' */
/** @import {Language, TextKey} from '../texts/index.js' */
/** @import {Exercise, ExerciseTexts, Told, Values, Verdict} from './types.js' */

/** Between two looks into the network, in milliseconds. */
const LOOK = 400;
/** The elements of the page. */
const ELEMENTS = {
  reader: 'unroll-reader',
  'sin-cos': 'unroll-lesson[lesson="sin-cos"]',
  mnist: 'unroll-lesson[lesson="mnist"]',
};

/** @type {Verdict} */
const ARRIVED = { solved: false, says: null, because: { key: 'arrived', values: {} } };

/** @type {(value: unknown) => value is string[]} */
const areNames = (value) =>
  Array.isArray(value) && value.length < 100 && value.every((one) => typeof one === 'string');

/** @param {'en' | 'zh'} language @returns {Promise<{texts: ExerciseTexts}>} */
const load = (language) => (language === 'zh' ? import('./zh.js') : import('./en.js'));

export class Exercises {
  #memory = memory('exercises', areNames, []);
  #rows;
  #words;
  #count = make('span', { class: 'exercises-count' });
  #forget = make('button', { type: 'button', class: 'quiet', onclick: () => this.#forgetAll() });
  #said = make('p', { class: 'unseen', role: 'status' });
  #again = make('button', { type: 'button', onclick: () => this.#backToRow() });
  #close = make('button', { type: 'button', onclick: () => this.#card.close() });
  #card = new Card({
    spoken: false,
    buttons: [this.#again, this.#close],
    closed: (byReader) => {
      const row = this.#current;
      if (row) row.isCurrent = false;
      this.#current = null;
      if (byReader) row?.element.querySelector('summary')?.focus({ preventScroll: true });
    },
  });
  /** The exercise that the card is about. @type {Row | null} */
  #current = null;
  /** @type {Language} */
  #language = 'en';
  /** @type {ExerciseTexts | null} */
  #texts = null;

  /** @param {HTMLElement} list  where the rows go */
  constructor(list) {
    /** @type {Map<string, {lesson: UnrollLesson, watched: Watched}>} */
    const lessons = new Map();
    for (const [where, selector] of Object.entries(ELEMENTS)) {
      const lesson = /** @type {UnrollLesson | null} */ (document.querySelector(selector));
      if (!lesson) continue;
      const watched = new Watched(lesson, () => this.#look(where));
      lessons.set(where, { lesson, watched });
    }
    this.#rows = EXERCISES.flatMap((exercise) => {
      const found = lessons.get(exercise.where);
      if (!found) return [];
      return [
        new Row(exercise, found.lesson, found.watched, {
          changed: () => this.#tell(),
          solved: (row) => this.#solved(row),
          begins: (row) => this.#begins(row),
        }),
      ];
    });
    for (const row of this.#rows) row.isSolved = this.#memory.value.includes(row.exercise.id);
    const column = (/** @type {boolean} */ isWave) =>
      make(
        'div',
        { class: 'exercises-column' },
        ...this.#rows
          .filter(({ exercise }) => (exercise.where === 'sin-cos') === isWave)
          .map(({ element }) => element),
      );
    this.#words = make('div', { class: 'exercises-foot' }, this.#count, this.#forget);
    list.replaceChildren(
      make('div', { class: 'exercises-list' }, column(true), column(false)),
      this.#words,
      this.#said,
    );
    this.#readyForPaper();
    this.#follow();
    addEventListener('hashchange', () => this.#follow());
  }

  /** @param {Language} language */
  async speak(language) {
    this.#language = language;
    const { texts } = await load(language);
    if (this.#language !== language) return;
    this.#texts = texts;
    for (const row of this.#rows) row.speak(texts, language);
    const { words } = texts;
    write(this.#forget, words.forget ?? '');
    write(this.#again, words.back ?? '');
    write(this.#close, words.close ?? '');
    write(this.#said, '');
    this.#tell();
  }

  #tell() {
    if (!this.#texts) return;
    const solved = this.#rows.filter(({ isSolved }) => isSolved).length;
    const of = { solved, count: this.#rows.length };
    write(this.#count, filled(this.#texts.words.count ?? '', of));
    this.#forget.hidden = solved === 0;
    const row = this.#current;
    if (!row) return;
    this.#card.say({
      label: this.#texts.words.card ?? '',
      title: row.title,
      where: '',
      words: row.words || row.task,
    });
    this.#card.element.classList.toggle('solved', row.isSolved);
  }

  /** @param {string} where */
  #look(where) {
    // Whoever is at one exercise does not solve another on the way.
    const at = this.#current ? [this.#current] : this.#rows;
    for (const row of at) if (row.exercise.where === where) row.look();
  }

  /** @param {Row} row */
  #begins(row) {
    if (this.#current) this.#current.isCurrent = false;
    this.#current = row;
    row.isCurrent = true;
    this.#card.open();
    row.look();
    this.#tell();
  }

  /** @param {Row} row */
  #solved(row) {
    const others = this.#memory.value.filter((id) => id !== row.exercise.id);
    this.#memory.keep([...others, row.exercise.id]);
    this.#tell();
    write(this.#said, filled(this.#texts?.words.announced ?? '', { title: row.title }));
  }

  #backToRow() {
    const row = this.#current;
    this.#card.close();
    if (!row) return;
    row.element.open = true;
    row.element.scrollIntoView({ block: 'center' });
  }

  /** What the address says: a link can lead to an exercise. */
  #follow() {
    const name = location.hash.slice(1);
    const row = this.#rows.find(({ element }) => element.id === name);
    if (row) row.element.open = true;
    const to = row?.element ?? (name === 'exercises' && document.getElementById(name));
    if (to) keepInView(to);
  }

  #forgetAll() {
    this.#memory.forget();
    for (const row of this.#rows) row.forget();
    write(this.#said, '');
    this.#tell();
    this.#rows[0]?.element.querySelector('summary')?.focus({ preventScroll: true });
  }

  /** On paper every row is open. */
  #readyForPaper() {
    /** @type {HTMLDetailsElement[]} */
    let opened = [];
    const print = (/** @type {boolean} */ on) => {
      if (on) {
        const all = this.#rows.flatMap(({ element }) => [
          element,
          ...element.querySelectorAll('details'),
        ]);
        opened = [...opened, ...all.filter(({ open }) => !open)];
      }
      for (const details of opened) details.open = on;
      if (!on) opened = [];
    };
    addEventListener('beforeprint', () => print(true));
    addEventListener('afterprint', () => print(false));
    matchMedia('print').addEventListener('change', ({ matches }) => print(matches));
  }
}

/** One exercise. */
class Row {
  isSolved = false;
  title = '';
  task = '';
  /** What is said of how far it is. */
  words = '';
  #lesson;
  #watched;
  #told;
  /** Whether the card is about it. */
  isCurrent = false;
  /** Whether the goal was not met since somebody is at it: what was so before was not done for it. */
  #isUnmet = false;
  #looking = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Verdict | null} */
  #verdict = null;
  /** @type {ExerciseTexts | null} */
  #texts = null;
  /** @type {Language} */
  #language = 'en';
  #name = make('span', { class: 'exercise-name' });
  #state = make('span', { class: 'exercise-state' });
  #task = make('p');
  #progress = make('p', { class: 'exercise-progress' });
  #hint = make('p');
  #solution = make('p');
  #hintName = make('summary');
  #solutionName = make('summary');
  #go;
  #do;
  /** @type {HTMLDetailsElement} */
  element;

  /**
   * @param {Exercise} exercise
   * @param {UnrollLesson} lesson
   * @param {Watched} watched
   * @param {object} told
   * @param {() => void} told.changed
   * @param {(row: Row) => void} told.solved
   * @param {(row: Row) => void} told.begins
   */
  constructor(exercise, lesson, watched, told) {
    this.exercise = exercise;
    this.#lesson = lesson;
    this.#watched = watched;
    this.#told = told;
    const { id } = exercise;
    this.#go = TryButton.of(lesson, `exercise ${id} start`);
    this.#do = TryButton.of(lesson, `exercise ${id} solution`);
    const begins = () => told.begins(this);
    // Whatever the lesson is like by now, the page itself does it.
    this.#do.element.querySelector('button')?.addEventListener('click', () => {
      this.#isUnmet = true;
    });
    for (const { element } of [this.#go, this.#do])
      element.querySelector('button')?.addEventListener('click', begins);
    this.element = make(
      'details',
      {
        class: 'exercise',
        id: `exercise-${id}`,
        ontoggle: () => {
          if (matchMedia('print').matches) return;
          if (!this.isCurrent) this.#isUnmet = false;
          this.look();
        },
      },
      make('summary', {}, this.#name, ' ', this.#state),
      this.#task,
      this.#progress,
      make('ul', { class: 'tries' }, this.#go.element),
      make('details', { class: 'exercise-more' }, this.#hintName, this.#hint),
      make(
        'details',
        { class: 'exercise-more' },
        this.#solutionName,
        this.#solution,
        make('ul', { class: 'tries' }, this.#do.element),
      ),
    );
  }

  /** @param {ExerciseTexts} texts @param {Language} language */
  speak(texts, language) {
    this.#texts = texts;
    this.#language = language;
    const { exercise } = this;
    const told = /** @type {Told} */ (texts.exercises[exercise.id]);
    const { words } = texts;
    this.title = told.title;
    write(this.#name, told.title);
    // Ours, from a file of this site.
    this.#task.innerHTML = told.task;
    this.#hint.innerHTML = told.hint;
    this.#solution.innerHTML = told.solution;
    this.task = this.#task.textContent ?? '';
    write(this.#hintName, words.hint ?? '');
    write(this.#solutionName, words.solution ?? '');
    const seen = /** @type {Exercise['start'][number]} */ (['figure', exercise.figure]);
    const start = { label: words.go ?? '', actions: [seen, ...exercise.start] };
    this.#go.build(start, language, exercise.figure);
    const solution = { label: words.do ?? '', actions: [seen, ...exercise.solution] };
    this.#do.build(solution, language, exercise.figure);
    this.#tell();
  }

  /** Something was seen of its lesson. */
  look() {
    if (!(this.element.open || this.isCurrent) || this.isSolved) return;
    this.#ask();
    const verdict = this.exercise.goal.judge(this.#watched);
    const { solved } = verdict;
    if (!solved && this.#watched.state) this.#isUnmet = true;
    this.#verdict = solved && !this.#isUnmet ? ARRIVED : verdict;
    if (this.#verdict.solved) {
      this.isSolved = true;
      this.#told.solved(this);
    }
    this.#tell();
  }

  /** It is open again. */
  forget() {
    this.isSolved = this.#isUnmet = false;
    this.#verdict = null;
    this.#tell();
  }

  #tell() {
    const texts = this.#texts;
    if (!texts) return;
    const { isSolved } = this;
    this.element.classList.toggle('solved', isSolved);
    write(this.#state, texts.words[isSolved ? 'solved' : 'open'] ?? '');
    const { says, because } = this.#verdict ?? {};
    const said = because ?? says;
    this.words = isSolved
      ? [texts.words['solved-now'], said && this.#written(said)]
          .filter(Boolean)
          .join(texts.words.space)
      : said
        ? this.#written(said)
        : '';
    write(this.#progress, this.words);
    this.#progress.classList.toggle('because', !isSolved && Boolean(because));
    this.#told.changed();
  }

  /** @param {{key: string, values: Values}} said */
  #written({ key, values }) {
    const { name, ...others } = values;
    const text = textsOf(this.#language);
    const value = (/** @type {string} */ which) => {
      const named = `${name}-${others[which]}`;
      const said = String(others[which]);
      return textOr(text, named, said === 'null' ? text('none') : said);
    };
    const shown = Object.fromEntries(Object.keys(others).map((one) => [one, value(one)]));
    if (name !== undefined) shown.name = text(/** @type {TextKey} */ (name));
    return filled(this.#texts?.words[`says-${key}`] ?? '', shown);
  }

  /** Looks into the network, if the goal wants that and it is time. */
  async #ask() {
    const { look } = this.exercise.goal;
    const { state, looked } = this.#watched;
    if (!look || this.#looking || !state || state.step === 0 || !this.#watched.whole) return;
    // What was answered last holds.
    if (looked.get(this.exercise.id)?.step === state.step) return;
    const wait = this.#lookedAt + LOOK - performance.now();
    clearTimeout(this.#timer);
    if (wait > 0 && state.running) {
      this.#timer = setTimeout(() => this.look(), wait);
      return;
    }
    this.#looking = true;
    this.#lookedAt = performance.now();
    try {
      const value = await look(this.#lesson);
      // As far as is known: the run may have gone on while it was looked into.
      if (this.#watched.looked === looked)
        looked.set(this.exercise.id, { step: state.step, value });
    } catch {
      // The lesson says what is wrong with it.
      return;
    } finally {
      this.#looking = false;
    }
    this.look();
  }
}

/** @param {ReturnType<typeof textsOf>} text @param {string} key @param {string} otherwise */
function textOr(text, key, otherwise) {
  try {
    return text(/** @type {TextKey} */ (key));
  } catch {
    return otherwise;
  }
}

/** @param {string} words @param {Values} values */
function filled(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
