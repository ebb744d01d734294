/**
 * Faults as Errors, for promises to reject with, and in words that people can read.
 *
 * @module
 */

/** @import {Fault} from './protocol.js' */

/** Characters of a message at most: a core quotes names of tensors and files. */
const LENGTH = 500;

/** What a program adds for its programmers: a chain of causes, a backtrace. */
const FOR_PROGRAMMERS = /\s*(?:Caused by:?|No backtrace|Stack backtrace|stack backtrace:)[\s\S]*$/;

/** Every promise of a lesson that rejects, rejects with this. */
export class UnrollError extends Error {
  /** @param {Fault} fault */
  constructor(fault) {
    super(firstLine(fault.message));
    this.name = 'UnrollError';
    this.code = fault.code;
    const detail = Object.entries(fault.detail).map(([name, value]) => [name, firstLine(value)]);
    /** @type {Record<string, string>} */
    this.detail = Object.fromEntries(detail);
  }

  /** As plain data. @returns {Fault} */
  get fault() {
    return { code: this.code, message: this.message, detail: this.detail };
  }
}

/**
 * Anything that was thrown, as an UnrollError.
 *
 * @param {unknown} thrown
 * @returns {UnrollError}
 */
export function asUnrollError(thrown) {
  if (thrown instanceof UnrollError) return thrown;
  const { code, message, detail } = /** @type {Partial<Fault>} */ (
    thrown !== null && typeof thrown === 'object' ? thrown : { message: String(thrown) }
  );
  return new UnrollError({
    code: typeof code === 'string' ? code : 'crashed',
    message: typeof message === 'string' ? message : 'Something failed without saying why.',
    detail: detail ?? {},
  });
}

/** What became of work that somebody ended, or that other work took the place of. */
const ENDED = new Set(['stopped', 'superseded', 'closed', 'not-connected']);

/** Whether that is all: nothing to complain of. @param {unknown} thrown */
export function wasEnded(thrown) {
  return ENDED.has(asUnrollError(thrown).code);
}

/** The lesson, or the element, ended before there was an answer. */
export function closedError() {
  return new UnrollError({ code: 'closed', message: 'The lesson was closed.', detail: {} });
}

/** @param {unknown} words */
function firstLine(words) {
  const said = String(words ?? '').replace(FOR_PROGRAMMERS, '');
  const [line = ''] = said.trim().split(/\r?\n/);
  return line.length > LENGTH ? `${line.slice(0, LENGTH)}…` : line;
}
